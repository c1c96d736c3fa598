/** Every route of every service, answered or refused, leaves an entry that auditors find; alerts reach privacy officers. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APP, EnforcedSpine, PEOPLE } from '../support/enforced-spine.ts';
import type { Answer } from '../support/enforced-spine.ts';
import { meshToken } from '../support/mesh-client.ts';
import { NHS, PATIENT } from '../domain/scr/summaries.ts';
import { alert, bundleOf, permit } from '../routes/scr/requests.ts';

const PDS = '/personal-demographics/FHIR/R4';
const SCR = '/summary-care-record/FHIR/R4';
const FLAGS = '/patient-flags-api/FHIR/R4';
const MESH = '/messageexchange';
const RA = '/care-identity/registration-authority/v1';

interface Event {
  readonly recorded: string;
  readonly outcome: string;
  readonly outcomeDesc: string;
  readonly action: string;
  readonly subtype: readonly { readonly code: string }[];
  readonly purposeOfEvent: readonly { readonly coding: readonly { readonly code: string }[] }[];
  readonly agent: readonly {
    readonly who: { readonly identifier?: { readonly system: string; readonly value: string } };
    readonly role?: readonly { readonly coding: readonly { readonly code: string }[] }[];
  }[];
  readonly entity: readonly { readonly what: { readonly identifier: { readonly value: string } } }[];
}

type Who =
  | 'sponsor'
  | 'clinician'
  | 'app'
  | 'patient'
  | 'nobody'
  | 'operator'
  | 'mailbox'
  | 'manager'
  | 'auditor'
  | 'officer';

/** Who asks what, and how it is answered. */
type Row = readonly [who: Who, method: string, path: string, status: number, more?: More];
interface More {
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATCHING = {
  type: 'application/json-patch+json',
  headers: { 'if-match': 'W/"1"' },
  body: { patches: [{ op: 'replace', path: '/gender', value: 'female' }] },
};
const PERSON = { given_name: 'Ada', family_name: 'Byron', birth_date: '1990-12-10' };
const REQUEST = { org: 'RBA', person: PERSON, position: 'R8000' };
const ROW = { ...PERSON, family_name: 'Row', key: 'row-1', role_code: 'R8000' };
const FHIR = { type: 'application/fhir+json' };
const CLIENT = {
  'mex-clientversion': 'audit',
  'mex-osname': 'none',
  'mex-osversion': '1',
  'mex-osarchitecture': 'none',
};
const FORM = { type: 'application/x-www-form-urlencoded' };
const patientIn = (name: string): string => `${name}=${NHS}|${PATIENT}`;

const ROWS: readonly Row[] = [
  // PDS
  ['clinician', 'GET', `${PDS}/Patient/9000000009`, 200],
  ['clinician', 'GET', `${PDS}/Patient/9999999468`, 404],
  ['clinician', 'GET', `${PDS}/Patient/123`, 400],
  ['clinician', 'GET', `${PDS}/Patient?family=Smith&gender=female&birthdate=eq2010-10-22`, 200],
  ['clinician', 'GET', `${PDS}/Patient?family=Nobody&gender=female&birthdate=eq1901-01-01`, 200],
  ['clinician', 'GET', `${PDS}/Patient/9000000009/RelatedPerson`, 200],
  ['clinician', 'PATCH', `${PDS}/Patient/9000000025`, 412, { ...PATCHING, headers: {} }],
  ['clinician', 'PATCH', `${PDS}/Patient/9000000025`, 400, { ...PATCHING, type: 'text/plain' }],
  ['clinician', 'PATCH', `${PDS}/Patient/9000000025`, 403, { ...PATCHING, headers: { 'if-match': 'W/"77"' } }],
  ['clinician', 'POST', `${PDS}/Patient`, 400, { body: {} }],
  ['clinician', 'POST', `${PDS}/Patient/$process-birth-details`, 400, { body: {} }],
  ['clinician', 'POST', PDS, 400, { body: {} }],
  ['clinician', 'GET', `${PDS}/Coverage?subscriber:identifier=9000000009`, 403],
  ['patient', 'GET', `${PDS}/Coverage?subscriber:identifier=9000000009`, 200],
  ['patient', 'POST', `${PDS}/Coverage`, 412, { body: {} }],
  ['patient', 'GET', `${PDS}/Patient/9000000009`, 200],
  ['patient', 'GET', `${PDS}/Patient/9000000025`, 403],
  ['app', 'GET', `${PDS}/Patient/9000000009`, 200],
  ['app', 'PATCH', `${PDS}/Patient/9000000009`, 403, PATCHING],
  ['clinician', 'DELETE', `${PDS}/Patient/9000000009`, 400],
  ['clinician', 'GET', `${PDS}/Nothing`, 400],
  ['clinician', 'GET', `${PDS}/Patient/9000000009`, 400, { headers: { 'nhsd-session-urid': '1' } }],
  ['nobody', 'GET', `${PDS}/Patient/9000000009`, 401],
  ['nobody', 'GET', `${PDS}/_status`, 401],
  // SCR
  ['clinician', 'GET', `${SCR}/DocumentReference?${patientIn('patient')}`, 200],
  ['clinician', 'GET', SCR + bundleOf(), 200],
  ['clinician', 'POST', `${SCR}/Bundle`, 400, { ...FHIR, body: {} }],
  ['clinician', 'POST', `${SCR}/$setPermission`, 201, { ...FHIR, body: permit('Yes') }],
  ['clinician', 'POST', `${SCR}/AuditEvent`, 201, { ...FHIR, body: alert() }],
  ['clinician', 'POST', `${SCR}/AuditEvent`, 415, { type: 'text/plain', body: '{}' }],
  ['clinician', 'PUT', `${SCR}/Bundle`, 405, { ...FHIR, body: {} }],
  ['clinician', 'GET', `${SCR}/Nothing`, 404],
  ['app', 'POST', `${SCR}/$setPermission`, 401, { ...FHIR, body: permit('Yes') }],
  ['app', 'DELETE', `${SCR}/Bundle`, 403],
  ['nobody', 'GET', SCR + bundleOf(), 401],
  // Flags
  ['clinician', 'GET', `${FLAGS}/Flag?patient=9000000009`, 200],
  ['clinician', 'GET', `${FLAGS}/Flag?patient=9000000009&code=reasonable-adjustment`, 400],
  ['clinician', 'GET', `${FLAGS}/Flag?patient=9999999468`, 404],
  ['clinician', 'POST', `${FLAGS}/Flag`, 400, { ...FHIR, body: {} }],
  ['clinician', 'POST', `${FLAGS}/Condition`, 400, { ...FHIR, body: {} }],
  ['clinician', 'POST', `${FLAGS}/`, 400, { ...FHIR, body: {} }],
  ['clinician', 'DELETE', `${FLAGS}/Flag?patient=9000000009&code=x`, 400],
  ['clinician', 'DELETE', `${FLAGS}/Flag/1?patient=9000000009`, 400],
  ['clinician', 'DELETE', `${FLAGS}/Condition/1?patient=9000000009`, 400],
  ['app', 'POST', `${FLAGS}/Flag`, 403, { ...FHIR, body: {} }],
  ['nobody', 'GET', `${FLAGS}/Flag?patient=9000000009`, 401],
  // MESH
  ['mailbox', 'GET', `${MESH}/AUDIT01`, 400],
  ['mailbox', 'POST', `${MESH}/AUDIT01`, 200, { headers: CLIENT }],
  ['mailbox', 'GET', `${MESH}/AUDIT01/inbox`, 200],
  ['mailbox', 'GET', `${MESH}/AUDIT01/inbox/rich`, 200],
  ['mailbox', 'GET', `${MESH}/AUDIT01/inbox/NONE`, 404],
  ['mailbox', 'HEAD', `${MESH}/AUDIT01/inbox/NONE`, 404],
  ['mailbox', 'GET', `${MESH}/AUDIT01/inbox/NONE/2`, 404],
  ['mailbox', 'PUT', `${MESH}/AUDIT01/inbox/NONE/status/acknowledged`, 404],
  ['mailbox', 'GET', `${MESH}/AUDIT01/count`, 200],
  [
    'mailbox',
    'POST',
    `${MESH}/AUDIT01/outbox`,
    417,
    { body: 'text', headers: { 'mex-to': 'NONE', 'mex-workflowid': 'W' } },
  ],
  ['mailbox', 'GET', `${MESH}/AUDIT01/outbox/rich`, 200],
  ['mailbox', 'GET', `${MESH}/AUDIT01/outbox/tracking?messageID=NONE`, 404],
  ['mailbox', 'GET', `${MESH}/AUDIT01/outbox/tracking/NONE`, 404],
  ['mailbox', 'POST', `${MESH}/AUDIT01/outbox/NONE/2`, 417, { body: 'x' }],
  ['mailbox', 'POST', `${MESH}/AUDIT01/update`, 200],
  ['mailbox', 'GET', `${MESH}/AUDIT01/nothing/at/all/here/x`, 404],
  ['mailbox', 'DELETE', `${MESH}/AUDIT01/inbox`, 405],
  ['nobody', 'GET', `${MESH}/AUDIT01/inbox`, 403],
  ['nobody', 'GET', `${MESH}/endpointlookup/RBA/WORKFLOW`, 200],
  ['nobody', 'GET', `${MESH}/endpointlookup/AUDIT01`, 400],
  ['nobody', 'GET', `${MESH}/workflowsearch/W`, 200],
  ['nobody', 'GET', '/endpointlookup/mesh/RBA/W', 200],
  ['nobody', 'POST', '/endpointlookup/mesh/RBA/W', 405],
  ['nobody', 'GET', '/admin/message/NONE', 404],
  ['nobody', 'DELETE', '/admin/reset/NONE', 404],
  // Operators
  ['operator', 'GET', '/operator/status', 200],
  ['operator', 'POST', '/operator/import', 400, { type: 'application/x-ndjson', body: '' }],
  ['operator', 'POST', '/operator/merge', 400, { body: {} }],
  ['operator', 'GET', '/operator/nothing', 404],
  ['operator', 'GET', '/operator/mesh/status', 200],
  ['operator', 'GET', '/operator/mesh/mailboxes', 200],
  ['operator', 'GET', '/operator/mesh/mailboxes/AUDIT01', 200],
  ['operator', 'GET', '/operator/mesh/workflows', 200],
  ['operator', 'POST', '/operator/mesh/workflows', 405, { body: {} }],
  ['operator', 'POST', '/care-identity/operator/load', 200, { body: '' }],
  ['nobody', 'GET', '/operator/status', 401],
  ['nobody', 'GET', '/operator/mesh/status', 401],
  ['nobody', 'POST', '/care-identity/operator/load', 401, { body: '' }],
  // The token service
  ['nobody', 'GET', '/oauth2/authorize?client_id=x', 401],
  [
    'nobody',
    'GET',
    '/oauth2-mock/authorize?client_id=audit-app&redirect_uri=https://example.org/callback&response_type=code&state=1',
    302,
  ],
  ['nobody', 'GET', '/oauth2/callback?state=x', 400],
  ['nobody', 'POST', '/oauth2/token', 400, { ...FORM, body: '' }],
  ['nobody', 'POST', '/oauth2/token', 415, { body: {} }],
  ['nobody', 'GET', '/oauth2/token', 405],
  ['nobody', 'GET', '/oauth2/userinfo', 401],
  ['clinician', 'GET', '/oauth2-mock/userinfo', 200],
  ['nobody', 'POST', '/oauth2/backchannel_logout', 400, { ...FORM, body: '' }],
  ['nobody', 'GET', '/oauth2/introspect', 404],
  ['nobody', 'GET', '/mock-idp/nhs-cis2/authorize', 200],
  ['nobody', 'GET', '/mock-idp/nhs-cis2/login', 405],
  ['nobody', 'GET', '/mock-idp/nothing', 404],
  // The registration authority
  ['manager', 'GET', `${RA}/users/600000000001`, 200],
  ['manager', 'GET', `${RA}/users/999999999999`, 404],
  ['manager', 'POST', `${RA}/users`, 400, { body: {} }],
  ['manager', 'POST', `${RA}/users/600000000001/role-profiles`, 400, { body: {} }],
  ['manager', 'POST', `${RA}/users/600000000001/authenticators`, 200, { body: { id: 'card-1', kind: 'smartcard' } }],
  ['manager', 'POST', `${RA}/users/600000000001/authenticators/card-1/lock`, 200],
  ['manager', 'POST', `${RA}/organisations/RBA/bulk-registrations`, 415, { body: {} }],
  ['manager', 'POST', `${RA}/organisations/RCD/bulk-registrations`, 403, { type: 'text/csv', body: 'key,role_code' }],
  ['manager', 'POST', `${RA}/organisations/RBA/bulk-registrations`, 200, { type: 'text/csv', body: 'key,role_code' }],
  ['sponsor', 'POST', `${RA}/requests`, 201, { body: REQUEST }],
  ['clinician', 'POST', `${RA}/requests`, 403, { body: REQUEST }],
  ['manager', 'GET', `${RA}/requests/nothing`, 404],
  ['manager', 'POST', `${RA}/requests/nothing/identity-check`, 404, { body: {} }],
  ['manager', 'POST', `${RA}/requests/nothing/grant`, 404],
  ['manager', 'POST', `${RA}/requests/nothing/reject`, 404],
  ['manager', 'POST', `${RA}/bulk-jobs`, 415, { body: {} }],
  ['manager', 'POST', `${RA}/bulk-jobs`, 202, { type: 'application/x-ndjson', body: JSON.stringify(ROW) }],
  ['manager', 'GET', `${RA}/bulk-jobs/nothing`, 404],
  ['manager', 'GET', `${RA}/bulk-jobs/nothing/results`, 404],
  ['nobody', 'GET', '/care-identity/door/key', 401],
  ['nobody', 'GET', '/care-identity/door/legacy', 401],
  ['nobody', 'POST', '/care-identity/door/key', 405],
  ['manager', 'GET', `${RA}/nothing`, 404],
  ['clinician', 'GET', `${RA}/users/600000000001`, 403],
  ['app', 'GET', `${RA}/users/600000000001`, 403],
  ['nobody', 'GET', `${RA}/users/600000000001`, 401],
  // The audit itself
  ['auditor', 'GET', '/audit/v1/AuditEvent?patient=9000000009', 200],
  ['auditor', 'GET', '/audit/v1/AuditEvent/$export?patient=9000000009', 200],
  ['auditor', 'GET', '/audit/v1/journals', 200],
  ['auditor', 'GET', '/audit/v1/journals/patient-shard/0/verify', 200],
  ['auditor', 'GET', '/audit/v1/AuditEvent?nothing=1', 400],
  ['auditor', 'DELETE', '/audit/v1/AuditEvent', 405],
  ['auditor', 'GET', '/audit/v1/nothing', 404],
  ['auditor', 'GET', '/audit/v1/alerts', 403],
  ['officer', 'GET', '/audit/v1/alerts', 200],
  ['officer', 'POST', '/audit/v1/alerts/1/acknowledge', 404],
  ['officer', 'GET', '/audit/v1/journals', 403],
  ['clinician', 'GET', '/audit/v1/AuditEvent?patient=9000000009', 403],
  ['app', 'GET', '/audit/v1/AuditEvent?patient=9000000009', 403],
  ['patient', 'GET', '/audit/v1/me', 200],
  ['clinician', 'GET', '/audit/v1/me', 403],
  ['nobody', 'GET', '/audit/v1/me', 401],
  // Who may see
  ['clinician', 'GET', '/access-control/v1/patients/9000000009', 403],
  ['clinician', 'POST', '/access-control/v1/patients/9000000009/self-claims', 200, { body: { note: 'on call' } }],
  ['clinician', 'GET', '/access-control/v1/patients/9000000009', 200],
  ['clinician', 'POST', '/access-control/v1/patients/9000000009/overrides', 200, { body: { reason: 'emergency' } }],
  ['clinician', 'POST', '/access-control/v1/patients/9000000009/overrides', 400, { body: {} }],
  ['clinician', 'POST', '/access-control/v1/patients/9000000009/seals', 400, { body: {} }],
  ['clinician', 'DELETE', '/access-control/v1/patients/9000000009/seals/00000000', 404],
  ['clinician', 'POST', '/access-control/v1/patients/9000000009/relationships', 400, { body: {} }],
  ['clinician', 'DELETE', '/access-control/v1/patients/9000000009/relationships/00000000', 404],
  ['clinician', 'DELETE', '/access-control/v1/patients/9000000009', 405],
  ['patient', 'PUT', '/access-control/v1/patients/9000000009/opt-out', 200, { body: { optedOut: true } }],
  ['app', 'GET', '/access-control/v1/patients/9000000009', 403],
  ['nobody', 'GET', '/access-control/v1/patients/9000000009', 401],
  // Nobody's address
  ['nobody', 'GET', '/nothing/here', 404],
  ['nobody', 'GET', `/personal-demographics/${'x'.repeat(9_000)}`, 414],
];

let house: EnforcedSpine;
let tokens: Readonly<Record<string, string>>;

beforeAll(async () => {
  house = await EnforcedSpine.start();
  const names = ['clinician', 'manager', 'auditor', 'officer', 'otherOfficer', 'colleague', 'sponsor'] as const;
  const logged = await Promise.all(names.map(async (name) => [name, await house.logIn(PEOPLE[name].uid)] as const));
  tokens = {
    ...Object.fromEntries(logged),
    patient: await house.logIn('9000000009', 'nhs-login'),
    app: await house.appToken(),
  };
});
afterAll(() => house.close());

function authorization(who: Who): Record<string, string> {
  if (who === 'nobody') return {};
  if (who === 'mailbox') return { authorization: meshToken('AUDIT01') };
  return { authorization: `Bearer ${who === 'operator' ? house.operatorKey : tokens[who]}` };
}

function send([who, method, path, , more = {}]: Row, requestId: string): Promise<Answer> {
  const { body, headers = {}, type = 'application/json' } = more;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  return house.send(path, {
    method,
    headers: {
      'x-request-id': requestId,
      ...authorization(who),
      ...(text === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
}

async function eventsSince(from: number): Promise<readonly Event[]> {
  const events: Event[] = [];
  let path: string | null = `/audit/v1/AuditEvent/$export?date=ge${new Date(from).toISOString()}`;
  while (path !== null) {
    const answer: Answer = await house.as(tokens['auditor'] ?? '', path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/fhir+ndjson']);
    events.push(...answer.text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event])));
    path = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? null;
  }
  return events;
}

const valuesOf = (event: Event): readonly string[] => [
  ...event.agent.map(({ who }) => who.identifier?.value ?? ''),
  ...event.agent.flatMap(({ role = [] }) => role.flatMap(({ coding }) => coding.map(({ code }) => code))),
];

/** What is missing in the entries of one request; '' when nothing is. */
function missing([who, method, path, status]: Row, events: readonly Event[]): string {
  const named = `${who} ${method} ${path.slice(0, 80)} ${status}`;
  if (events.length === 0) return `${named}: no entry`;
  const fits = events.filter(({ outcome }) => status < 400 === (outcome === '0'));
  if (fits.length === 0) return `${named}: the outcome is ${events.map(({ outcomeDesc }) => outcomeDesc).join()}`;
  const wanted =
    who in PEOPLE
      ? [PEOPLE[who as 'clinician'].uid, PEOPLE[who as 'clinician'].organization, APP]
      : who === 'app'
        ? [APP]
        : who === 'operator'
          ? ['operator']
          : who === 'patient'
            ? [APP, '9000000009']
            : who === 'mailbox' && !path.includes('nothing') && method !== 'DELETE'
              ? ['AUDIT01']
              : [];
  const role = who in PEOPLE && !path.startsWith('/oauth2') ? PEOPLE[who as 'clinician'].role : '';
  const told = fits.map(valuesOf);
  if (!told.some((values) => wanted.every((value) => path.startsWith('/oauth2') || values.includes(value))))
    return `${named}: ${wanted.join()} is not in ${JSON.stringify(told)}`;
  if (role !== '' && status !== 400 && !told.some((values) => values.includes(role))) return `${named}: no role`;
  return fits.every(({ purposeOfEvent }) => (purposeOfEvent[0]?.coding[0]?.code ?? '') !== '')
    ? ''
    : `${named}: no purpose`;
}

describe('audit of a running Spine', () => {
  test('AUD-E01 every route of every service leaves an entry, answered or refused', async () => {
    const began = Date.now();
    const asked: { row: Row; requestId: string; from: number; to: number }[] = [];
    const strange: string[] = [];
    for (const row of ROWS) {
      const requestId = randomUUID();
      const from = Date.now();
      const answer = await send(row, requestId);
      if (answer.status !== row[3])
        strange.push(`${row.slice(0, 4).join(' ')}: ${answer.status} ${answer.text.slice(0, 150)}`);
      asked.push({ row, requestId, from, to: Date.now() });
    }
    expect(strange).toEqual([]);
    const events = await eventsSince(began - 5);
    const faults = asked.map(({ row, requestId, from, to }) => {
      const own = events.filter(({ entity }) => entity.some(({ what }) => what.identifier.value === requestId));
      // Mailboxes and the token service have ids of their own: theirs are found by their time.
      const during = events.filter(
        ({ recorded }) => Date.parse(recorded) >= from - 1 && Date.parse(recorded) <= to + 1,
      );
      return missing(row, own.length > 0 ? own : during);
    });
    expect(faults.filter((fault) => fault !== '')).toEqual([]);
  });

  test('AUD-A06 an alert that a calling system reports reaches the work list of the organisation it names', async () => {
    const sent = alert() as { agent: { who: { identifier: { system: string; value: string } } }[] };
    for (const { who } of sent.agent)
      if (who.identifier.system.endsWith('ods-organization-code')) who.identifier.value = 'RBA';
    const row: Row = ['clinician', 'POST', `${SCR}/AuditEvent`, 201, { ...FHIR, body: sent }];
    expect((await send(row, randomUUID())).status).toBe(201);
    let alerts: { id: string; source: string }[] = [];
    for (let tries = 0; tries < 50 && alerts.length === 0; tries++) {
      const answer = await house.as(tokens['officer'] ?? '', '/audit/v1/alerts');
      alerts = (answer.body['alerts'] as typeof alerts).filter(({ source }) => source === 'reported');
      if (alerts.length === 0) await new Promise((resolve) => void setTimeout(resolve, 200));
    }
    expect(alerts[0]).toMatchObject({ source: 'reported', organization: 'RBA', patient: PATIENT });
    const path = `/audit/v1/alerts/${alerts[0]?.id}/acknowledge`;
    expect((await house.as(tokens['otherOfficer'] ?? '', path, { method: 'POST' })).status).toBe(404);
    expect((await house.as(tokens['officer'] ?? '', path, { method: 'POST' })).status).toBe(200);
  });

  test('AUD-J01 every journal of a running Spine is sound', async () => {
    const auditor = tokens['auditor'] ?? '';
    const listed = await house.as(auditor, '/audit/v1/journals');
    for (const name of listed.body['journals'] as string[]) {
      const report = await house.as(auditor, `/audit/v1/journals/${name}/verify`);
      expect([name, report.status, report.body['sound']]).toEqual([name, 200, true]);
    }
  });
});
