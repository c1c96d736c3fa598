/** What a caller may try where people are not real, and what is refused or gone where they are. */
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { route } from '../../../src/routes/router.ts';
import type { Surroundings } from '../../../src/routes/request-context.ts';
import { readSettings } from '../../../src/routes/settings.ts';
import type { Settings } from '../../../src/routes/settings.ts';
import { MemoryIdentity } from '../../support/memory-identity.ts';
import { order, signed } from '../../support/prescription-order.ts';
import { NOW, OPEN, REQUEST_ID, enforced, signer } from '../support.ts';
import type { Signer } from '../support.ts';

const BASE = '/electronic-prescriptions/FHIR/R4';

let key: Signer;
let live: Settings;
beforeAll(async () => {
  key = await signer('RS512');
  live = enforced(key.keySet, { ENVIRONMENT: 'live' });
});

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
  readonly method?: string;
}

async function send(path: string, { body, headers = {}, method = 'POST', settings = OPEN }: Sent = {}) {
  const all = { 'X-Request-ID': REQUEST_ID, 'Content-Type': 'application/fhir+json', ...headers };
  const named = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = { method, headers: named, ...(body === undefined ? {} : { body: text }) };
  const spine = { identity: new MemoryIdentity() } as unknown as Surroundings['spine'];
  const response = await route(new Request(`https://edge.test${path}`, init), { spine, settings, now: NOW });
  return { status: response.status, type: response.headers.get('Content-Type'), text: await response.text() };
}

const bearer = async (scope: string): Promise<Record<string, string>> => ({
  Authorization: `Bearer ${await key.sign({ scope: `urn:nhsd:apim:${scope}`, sub: '555086689106', roles: [] })}`,
});
const PRESCRIBER = 'user-nhs-id:aal3:electronic-prescription-service-api:prescribing';

const request = (text: string) => ({
  resourceType: 'MedicationRequest',
  identifier: [{ value: text }],
  dosageInstruction: [{ patientInstruction: text }],
});

describe('EPS-T10 $dose-to-text', () => {
  const bundle = {
    resourceType: 'Bundle',
    entry: [{ resource: { ...request('given'), resourceType: 'MedicationDispense' } }, { resource: request('asked') }],
  };

  test('a list with the identifiers and the words of each, requests first; plain lines on demand', async () => {
    const answer = await send(`${BASE}/$dose-to-text`, { body: bundle });
    expect([answer.status, answer.type]).toEqual([200, 'application/json']);
    expect(JSON.parse(answer.text)).toEqual([
      { identifier: [{ value: 'asked' }], dosageInstructionText: 'asked' },
      { identifier: [{ value: 'given' }], dosageInstructionText: 'given' },
    ]);
    const plain = await send(`${BASE}/%24dose-to-text`, { body: bundle, headers: { Accept: 'text/plain' } });
    expect([plain.text, plain.type]).toEqual(['asked\ngiven', 'text/plain']);
    const one = await send('/fhir-dispensing/FHIR/R4/$dose-to-text', { body: request('one') });
    expect(JSON.parse(one.text)).toHaveLength(1);
  });

  test('another resource and a dosage that cannot be told: 400', async () => {
    const other = await send(`${BASE}/$dose-to-text`, { body: { resourceType: 'Patient' } });
    expect(other.status).toBe(400);
    expect(other.text).toContain(
      'Incorrect FHIR resource type. Expected Bundle, MedicationRequest or MedicationDispense.',
    );
    const untold = { ...request('x'), dosageInstruction: [{ timing: { event: ['soon'] } }] };
    const bad = await send(`${BASE}/$dose-to-text`, { body: untold });
    expect([bad.status, bad.text]).toEqual([400, expect.stringContaining('Invalid dateTime soon') as string]);
  });
});

describe('EPS-T11 $convert', () => {
  test('XML of what was sent; the signature as it was sent', async () => {
    const answer = await send(`${BASE}/$convert`, { body: order() });
    expect([answer.status, answer.type]).toEqual([200, 'application/xml']);
    expect(answer.text).toContain('<id extension="555254239107" root="1.2.826.0.1285.0.2.0.65">');
    const data = Buffer.from('<?xml version="1.0"?><Signature a="1"/>').toString('base64');
    const when = { digest: '', timestamp: '2026-03-13T10:00:00+00:00' };
    const withIt = await send(`${BASE}/$convert`, { body: signed(order(), when, data) });
    expect(withIt.text).toContain('<signatureText><Signature a="1"></Signature></signatureText>');
    const broken = Buffer.from('<Signature>').toString('base64');
    const bad = await send(`${BASE}/$convert`, { body: signed(order(), when, broken) });
    expect([bad.status, bad.text]).toEqual([400, expect.stringContaining('Invalid signature format.') as string]);
  });

  test('checked as if it were sent, by whoever may send it', async () => {
    const settings = enforced(key.keySet);
    const headers = await bearer(PRESCRIBER);
    const own = await send(`${BASE}/$convert`, { body: order(), headers, settings });
    expect(own.text).toContain('<id extension="555086689106" root="1.2.826.0.1285.0.2.0.65">');
    const task = await send(`${BASE}/$convert`, { body: { resourceType: 'Task' }, headers, settings });
    expect(task.status).toBe(403);
    const faulty = await send(`${BASE}/$convert`, { body: { resourceType: 'Task', status: 'draft' } });
    expect(faulty.text).toContain("Task.status must be one of: 'in-progress', 'rejected'.");
    const other = await send(`${BASE}/$convert`, { body: { resourceType: 'Patient' } });
    expect([other.status, other.text]).toEqual([
      400,
      expect.stringContaining('Message not supported by $convert endpoint') as string,
    ]);
  });
});

describe('EPS-T12 where people are real', () => {
  test.each(['$convert', '$dose-to-text', '$validate'])('%s is not there', async (operation) => {
    const headers = await bearer(PRESCRIBER);
    expect((await send(`${BASE}/${operation}`, { body: order(), headers, settings: live })).status).toBe(404);
  });

  test('nor is the look at what has arrived', async () => {
    const headers = await bearer('app:level3:prescription-status-update');
    const path = '/prescription-status-update/checkprescriptionstatusupdates';
    expect((await send(path, { method: 'GET', headers, settings: live })).status).toBe(404);
  });
});

describe('EPS-T13 headers that switch parts off', () => {
  test('refused where people are real, whatever they say; the harmless one is not', async () => {
    const headers = await bearer(PRESCRIBER);
    const sent = { 'x-skip-validation': '', 'X-Raw-Response': 'false', ...headers };
    const body = { resourceType: 'Bundle', entry: [] };
    const one = await send(`${BASE}/$prepare`, { body, headers: sent, settings: live });
    expect(one.status).toBe(403);
    const { issue, meta } = JSON.parse(one.text) as { issue: unknown; meta: unknown };
    expect(issue).toEqual([
      {
        code: 'invalid',
        severity: 'error',
        details: {
          coding: [
            {
              system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode',
              code: 'MISSING_OR_INVALID_HEADER',
              display: 'There is a header missing or invalid',
            },
          ],
        },
        diagnostics: 'Invalid headers: x-raw-response.',
      },
    ]);
    expect(meta).toBeDefined();
    const both = await send(`${BASE}/$prepare`, {
      body,
      headers: { ...sent, 'x-skip-validation': '1' },
      settings: live,
    });
    expect(both.text).toContain('Invalid headers: x-raw-response,x-skip-validation.');
    const shown = await send(`${BASE}/$prepare`, {
      body,
      headers: { ...headers, 'x-show-validation-warnings': 'true' },
      settings: live,
    });
    expect(shown.status).toBe(400);
  });

  test('elsewhere $validate looks at nothing when told to; other operations look still', async () => {
    const headers = { 'x-skip-validation': 'true' };
    const body = { resourceType: 'Task', status: 'draft' };
    expect((await send(`${BASE}/$validate`, { body })).status).toBe(400);
    expect((await send(`${BASE}/$validate`, { body, headers })).status).toBe(200);
    expect((await send(`${BASE}/Task`, { body, headers })).status).toBe(400);
    expect((await send(`${BASE}/$validate`, { body, headers: { 'x-raw-response': 'true' } })).status).toBe(400);
  });
});

test('EPS-T17 prescribing and dispensing can be switched off, each by itself; not where people are real', async () => {
  const off = (name: string, environment = 'local') =>
    readSettings({ ACCESS: 'open', ENVIRONMENT: environment, [name]: 'false' });
  const told = async (operation: string, settings: Settings) =>
    (
      await send(`${BASE}/${operation}`, {
        body: operation === 'Claim' ? { resourceType: 'Claim' } : order(),
        settings,
      })
    ).text;
  const [prescribing, dispensing] = [off('PRESCRIBE_ENABLED'), off('DISPENSE_ENABLED')];
  expect(await told('$prepare', prescribing)).toContain('Prescribing functionality is disabled.');
  expect(await told('$prepare', dispensing)).toContain('digest');
  expect(await told('Claim', dispensing)).toContain('Dispensing functionality is disabled.');
  expect(await told('Claim', prescribing)).not.toContain('disabled');
  expect([off('DISPENSE_ENABLED', 'live').switchedOff, off('DISPENSE_ENABLED', 'int').switchedOff]).toEqual([
    [],
    ['dispensing'],
  ]);
});

test('EPS-T14 nothing is answered later, so polling is not supported; a token is asked for', async () => {
  const answer = await send('/electronic-prescriptions/_poll/123', { method: 'GET' });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toEqual({
    resourceType: 'OperationOutcome',
    issue: [
      {
        code: 'informational',
        severity: 'information',
        details: {
          coding: [
            {
              system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode',
              version: '1',
              code: 'INTERACTION_NOT_SUPPORTED',
              display: 'Interaction not supported',
            },
          ],
        },
      },
    ],
  });
  expect((await send('/electronic-prescriptions/_poll/123', { method: 'GET', settings: live })).status).toBe(401);
  expect((await send('/fhir-dispensing/_poll/1/2', { method: 'GET' })).status).toBe(404);
});

describe('EPS-T15 delivery reports of NHS Notify', () => {
  const PATH = '/prescription-status-update/notification-delivery-status-callback';
  const settings = readSettings({
    ACCESS: 'open',
    ENVIRONMENT: 'local',
    NOTIFY_APPLICATION_ID: 'app',
    NOTIFY_API_KEY: 'key',
  });
  const report = JSON.stringify({ data: [{ type: 'MessageStatus', attributes: { messageId: 'm-1' } }] });
  const signature = (body: string, secret = 'app.key') => createHmac('sha256', secret).update(body).digest('hex');
  const deliver = (body: string, given: string, more: Sent = {}) =>
    send(PATH, { body, settings, ...more, headers: { 'x-hmac-sha256-signature': given, ...more.headers } });

  test('signed with application and key over the whole body: taken, without a token', async () => {
    const answer = await deliver(report, signature(report));
    expect([answer.status, answer.text]).toEqual([202, 'OK']);
  });

  test.each([
    { name: 'no signature', given: '', status: 401, message: 'No x-hmac-sha256-signature given' },
    { name: 'another secret', given: signature(report, 'app.other'), status: 403, message: 'Incorrect signature' },
    { name: 'another body', body: `${report} `, given: signature(report), status: 403, message: 'Incorrect signature' },
    { name: 'no hexadecimal', given: 'zz', status: 403, message: 'Incorrect signature' },
    { name: 'no request id', given: signature(report), id: '', status: 400, message: 'No x-request-id given' },
    { name: 'no body', body: '', given: signature(''), status: 400, message: 'No request body given' },
    { name: 'no JSON', body: '{', given: signature('{'), status: 400, message: 'Request body failed to parse' },
  ])('$name', async ({ body = report, given, id = REQUEST_ID, message, status }) => {
    const answer = await deliver(body, given, { headers: { 'X-Request-ID': id } });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { message }]);
  });

  test('without a secret nobody is believed', async () => {
    expect((await deliver(report, signature(report, '.'), { settings: OPEN })).status).toBe(403);
    expect((await deliver(report, signature(report, ''), { settings: OPEN })).status).toBe(403);
  });
});
