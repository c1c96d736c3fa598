import { describe, expect, test } from 'vitest';
import { TokenBuckets } from '../../../src/routes/rate-limit.ts';
import { textOf } from '../../support/record-spine.ts';
import { enforced, signer } from '../support.ts';
import { summary } from '../../domain/scr/summaries.ts';
import type { Any } from '../../domain/scr/summaries.ts';
import { BASE, house, idOf, json, permit } from './requests.ts';

describe('headers, paths and modes', () => {
  test('SCR-A01 both ids must be UUIDs, the correlation id first; they are mirrored, and one is made', async () => {
    const at = house();
    const form =
      'Should be a UUIDv4 matching "^[0-9a-fA-F]{8}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{12}+$"';
    expect(textOf(await at.send('GET', idOf(), { headers: { 'X-Request-ID': '1', 'X-Correlation-ID': '2' } }))).toBe(
      `Invalid X-Correlation-ID. ${form}`,
    );
    expect(textOf(await at.send('GET', idOf(), { headers: { 'X-Request-ID': '1' } }))).toBe(
      `Invalid X-Request-ID. ${form}`,
    );
    const answer = await at.send('GET', idOf(), { headers: { 'X-Request-ID': null } });
    expect(answer.headers.get('X-Correlation-ID')).toMatch(/^[0-9A-F-]{36}$/);
    expect(answer.headers.get('X-Request-ID')).toBeNull();
    expect(answer.headers.get('Content-Type')).toBe('application/fhir+json');
  });

  test.each([
    ['GET', '/Nothing', 404, 'not-found', `${BASE}/Nothing not found`, null],
    ['PUT', '/Bundle', 405, 'not-supported', "Request method 'PUT' not supported", 'GET,POST'],
    ['POST', '/DocumentReference', 405, 'not-supported', "Request method 'POST' not supported", 'GET'],
    ['GET', '/$setPermission', 405, 'not-supported', "Request method 'GET' not supported", 'POST'],
    ['DELETE', '/AuditEvent', 405, 'not-supported', "Request method 'DELETE' not supported", 'POST'],
  ])('SCR-A02 %s %s is %i', async (method, path, ...expected) => {
    const answer = await house().send(method, path);
    expect([answer.status, json(answer).issue[0].code, textOf(answer), answer.headers.get('Allow')]).toEqual(expected);
  });

  test('SCR-A03 another content type is 415', async () => {
    const answer = await house().send('POST', '/Bundle', { body: {}, headers: { 'Content-Type': 'application/json' } });
    expect([answer.status, textOf(answer)]).toEqual([415, "Content type 'application/json' not supported"]);
  });

  test('SCR-A04 the pages of the platform', async () => {
    const at = house();
    expect((await at.send('GET', '/_ping')).status).toBe(200);
    expect((await at.send('GET', '/_status')).status).toBe(401);
    expect(json(await at.send('GET', '/_status', { headers: { apikey: 'status-1' } })).status).toBe('pass');
    expect((await at.send('GET', '/healthcheck')).status).toBe(200);
  });

  test('SCR-A05 without a token nothing; an application may read and upload, no more; a worker needs a role of his', async () => {
    const at = house();
    const keys = await signer('ES256');
    at.settings = enforced(keys.keySet);
    const denied = await at.send('GET', idOf());
    expect([denied.status, json(denied).issue[0]]).toMatchObject([
      401,
      {
        code: 'forbidden',
        details: {
          coding: [
            { system: 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode', version: '1', code: 'ACCESS_DENIED' },
          ],
        },
      },
    ]);
    expect(denied.headers.get('Content-Type')).toBe('application/json');
    const ask = async (claims: Any, method: string, path: string, more: Any = {}) => {
      at.limiter = new TokenBuckets();
      const headers = {
        Authorization: `Bearer ${await keys.sign({ rate: 1000, spike: 1000, ...claims })}`,
        ...more.headers,
      };
      return at.send(method, path, { ...more, headers });
    };
    const app = { scope: 'urn:nhsd:apim:app:level3:summary-care-record' };
    expect((await ask(app, 'GET', idOf())).status).toBe(200);
    expect((await ask(app, 'POST', '/Bundle', { body: summary().bundle })).status).toBe(201);
    expect((await ask(app, 'POST', '/$setPermission', { body: permit('No') })).status).toBe(401);
    const put = await ask(app, 'PUT', '/Bundle');
    expect([put.status, json(put).issue[0].details.coding[0].display]).toEqual([
      403,
      'Cannot update resource with Application-Restricted access token',
    ]);
    const worker = {
      scope: 'urn:nhsd:apim:user-nhs-id:aal3:summary-care-record',
      sub: '910000000001',
      roles: ['555254240100'],
    };
    expect((await ask(worker, 'POST', '/$setPermission', { body: permit('Yes') })).status).toBe(201);
    const foreign = await ask(worker, 'GET', idOf(), { headers: { 'NHSD-Session-URID': '1' } });
    expect([foreign.status, json(foreign).issue[0].details.coding[0].code]).toEqual([400, 'INVALID_VALUE']);
    expect((await ask({ scope: 'urn:nhsd:apim:app:level3:personal-demographics-service' }, 'GET', idOf())).status).toBe(
      401,
    );
  });

  test('SCR-A06 five a second and three hundred a minute for an application', async () => {
    const at = house();
    const keys = await signer('ES256');
    at.settings = enforced(keys.keySet);
    const headers = {
      Authorization: `Bearer ${await keys.sign({ scope: 'urn:nhsd:apim:app:level3:summary-care-record' })}`,
    };
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await at.send('GET', idOf(), { headers })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    at.limiter = new TokenBuckets();
    const patient = {
      Authorization: `Bearer ${await keys.sign({ scope: 'urn:nhsd:apim:app:level3:summary-care-record', spike: 1000 })}`,
    };
    const minute: number[] = [];
    for (let i = 0; i < 302; i++) minute.push((await at.send('GET', '/Bundle', { headers: patient })).status);
    expect([minute.filter((status) => status === 400).length, minute.at(-1)]).toEqual([300, 429]);
  });

  test('SCR-A07 a shard that does not answer in time is 504, one that is overloaded 503', async () => {
    const at = house();
    const { patients } = at.spine;
    const answerWith = (reason: 'timeout' | 'overloaded') => {
      Object.assign(at.spine, {
        patients: { ...patients, read: () => Promise.resolve({ kind: 'unavailable', reason, retryAfterSeconds: 5 }) },
      });
      return at.send('GET', idOf());
    };
    const late = await answerWith('timeout');
    expect([late.status, json(late).issue[0].code, textOf(late)]).toEqual([
      504,
      'transient',
      'Request processing timed out. Spine POST + polling GET has timed out',
    ]);
    const full = await answerWith('overloaded');
    expect([full.status, json(full).issue[0].code, full.headers.get('Retry-After')]).toEqual([503, 'transient', '5']);
  });
});
