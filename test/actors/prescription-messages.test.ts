/** Prescriptions over the wire, inside workerd: real signatures, real actors, and what the trackers show of it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checkedPrescriptionId } from '../../src/nhs/prescription-id.ts';
import { route } from '../../src/routes/router.ts';
import { readSettings } from '../../src/routes/settings.ts';
import type { Settings } from '../../src/routes/settings.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { order, signatureText, signed } from '../support/prescription-order.ts';
import type { OrderWish } from '../support/prescription-order.ts';
import { doors, numbersOn } from './spine.ts';

type Json = Record<string, unknown>;

const VARIABLES = { ACCESS: 'open', ENVIRONMENT: 'local', OPERATOR_KEY: 'operator-1' };
const OPEN = readSettings(VARIABLES);
const AT_ORDER = readSettings({ ...VARIABLES, ENABLE_PRESCRIBING_SIGNATURE_VALIDATION: 'true' });
const SHA1 = readSettings({ ...VARIABLES, SHA1_ENABLED_APPLICATION_IDS: 'other, open' });

const authority = makeCertificate({ name: 'Test CA', authority: true });
const signer = makeCertificate({ name: 'Signer', issuer: authority });
const stranger = makeCertificate({ name: 'Stranger', issuer: makeCertificate({ name: 'Nobody', authority: true }) });

interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
}

async function send(method: string, path: string, { body, headers = {}, settings = OPEN }: Asked = {}) {
  const all = { 'X-Request-ID': crypto.randomUUID(), 'Content-Type': 'application/fhir+json', ...headers };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = { method, headers: all, ...(body === undefined ? {} : { body: text }) };
  const request = new Request(`https://edge.test${path}`, init);
  const response = await route(request, { spine: doors, settings, now: Date.now() });
  const told = await response.text();
  return { status: response.status, text: told, body: JSON.parse(told) as Json, headers: response.headers };
}

const BASE = '/electronic-prescriptions/FHIR/R4';
const post = (path: string, body: unknown, settings = OPEN) => send('POST', BASE + path, { body, settings });

/** The codes or texts of the issues of an outcome. */
const issues = ({ body }: { body: Json }): unknown[] =>
  ((body['issue'] ?? []) as Json[]).map((issue) => {
    const [coding] = ((issue['details'] as Json | undefined)?.['coding'] ?? []) as Json[];
    return issue['diagnostics'] ?? coding?.['code'] ?? issue['code'];
  });

let serial = 0;

async function fresh(wish: OrderWish = {}) {
  const [nhsNumber = ''] = numbersOn('other');
  const hex = (serial++).toString(16).toUpperCase().padStart(6, '0');
  const items = [crypto.randomUUID(), crypto.randomUUID()];
  const shortId = checkedPrescriptionId(`${hex}-A83008-00000`);
  const now = new Date().toISOString().slice(0, 19);
  const all = { nhsNumber, shortId, items, messageId: crypto.randomUUID(), authoredOn: `${now}+00:00`, ...wish };
  return { ...all, unsigned: order(all) };
}

async function place(wish: OrderWish = {}, by = signer, settings = OPEN) {
  const made = await fresh(wish);
  const prepared = await post('/$prepare', made.unsigned);
  const [digest = '', timestamp = ''] = (prepared.body['parameter'] as { valueString: string }[]).map(
    ({ valueString }) => valueString,
  );
  const message = signed(made.unsigned, { digest, timestamp }, signatureText(digest, by));
  return { ...made, message, answer: await post('/$process-message', message, settings) };
}

const OWNER = {
  resourceType: 'Organization',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'VNE51' }],
  name: 'Pharmacy',
};
const AGENT = {
  resourceType: 'PractitionerRole',
  practitioner: { identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '1' } },
  telecom: [{ system: 'phone', use: 'work', value: '1' }],
};

const release = (id: string) =>
  post('/Task/$release', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'owner', resource: OWNER },
      { name: 'agent', resource: AGENT },
      { name: 'status', valueCode: 'accepted' },
      {
        name: 'group-identifier',
        valueIdentifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: id },
      },
    ],
  });

const totals = ({ body }: { body: Json }): unknown[] =>
  (body['parameter'] as { resource: Json }[]).map(({ resource }) => resource['total']);

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
  const body = { authorities: [authority.pem] };
  const headers = { Authorization: 'Bearer operator-1' };
  const loaded = await send('PUT', '/operator/prescription-trust', { body, headers });
  expect([loaded.status, loaded.body]).toEqual([200, { authorities: 1, changed: true }]);
});

describe('signatures', { timeout: 60_000 }, () => {
  test('EPS-W60 operators add to the trust store; the same again changes nothing, nonsense is refused', async () => {
    const put = (body: unknown, key = 'operator-1') =>
      send('PUT', '/operator/prescription-trust', { body, headers: { Authorization: `Bearer ${key}` } });
    expect((await put({ authorities: [authority.pem] })).body).toEqual({ authorities: 1, changed: false });
    expect((await put({ authorities: [authority.pem] }, 'wrong')).status).toBe(401);
    expect((await put({ authorities: [signer.pem] })).status).toBe(400);
    expect((await put({ revocationLists: { 'http://x': 'AAAA' } })).status).toBe(400);
    expect((await put('nonsense')).status).toBe(400);
  });

  test('EPS-W61 what was signed by a trusted certificate is handed out, what was not is returned at once', async () => {
    const good = await place();
    expect([good.answer.status, issues(good.answer)]).toEqual([200, ['informational']]);
    expect(totals(await release(good.shortId))).toEqual([1, 0]);
    const bad = await place({}, stranger);
    expect(bad.answer.status).toBe(200);
    expect(totals(await release(bad.shortId))).toEqual([0, 2]);
    const again = await release(bad.shortId);
    expect(again.status).toBe(200);
  });

  test('EPS-W62 where it is asked for, signatures are verified at the order, with every fault an issue', async () => {
    expect((await place({}, signer, AT_ORDER)).answer.status).toBe(200);
    const { answer } = await place({}, stranger, AT_ORDER);
    expect([answer.status, issues(answer)]).toEqual([400, ['Certificate not trusted']]);
    expect(answer.body['issue']).toEqual([
      { code: 'invalid', severity: 'error', diagnostics: 'Certificate not trusted' },
    ]);
    const unsigned = await post('/$process-message', (await fresh()).unsigned, AT_ORDER);
    expect(issues(unsigned)).toEqual(['MISSING_DIGITAL_SIGNATURE']);
  });

  test('EPS-W63 $verify-signature tells of each prescription by its message id', async () => {
    const { message } = await place();
    const good = await post('/$verify-signature', message);
    const changed = JSON.parse(JSON.stringify(message).replace('One daily', 'Two daily')) as unknown;
    const both = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: message }, { resource: changed }] };
    const answer = await post('/$verify-signature', both);
    const results = (body: Json) =>
      (body['parameter'] as { name: string; part: { resource?: { issue: Json[] } }[] }[]).map(({ name, part }) => [
        name,
        part[1]?.resource?.issue.map(
          ({ details }) => (details as { coding: Json[] } | undefined)?.coding[0]?.['display'],
        ),
      ]);
    expect(results(good.body)).toEqual([['0', [undefined]]]);
    expect(results(answer.body)).toEqual([
      ['0', [undefined]],
      ['1', ["Signature doesn't match prescription."]],
    ]);
  });

  test('EPS-W14 $prepare: SHA-256, or SHA-1 for the applications that are named', async () => {
    const { unsigned } = await fresh();
    const algorithm = async (settings: Settings) => {
      const { body } = await post('/$prepare', unsigned, settings);
      return (body['parameter'] as { valueString: string }[])[2]?.valueString;
    };
    expect([await algorithm(OPEN), await algorithm(SHA1)]).toEqual(['RS256', 'RS1']);
    for (const base of ['/fhir-prescribing/FHIR/R4']) {
      expect((await send('POST', `${base}/$prepare`, { body: unsigned })).status).toBe(200);
    }
    expect((await send('POST', '/fhir-dispensing/FHIR/R4/$prepare', { body: unsigned })).status).toBe(404);
  });

  test('EPS-W64 $validate looks and does nothing', async () => {
    const { shortId, unsigned } = await fresh();
    expect((await post('/$validate', unsigned)).status).toBe(200);
    expect(issues(await post('/$validate', { resourceType: 'Task' }))).toContain(
      "Task.status must be one of: 'in-progress', 'rejected'.",
    );
    expect(issues(await release(shortId))).toEqual(['RESOURCE_NOT_FOUND']);
  });
});

const HEADERS = { 'nhsd-organization-uuid': 'A', 'nhsd-session-urid': '555254240100', 'nhsd-session-jobrole': 'R8000' };
const CPT = '/clinical-prescription-tracker/RequestGroup';

describe('trackers', { timeout: 60_000 }, () => {
  test('EPS-W70 GET Task finds by prescription and by patient, and filters', async () => {
    const { nhsNumber, shortId } = await place({ nominated: 'FA565' });
    const totalOf = async (query: string) => (await send('GET', `${BASE}/Task?${query}`)).body['total'];
    const today = new Date().toISOString().slice(0, 10);
    expect(await totalOf(`focus:identifier=${encodeURIComponent(shortId)}`)).toBe(1);
    expect(
      await totalOf(`identifier=https://fhir.nhs.uk/Id/prescription-order-number|${encodeURIComponent(shortId)}`),
    ).toBe(1);
    expect(await totalOf(`patient:identifier=${nhsNumber}&business-status=0001&authored-on=eq${today}`)).toBe(1);
    expect(await totalOf(`patient:identifier=${nhsNumber}&business-status=0002`)).toBe(0);
    expect(await totalOf(`patient:identifier=${nhsNumber}&authored-on=le2020-01-01`)).toBe(0);
  });

  test('EPS-W71 GET Task says what is wrong with a query', async () => {
    const wrong = async (query: string) => issues(await send('GET', `${BASE}/Task?${query}`));
    expect(await wrong('')).toEqual([
      'At least one of the following query parameters must be provided: focus:identifier, identifier, patient:identifier.',
    ]);
    expect(await wrong('identifier=a&patient:identifier=b')).toEqual(['Invalid combination of query parameters.']);
    expect(await wrong('patient:identifier=x|9')).toEqual([
      'Query parameter patient:identifier must have system https://fhir.nhs.uk/Id/nhs-number if specified.',
    ]);
    expect(await wrong('identifier=a&authored-on=2020-01-01')).toEqual([
      'Value for date param authored-on should match pattern /(eq|le|ge)\\d{4}-\\d{2}-\\d{2}/.',
    ]);
  });

  test('EPS-W72 the clinical search: a group for each issue, counted from one', async () => {
    const { nhsNumber, shortId } = await place({ course: 'continuous-repeat-dispensing', repeatsAllowed: 2 });
    const { body } = await send('GET', `${CPT}?prescriptionId=${encodeURIComponent(shortId.toLowerCase())}`, {
      headers: HEADERS,
    });
    const entries = body['entry'] as { search: Json; resource: Json }[];
    expect(body['total']).toBe(3);
    expect(entries.map(({ search }) => search['mode'])).toEqual(['include', 'match', 'match', 'match']);
    expect(JSON.stringify(entries[3])).toContain(
      '"numberOfRepeatsIssued","valueInteger":3},{"url":"numberOfRepeatsAllowed","valueInteger":3}',
    );
    expect(entries[1]?.resource['intent']).toBe('reflex-order');
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    const range = async (more: string) =>
      (await send('GET', `${CPT}?nhsNumber=${nhsNumber}${more}`, { headers: HEADERS })).body['total'];
    expect([
      await range(''),
      await range(`&lowDate=${today}&highDate=${today}`),
      await range('&highDate=20200101'),
    ]).toEqual([3, 3, 0]);
  });

  test('EPS-W73 the clinical search says what is wrong, headers first', async () => {
    const bare = await send('GET', `${CPT}?nhsNumber=1`);
    expect([bare.status, issues(bare)]).toEqual([
      400,
      [
        'Missing required header, nhsd-organization-uuid.',
        'Missing required header, nhsd-session-urid.',
        'Missing required header, nhsd-session-jobrole.',
        'nhsNumber does not match required format.',
      ],
    ]);
    const wrong = async (query: string) => issues(await send('GET', `${CPT}?${query}`, { headers: HEADERS }));
    expect(await wrong('')).toEqual([
      'Missing required query string parameter; either prescriptionId or nhsNumber must be included.',
    ]);
    expect(await wrong('nhsNumber=9000000009&prescriptionId=a')).toEqual([
      'Invalid query string parameters; only prescriptionId or nhsNumber must be provided, not both.',
    ]);
    expect(await wrong('prescriptionId=a')).toEqual(['prescriptionId does not match required format.']);
    expect(await wrong('prescriptionId=24F5DA-A83008-7EFE6A')).toEqual(['prescriptionId checksum is invalid.']);
    expect(await wrong('nhsNumber=9000000008')).toEqual(['nhsNumber checksum is invalid.']);
  });

  test('EPS-W74 the clinical view of one issue tells its items and its history', async () => {
    const { shortId } = await place();
    await release(shortId);
    const path = `${CPT}/${encodeURIComponent(shortId)}?issueNumber=1`;
    const { body } = await send('GET', path, { headers: HEADERS });
    const entries = body['entry'] as { resource: Json }[];
    expect(entries.map(({ resource }) => resource['resourceType'])).toEqual([
      'Patient',
      'PractitionerRole',
      'MedicationRequest',
      'MedicationRequest',
      'RequestGroup',
    ]);
    const group = entries.at(-1)?.resource as { action: { action: { title: string }[] }[] };
    expect(group.action[1]?.action.map(({ title }) => title)).toEqual([
      'Prescription upload successful',
      'Release Request successful',
    ]);
    const unknown = await send('GET', path.replace('=1', '=2'), { headers: HEADERS });
    expect([unknown.status, issues(unknown)]).toEqual([404, ['Prescription not found']]);
  });
});

const PFP = '/prescriptions-for-patients/Bundle';

interface Nested {
  readonly entry: readonly { readonly resource: { readonly entry: readonly { readonly resource: Json }[] } }[];
}

/** Status and its word of each item of the newest prescription. */
function shownTo(body: Json): unknown[] {
  const [first] = (body as unknown as Nested).entry;
  return (first?.resource.entry ?? []).flatMap(({ resource }) => {
    if (resource['resourceType'] !== 'MedicationRequest') return [];
    const word = /"task-businessStatus-nppt","code":"([^"]+)"|businessStatus-nppt","code":"([^"]+)"/.exec(
      JSON.stringify(resource),
    );
    return [[resource['status'], word?.[2] ?? word?.[1]]];
  });
}

const task = (facts: { id: string; shortId: string; item: string; nhsNumber: string }, more: Json = {}) => ({
  fullUrl: `urn:uuid:${facts.id}`,
  resource: {
    resourceType: 'Task',
    id: facts.id,
    basedOn: [{ identifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: facts.shortId } }],
    status: 'completed',
    businessStatus: {
      coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt', code: 'Collected' }],
    },
    focus: { identifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-item-number', value: facts.item } },
    for: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: facts.nhsNumber } },
    lastModified: '2026-01-01T10:00:00Z',
    owner: { identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'VNE51' } },
    ...more,
  },
});

const update = (entry: readonly unknown[]) =>
  send('POST', '/prescription-status-update/', { body: { resourceType: 'Bundle', type: 'transaction', entry } });

const statuses = ({ body }: { body: Json }): unknown[] =>
  (body['entry'] as { response: Json }[]).map(({ response }) => response['status']);

describe('patients', { timeout: 60_000 }, () => {
  test('EPS-W80 patients see their prescriptions, and what the pharmacy tells of the items', async () => {
    const { items, nhsNumber, shortId } = await place();
    const look = async () =>
      shownTo((await send('GET', PFP, { headers: { 'nhsd-nhslogin-user': `P9:${nhsNumber}` } })).body);
    const approved = ['active', 'Prescriber Approved'];
    expect(await look()).toEqual([approved, approved]);
    await release(shortId);
    const untracked = ['active', 'With Pharmacy but Tracking not Supported'];
    expect(await look()).toEqual([untracked, untracked]);
    const facts = { id: crypto.randomUUID(), shortId, item: items[0] ?? '', nhsNumber };
    expect(statuses(await update([task(facts)]))).toEqual(['201 Created']);
    expect(await look()).toEqual([
      ['completed', 'Collected'],
      ['active', 'With Pharmacy'],
    ]);
  });

  test('EPS-W81 nobody without a proven number; another patient by delegation', async () => {
    const status = async (headers: Record<string, string>) => (await send('GET', PFP, { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ 'nhsd-nhslogin-user': 'P9:9000000008' })).toBe(400);
    const delegated = { 'x-nhsd-delegated-access': 'true', 'x-nhsd-subject-nhs-number': '9000000009' };
    expect(await status({ 'nhsd-nhslogin-user': 'P9:9000000017', ...delegated })).toBe(200);
  });

  test('EPS-W82 repeat dispensing shows what is due; at most 25', async () => {
    const { nhsNumber } = await place({ course: 'continuous-repeat-dispensing', repeatsAllowed: 5 });
    const { body } = await send('GET', PFP, { headers: { 'nhsd-nhslogin-user': `P9:${nhsNumber}` } });
    expect([body['total'], (body['entry'] as unknown[]).length]).toEqual([1, 1]);
  });

  test('EPS-W55 updates of two patients are stored together or not at all', async () => {
    const [one = '', other = ''] = numbersOn('other', 'other');
    const facts = { shortId: '24F5DA-A83008-7EFE6Z', item: crypto.randomUUID() };
    const first = task({ ...facts, id: crypto.randomUUID(), nhsNumber: one });
    const second = task({ ...facts, id: crypto.randomUUID(), nhsNumber: other });
    const third = task({ ...facts, id: crypto.randomUUID(), nhsNumber: one });
    expect(statuses(await update([first, second]))).toEqual(['201 Created', '201 Created']);
    const repeated = await update([third, second]);
    expect([repeated.status, statuses(repeated)]).toEqual([409, ['200 OK', '409 Conflict']]);
    const arrived = await send('GET', `/prescription-status-update/checkprescriptionstatusupdates?nhsnumber=${one}`);
    expect((arrived.body['items'] as unknown[]).length).toBe(1);
  });

  test('EPS-W59 no entries, no transaction, no request id', async () => {
    expect((await update([])).status).toBe(200);
    const wrong = await send('POST', '/prescription-status-update/', { body: { resourceType: 'Bundle' } });
    expect([wrong.status, statuses(wrong)]).toEqual([400, ['400 Bad Request']]);
    expect(wrong.text).toContain("Request body does not have resourceType of 'Bundle' and type of 'transaction'.");
    const bare = await send('POST', '/prescription-status-update/', { body: {}, headers: { 'X-Request-ID': '' } });
    expect(bare.text).toContain('Missing or empty x-request-id header.');
  });
});
