/** Scopes, modes, roles, and what each mode may do; rate limits. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Edge, enforced, patching, refusalIn, replied, SCOPE, signer } from '../support.ts';
import type { Sent, Signer } from '../support.ts';

const OWN = '9000000009';
const OTHER = '9000000017';

let key: Signer;
beforeAll(async () => {
  key = await signer('ES256');
});

const MANY = { rate: 1_000 };

async function edgeAs(claims: Readonly<Record<string, unknown>>) {
  const edge = new Edge(enforced(key.keySet));
  const token = await key.sign({ ...MANY, ...claims });
  const send = (path: string, sent: Sent = {}) =>
    edge.send(path, { ...sent, headers: { Authorization: `Bearer ${token}`, ...sent.headers } });
  return { edge, send };
}

const WORKER = { scope: SCOPE.worker, sub: '656005750104', roles: ['555021935107'] };
const PATIENT = { scope: SCOPE.patient, sub: OWN, nhs_number: OWN, vot: 'P9.Cp.Cd' };

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('modes', () => {
  test.each([
    ['worker, AAL3', { scope: SCOPE.worker, roles: ['1'] }, 'user-restricted'],
    ['worker, AAL2', { scope: SCOPE.workerAal2, roles: ['1'] }, 'user-restricted'],
    ['worker, older scope', { scope: SCOPE.workerNhsId, roles: ['1'] }, 'user-restricted'],
    ['worker, oldest scope', { scope: 'personal-demographics-service:USER-RESTRICTED' }, 'user-restricted'],
    ['application', { scope: SCOPE.app }, 'application-restricted'],
    ['privileged application', { scope: SCOPE.privileged }, 'privileged-application-restricted'],
    [
      'privileged wins over application',
      { scope: `${SCOPE.app} ${SCOPE.privileged}` },
      'privileged-application-restricted',
    ],
    [
      'privileged wins over worker',
      { scope: `${SCOPE.privileged} ${SCOPE.worker}` },
      'privileged-application-restricted',
    ],
    ['worker among other scopes', { scope: `urn:x ${SCOPE.worker} urn:y` }, 'user-restricted'],
    [
      'application with the right to update',
      { scope: SCOPE.app, app_attributes: { 'pds.app-restricted.update': 'true' } },
      'user-restricted',
    ],
    [
      'application with that right withheld',
      { scope: SCOPE.app, app_attributes: { 'pds.app-restricted.update': 'false' } },
      'application-restricted',
    ],
    ['patient', PATIENT, 'patient-access'],
  ])('PDS-A12 %s', async (_name, claims, mode) => {
    const { edge, send } = await edgeAs(claims);
    expect((await send(`/Patient/${OWN}`)).status).toBe(200);
    expect(edge.spine.only.options.agent).toMatchObject({ client: 'app-1', mode });
  });

  test('PDS-A12 attributes of the app that are true become rights', async () => {
    const { edge, send } = await edgeAs({
      scope: SCOPE.app,
      app_attributes: {
        'return-empty-address-lines': 'true',
        'return-nhs-record-sharing-consent': true,
        other: 'false',
        asid: '200000001285',
      },
    });
    await send(`/Patient/${OWN}`);
    expect(edge.spine.only.options.agent.rights).toEqual([
      'return-empty-address-lines',
      'return-nhs-record-sharing-consent',
    ]);
  });

  test('PDS-A12 a patient is bound to the own number, a worker acts in a role', async () => {
    const patient = await edgeAs(PATIENT);
    await patient.send(`/Patient/${OWN}`);
    expect(patient.edge.spine.only.options.agent).toEqual({
      client: 'app-1',
      mode: 'patient-access',
      user: OWN,
      subject: OWN,
      rights: [],
    });
    const worker = await edgeAs(WORKER);
    await worker.send(`/Patient/${OWN}`);
    expect(worker.edge.spine.only.options.agent).toEqual({
      client: 'app-1',
      mode: 'user-restricted',
      user: '656005750104',
      role: '555021935107',
      rights: [],
    });
  });

  test.each([
    ['P5', SCOPE.p5],
    ['P0', SCOPE.p0],
    ['P5 beside P9', `${SCOPE.patient} ${SCOPE.p5}`],
  ])('PDS-A13 %s is refused whatever is asked, before the path is looked at', async (_name, scope) => {
    const { send } = await edgeAs({ ...PATIENT, scope });
    for (const path of [`/Patient/${OWN}`, '/HelloWorld']) {
      expect(await refusalIn(await send(path, { headers: { 'X-Request-ID': '1' } }))).toMatchObject({
        status: 403,
        code: 'ACCESS_DENIED',
        display: 'Patient cannot perform this action',
        issueCode: 'forbidden',
        diagnostics:
          'Your access token has insufficient permissions. See documentation regarding Patient access restrictions https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir',
      });
    }
  });
});

describe('role of a worker', () => {
  const URID = (value: string): Sent => ({ headers: { 'NHSD-Session-URID': value } });
  const text = (value: string) =>
    `Invalid value - '${value}' in header 'NHSD-Session-URID'. Refer to the guidance for this header in our API Specification https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir`;

  test('PDS-A14 a role of the user is taken, a foreign one refused', async () => {
    const { edge, send } = await edgeAs({ ...WORKER, roles: ['1', '2'] });
    expect((await send(`/Patient/${OWN}`, URID('2'))).status).toBe(200);
    expect(edge.spine.only.options.agent.role).toBe('2');
    expect(await refusalIn(await send(`/Patient/${OWN}`, URID('invalid')))).toMatchObject({
      status: 400,
      code: 'INVALID_VALUE',
      diagnostics: text('invalid'),
    });
  });

  test('PDS-A14 with several roles one must be named, with one or none it need not', async () => {
    const several = await edgeAs({ ...WORKER, roles: ['1', '2'] });
    expect((await refusalIn(await several.send(`/Patient/${OWN}`))).diagnostics).toBe(text(''));
    expect((await refusalIn(await several.send(`/Patient/${OWN}`, URID('')))).diagnostics).toBe(text(''));
    const none = await edgeAs({ ...WORKER, roles: [] });
    expect((await none.send(`/Patient/${OWN}`)).status).toBe(200);
    expect(none.edge.spine.only.options.agent.role).toBeUndefined();
  });

  test.each([
    ['application', { scope: SCOPE.app }],
    ['application that may update', { scope: SCOPE.app, app_attributes: { 'pds.app-restricted.update': 'true' } }],
    ['patient', PATIENT],
  ])('PDS-A14 the header is ignored for the %s', async (_name, claims) => {
    const { edge, send } = await edgeAs(claims);
    expect((await send(`/Patient/${OWN}`, URID('anything'))).status).toBe(200);
    expect(edge.spine.only.options.agent.role).toBeUndefined();
  });

  test('PDS-A15 order: path, then request id, then role, then mode, then presence of the request id', async () => {
    const { send } = await edgeAs({ ...WORKER, roles: ['1', '2'] });
    const bad = (id: string | null) => ({ headers: { 'NHSD-Session-URID': 'x', 'X-Request-ID': id } });
    expect((await refusalIn(await send('/Nowhere', bad('1')))).code).toBe('UNSUPPORTED_REQUEST');
    expect((await refusalIn(await send('/Coverage', bad('1')))).diagnostics).toContain('X-Request-ID');
    expect((await refusalIn(await send('/Coverage', bad(null)))).diagnostics).toContain('NHSD-Session-URID');
    const role = { headers: { 'NHSD-Session-URID': '1', 'X-Request-ID': null } };
    expect((await refusalIn(await send('/Coverage', role))).code).toBe('ACCESS_DENIED');
    expect((await refusalIn(await send('/Patient/123', role))).code).toBe('MISSING_VALUE');
  });
});

describe('what a mode may not do', () => {
  const post = (body: unknown = {}): Sent => ({ method: 'POST', headers: JSON_TYPE, body });

  test.each([
    ['application-restricted', { scope: SCOPE.app }],
    ['privileged-application-restricted', { scope: SCOPE.privileged }],
  ])('PDS-A16 %s: no update, no create, no coverage, one search result', async (mode, claims) => {
    const { edge, send } = await edgeAs(claims);
    const method = {
      status: 403,
      code: 'INVALID_METHOD',
      issueCode: 'forbidden',
      severity: 'error',
      diagnostics: 'Your app has insufficient permissions to use this method. Please contact support.',
    };
    expect(await refusalIn(await send(`/Patient/${OWN}`, patching()))).toEqual({
      ...method,
      display: `Cannot update resource with ${mode} access token`,
    });
    const create = { ...method, display: `Cannot create resource with ${mode} access token` };
    expect(await refusalIn(await send('/Patient', post()))).toEqual(create);
    expect(await refusalIn(await send('/Patient/$process-birth-details', post()))).toEqual(create);
    for (const [verb, sent] of [
      ['GET', {}],
      ['POST', post()],
    ] as const) {
      expect(await refusalIn(await send('/Coverage', sent))).toMatchObject({
        status: 403,
        code: 'ACCESS_DENIED',
        display: `Cannot ${verb} resource with ${mode} access token`,
        diagnostics: 'Your app has insufficient permissions to use this operation. Please contact support.',
      });
    }
    for (const most of ['2', '0', '', '01', '1&_max-results=1']) {
      expect(await refusalIn(await send(`/Patient?family=Smith&birthdate=eq2010-10-22&_max-results=${most}`))).toEqual({
        status: 403,
        code: 'INVALID_VALUE',
        issueCode: 'token',
        severity: 'error',
        display: `Cannot retrieve more than one result with ${mode} access token`,
        diagnostics: 'Your app has insufficient permissions to perform this search. Please contact support.',
      });
    }
    expect(edge.spine.asked).toEqual([]);
    expect((await send(`/Patient/${OWN}`)).status).toBe(200);
  });

  test.each([['GET'], ['POST']])('PDS-A16 user-restricted: no %s of coverage', async (verb) => {
    const { send } = await edgeAs(WORKER);
    const sent = verb === 'GET' ? {} : { method: 'POST', headers: JSON_TYPE, body: {} };
    expect(await refusalIn(await send(`/Coverage?subscriber:identifier=${OWN}`, sent))).toMatchObject({
      status: 403,
      display: `Cannot ${verb} resource with user-restricted access token`,
    });
  });

  test('PDS-A16 user-restricted: may update', async () => {
    const { edge, send } = await edgeAs(WORKER);
    expect((await send(`/Patient/${OWN}`, patching())).status).toBe(200);
    expect(edge.spine.only.wish.name).toBe('patch-patient');
  });

  test.each([
    ['another record', `/Patient/${OTHER}`],
    ['related persons of another', `/Patient/${OTHER}/RelatedPerson`],
    ['a search', `/Patient?family=Smith&birthdate=eq2010-10-22`],
    ['coverage of another', `/Coverage?subscriber:identifier=${OTHER}`],
    ['an invalid number', '/Patient/1'],
    ['no number', '/Patient/'],
  ])('PDS-A17 patient: no %s', async (_name, path) => {
    const { edge, send } = await edgeAs(PATIENT);
    expect(await refusalIn(await send(path))).toMatchObject({
      status: 403,
      code: 'ACCESS_DENIED',
      display: 'Patient cannot perform this action',
    });
    expect(edge.spine.asked).toEqual([]);
  });

  test('PDS-A17 patient: no update of another record, no creating at all', async () => {
    const { send } = await edgeAs(PATIENT);
    expect((await refusalIn(await send(`/Patient/${OTHER}`, patching()))).display).toBe(
      'Patient cannot perform this action',
    );
    for (const path of ['/Patient', '/Patient/$process-birth-details']) {
      expect(await refusalIn(await send(path, post()))).toMatchObject({
        status: 403,
        code: 'INVALID_METHOD',
        display: 'Cannot create resource with patient-access access token',
      });
    }
  });

  test('PDS-A17 patient: the own record, its related persons and its coverage', async () => {
    const { edge, send } = await edgeAs(PATIENT);
    edge.spine.answer = ({ wish }) => replied(wish.name === 'get-patient' ? '{}' : '[]');
    for (const path of [`/Patient/${OWN}`, `/Patient/${OWN}/RelatedPerson`, `/Coverage?subscriber:identifier=${OWN}`]) {
      expect((await send(path)).status).toBe(200);
    }
  });

  test('PDS-A36 a patient who signed in with a merged number is led on to the surviving record', async () => {
    const { edge, send } = await edgeAs(PATIENT);
    edge.spine.answer = ({ key: asked }) => (asked === OWN ? { kind: 'moved', key: OTHER } : replied('{}'));
    expect((await send(`/Patient/${OWN}`)).status).toBe(200);
    expect(edge.spine.asked.map(({ key: asked, options }) => [asked, options.agent.subject])).toEqual([
      [OWN, OWN],
      [OTHER, OTHER],
    ]);
  });

  test.each([
    ['P9.Cp.Cd', 200],
    ['P9.Cp.Ck', 200],
    ['P9.Cm', 200],
    ['P9.Cp', 403],
    ['P5.Cp.Cd', 403],
    ['', 403],
    [undefined, 403],
  ])('PDS-A17 patient with level of trust %s', async (vot, status) => {
    const { send } = await edgeAs({ ...PATIENT, vot });
    expect((await send(`/Patient/${OWN}`)).status).toBe(status);
  });

  test('PDS-A17 patient: a token without an NHS number opens nothing', async () => {
    const { send } = await edgeAs({ ...PATIENT, nhs_number: undefined });
    expect((await send('/Patient/undefined')).status).toBe(403);
    expect((await send(`/Patient/${OWN}`)).status).toBe(403);
  });

  test.each([
    '',
    '?x=1',
    `?subscriber:identifier=${OWN}&x=1`,
    `?subscriber:identifier=${OWN}&subscriber:identifier=${OWN}`,
  ])('PDS-A18 coverage is searched in one form only: %j', async (query) => {
    const { send } = await edgeAs(PATIENT);
    const refusal = await refusalIn(await send(`/Coverage${query}`));
    expect(refusal).toMatchObject({
      status: 400,
      code: 'INVALID_SEARCH_DATA',
      issueCode: 'value',
      diagnostics:
        "Invalid search data provided - 'Coverage search request must follow the format /Coverage?subscriber:identifier=NHS_NUMBER'",
    });
  });
});
