/** The door of the prescription service: addresses, ids, tokens and scopes, media types, pages, and bad signatures. */
import { beforeAll, describe, expect, test } from 'vitest';
import { route } from '../../../src/routes/router.ts';
import type { Surroundings } from '../../../src/routes/request-context.ts';
import { MemoryIdentity } from '../../support/memory-identity.ts';
import { order } from '../../support/prescription-order.ts';
import { PrescriptionWorld } from '../../support/prescription-world.ts';
import { checkedPrescriptionId } from '../../../src/nhs/prescription-id.ts';
import { NOW, OPEN, REQUEST_ID, enforced, signer } from '../support.ts';
import type { Signer } from '../support.ts';

const COMBINED = '/electronic-prescriptions/FHIR/R4';
const TYPE = 'application/fhir+json; fhirVersion=4.0';

let key: Signer;
beforeAll(async () => {
  key = await signer('RS512');
});

class Edge {
  readonly world = new PrescriptionWorld();
  readonly identity = new MemoryIdentity();

  constructor() {
    // The hour at which the tokens of these tests are good.
    this.world.time = NOW;
  }

  async send(
    path: string,
    init: { method?: string; body?: unknown; headers?: Record<string, string>; settings?: typeof OPEN } = {},
  ) {
    const { method = 'POST', body, headers = {}, settings = OPEN } = init;
    const sent: Record<string, string> = {
      'X-Request-ID': REQUEST_ID,
      'Content-Type': 'application/fhir+json',
      ...headers,
    };
    const named = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ''));
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const request = new Request(`https://edge.test${path}`, { method, headers: named, ...text });
    const spine = { prescriptions: this.world.door(), identity: this.identity } as unknown as Surroundings['spine'];
    const waiting = { over: false };
    const answer = route(request, { spine, settings, now: this.world.time }).finally(() => (waiting.over = true));
    // Signatures are checked in real time: virtual time runs on until they are.
    while (!waiting.over) await this.world.run(60_000, () => waiting.over);
    return answer;
  }
}

const issuesOf = async (response: Response) =>
  (
    (await response.json()) as {
      issue: { code: string; severity: string; diagnostics?: string; details?: { coding: { code: string }[] } }[];
    }
  ).issue;

const parameters = (shortId?: string) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'owner',
      resource: {
        resourceType: 'Organization',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'FA565' }],
      },
    },
    { name: 'status', valueCode: 'accepted' },
    {
      name: 'agent',
      resource: {
        resourceType: 'PractitionerRole',
        practitioner: { identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '3415870201' } },
        telecom: [{ system: 'phone', value: '1', use: 'work' }],
      },
    },
    ...(shortId === undefined ? [] : [{ name: 'group-identifier', valueIdentifier: { value: shortId } }]),
  ],
});

describe('the door', () => {
  test('EPS-A01 each base serves its own operations; the dollar may come encoded', async () => {
    const edge = new Edge();
    const status = async (path: string, method = 'POST') =>
      (await edge.send(path, { method, ...(method === 'GET' ? {} : { body: parameters() }) })).status;
    expect(await status(`${COMBINED}/Task/%24release`)).toBe(200);
    expect(await status('/fhir-dispensing/FHIR/R4/Task/$release')).toBe(200);
    expect(await status('/fhir-prescribing/FHIR/R4/Task/$release')).toBe(404);
    expect(await status('/fhir-dispensing/FHIR/R4/$prepare')).toBe(404);
    expect(await status(`${COMBINED}/Patient`)).toBe(404);
    const wrong = await edge.send(`${COMBINED}/Claim`, { method: 'GET' });
    expect([wrong.status, wrong.headers.get('Allow')]).toEqual([405, 'POST']);
  });

  test('EPS-A02 the request id is asked for and mirrored', async () => {
    const edge = new Edge();
    const missing = await edge.send(`${COMBINED}/Claim`, { body: {}, headers: { 'X-Request-ID': '' } });
    expect(missing.status).toBe(400);
    expect(await issuesOf(missing)).toMatchObject([
      {
        severity: 'fatal',
        code: 'value',
        diagnostics: 'X-Request-ID header missing or malformed',
        details: { coding: [{ code: 'MISSING_FIELD' }] },
      },
    ]);
    const malformed = await edge.send(`${COMBINED}/Claim`, { body: {}, headers: { 'X-Request-ID': 'x' } });
    expect(await issuesOf(malformed)).toMatchObject([
      {
        severity: 'error',
        diagnostics: "Invalid value - 'x' in header 'X-Request-ID'",
        details: { coding: [{ code: 'INVALID_VALUE' }] },
      },
    ]);
    const good = await edge.send(`${COMBINED}/Task/$release`, {
      body: parameters(),
      headers: { 'X-Correlation-ID': 'c-1' },
    });
    expect([good.headers.get('X-Request-ID'), good.headers.get('X-Correlation-ID')]).toEqual([REQUEST_ID, 'c-1']);
  });

  test('EPS-A03 a bad token is refused in the form of each family', async () => {
    const edge = new Edge();
    const settings = enforced(key.keySet);
    const headers = { Authorization: 'Bearer nonsense' };
    const older = await edge.send(`${COMBINED}/Claim`, { body: {}, headers, settings });
    expect(older.status).toBe(401);
    expect(await issuesOf(older)).toMatchObject([
      { code: 'forbidden', diagnostics: 'Invalid access token', details: { coding: [{ code: 'ACCESS_DENIED' }] } },
    ]);
    const newer = await edge.send('/fhir-dispensing/FHIR/R4/Claim', { body: {}, headers, settings });
    expect([newer.status, newer.headers.get('Content-Type')]).toEqual([401, 'text/plain']);
  });

  test.each([
    ['user-nhs-id:aal3:electronic-prescription-service-api:dispensing', undefined, 200, ''],
    ['user-nhs-id:aal3:fhir-dispensing', undefined, 200, ''],
    ['app:level3:electronic-prescription-service-api:dispensing', undefined, 200, ''],
    [
      'app:level3:electronic-prescription-service-api:dispensing',
      'one',
      403,
      'Dispensing functionality can only be accessed using the user-restricted access mode.',
    ],
    [
      'user-nhs-id:aal3:electronic-prescription-service-api:prescribing',
      undefined,
      403,
      'Your app does not have permission to access dispensing functionality.',
    ],
    ['user-nhs-id:aal3:personal-demographics-service', undefined, 401, 'Invalid access token'],
  ] as const)('EPS-A04 the scope %s, release of %s: %d', async (scope, which, status, diagnostics) => {
    const edge = new Edge();
    const token = await key.sign({ scope: `urn:nhsd:apim:${scope}`, sub: 'user-1' });
    const shortId = which === undefined ? undefined : checkedPrescriptionId('24F5DA-A83008-7EFE6');
    const response = await edge.send(`${COMBINED}/Task/$release`, {
      body: parameters(shortId),
      headers: { Authorization: `Bearer ${token}` },
      settings: enforced(key.keySet),
    });
    expect(response.status).toBe(status);
    const [issue] = await issuesOf(response);
    if (diagnostics !== '') expect(issue).toMatchObject({ code: 'forbidden', diagnostics });
    else
      expect(issue).toMatchObject({ code: 'informational', details: { coding: [{ code: 'NO_MORE_PRESCRIPTIONS' }] } });
  });

  test('EPS-A05 two media types come in, one goes out', async () => {
    const edge = new Edge();
    for (const type of ['application/fhir+json', 'application/fhir+json; fhirVersion=4.0', 'application/json']) {
      const response = await edge.send(`${COMBINED}/Task/$release`, {
        body: parameters(),
        headers: { 'Content-Type': type },
      });
      expect([response.status, response.headers.get('Content-Type')]).toEqual([200, TYPE]);
    }
    const xml = await edge.send(`${COMBINED}/Task/$release`, {
      body: parameters(),
      headers: { 'Content-Type': 'application/xml' },
    });
    expect(xml.status).toBe(415);
  });

  test('EPS-A06 pages need no token', async () => {
    const edge = new Edge();
    const settings = enforced(key.keySet);
    for (const base of ['/electronic-prescriptions', '/fhir-prescribing', '/fhir-dispensing']) {
      expect((await edge.send(`${base}/_ping`, { method: 'GET', settings })).status).toBe(200);
      const metadata = await edge.send(`${base}/metadata`, { method: 'GET', settings });
      expect(metadata.headers.get('Content-Type')).toBe('application/json');
      expect(await metadata.json()).toMatchObject({
        capabilityStatement: { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' },
      });
    }
    expect((await edge.send('/electronic-prescriptions/_status', { method: 'GET', settings })).status).toBe(401);
  });
});

test('EPS-R06 a prescription whose signature is bad comes among the failed ones, and is back with the service', async () => {
  const edge = new Edge();
  const shortId = checkedPrescriptionId('24F5DA-A83008-7EFE6');
  const authoredOn = `${new Date(edge.world.time).toISOString().slice(0, 19)}+00:00`;
  const message = order({ shortId, nominated: 'FA565', authoredOn });
  const requester = message.entry[1]?.resource['requester'];
  const signature = [{ when: authoredOn, who: requester, data: 'bm90aGluZw==' }];
  message.entry.push({ fullUrl: 'urn:uuid:provenance', resource: { resourceType: 'Provenance', signature } });
  const ordered = await edge.send(`${COMBINED}/$process-message`, { body: message });
  expect(ordered.status).toBe(200);
  const released = await edge.send(`${COMBINED}/Task/$release`, { body: parameters(shortId) });
  expect([released.status, released.headers.get('Content-Type')]).toEqual([200, TYPE]);
  const { parameter } = (await released.json()) as {
    parameter: { name: string; resource: { total: number; entry?: { resource: { resourceType: string } }[] } }[];
  };
  expect(parameter.map(({ name, resource }) => [name, resource.total])).toEqual([
    ['passedPrescriptions', 0],
    ['failedPrescriptions', 2],
  ]);
  expect(parameter[1]?.resource.entry?.map(({ resource }) => resource.resourceType)).toEqual([
    'OperationOutcome',
    'Bundle',
  ]);
  const [stored] = edge.world.stored();
  expect(stored?.issues[0]?.status).toBe('0001');
  expect(stored?.log.map(({ event, note }) => [event, note ?? ''])).toEqual([
    ['order', ''],
    ['release', ''],
    ['return', '0005'],
  ]);
});
