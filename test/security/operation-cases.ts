/** SEC-30 to SEC-36: what operators guard, what must not be told, and what must not be there. */
import { expect, vi } from 'vitest';
import { readSettings } from '../../src/routes/settings.ts';
import { route } from '../../src/routes/router.ts';
import { Edge, enforced, FakeSpine, NOW, OPEN, patching, REQUEST_ID, SCOPE } from '../routes/support.ts';
import { bearer, enforcedEdge, key, OTHER, OWN, PATH, PATIENT, WORKER } from './negative-case.ts';
import type { NegativeCase } from './negative-case.ts';

const ORIGIN = 'https://edge.test';

const PAGES: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/operator/import'],
  ['POST', '/operator/merge'],
  ['GET', '/operator/status'],
  ['GET', '/operator/journals'],
  ['POST', '/operator/backup'],
  ['POST', '/operator/restore'],
  ['POST', '/operator/verify-journal'],
  ['GET', '/operator/segments?class=patient-shard&shard=1'],
  ['GET', '/operator/segment?class=patient-shard&shard=1&at=1'],
  ['GET', '/operator/nothing-here'],
  ['POST', '/care-identity/operator/load'],
  ['GET', '/operator/mesh/status'],
];

const KEYS: readonly (readonly [name: string, authorization: string | null])[] = [
  ['no key', null],
  ['a wrong key', 'Bearer operator-2'],
  ['the beginning of the key', 'Bearer operator-'],
];

const operatorCases = PAGES.flatMap(([method, path]) =>
  KEYS.map(([name, authorization]): NegativeCase => ({
    control: 'SEC-30',
    name: `${method} ${path} with ${name}`,
    run: async () => {
      const edge = new Edge();
      const body = method === 'POST' ? { body: '{"class":"patient-shard","shard":1,"wipe":true}' } : {};
      const response = await edge.send(ORIGIN + path, { method, ...body, headers: { Authorization: authorization } });
      expect([response.status, edge.spine.imported, edge.spine.transacted]).toEqual([401, [], []]);
      // A stranger does not even learn which pages there are.
      expect(await response.text()).toContain('The operator key is missing or wrong');
    },
  })),
);

const CLOSED: readonly (readonly [name: string, send: () => Promise<Response>])[] = [
  [
    'an empty key where none is set',
    () =>
      new Edge(readSettings({ ACCESS: 'open', ENVIRONMENT: 'local' })).send(`${ORIGIN}/operator/status`, {
        headers: { Authorization: 'Bearer ' },
      }),
  ],
  ['the key as a parameter', () => new Edge().send(`${ORIGIN}/operator/status?key=operator-1`)],
  [
    'the key under Basic',
    () =>
      new Edge().send(`${ORIGIN}/operator/status`, {
        headers: { Authorization: `Basic ${btoa('operator:operator-1')}` },
      }),
  ],
  [
    'the status key',
    () => new Edge().send(`${ORIGIN}/operator/status`, { headers: { Authorization: 'Bearer status-1' } }),
  ],
  [
    "a worker's token",
    async () =>
      new Edge(enforced((await key()).keySet)).send(
        `${ORIGIN}/operator/status`,
        bearer(await (await key()).sign(WORKER)),
      ),
  ],
  [
    "a privileged app's token",
    async () =>
      new Edge(enforced((await key()).keySet)).send(`${ORIGIN}/operator/restore`, {
        method: 'POST',
        ...bearer(await (await key()).sign({ scope: SCOPE.privileged })),
      }),
  ],
];

const closedCases = CLOSED.map(([name, send]): NegativeCase => ({
  control: 'SEC-30',
  name: `the operator's door with ${name}`,
  run: async () => expect((await send()).status).toBe(401),
}));

const INNARDS =
  /SQLITE|D1_ERROR|TypeError|ReferenceError|\bat \S+ \(|\/src\/|node_modules|no such table|stack|operator-1|status-1/;

class Sqlite extends Error {
  override readonly name = 'SQLITE_FULL';
}

const FAILURES: readonly (readonly [name: string, error: unknown])[] = [
  ['a full disk', new Sqlite(`SQLITE_FULL: database or disk is full while writing ${OTHER}`)],
  ['an error of D1', new Error(`D1_ERROR: no such table: patient_index for ${OTHER}`)],
  ['a type error', new TypeError(`Cannot read properties of undefined (reading '${OTHER}')`)],
  ['a text thrown', `operator-1 and ${OTHER}`],
  ['nothing thrown', undefined],
  ['an object thrown', { secret: 'operator-1', number: OTHER }],
];

const ENDS: readonly (readonly [service: string, path: string, method?: string])[] = [
  ['PDS', PATH],
  ['PDS updates', PATH, 'PATCH'],
  [
    'the summary care record',
    `${ORIGIN}/summary-care-record/FHIR/R4/DocumentReference?patient=https://fhir.nhs.uk/Id/nhs-number|${OWN}`,
  ],
  ['flags', `${ORIGIN}/patient-flags-api/FHIR/R4/Flag?patient=${OWN}`],
];

const failureCases = FAILURES.flatMap(([name, error]) =>
  ENDS.map(([service, path, method]): NegativeCase => ({
    control: 'SEC-31',
    name: `${service} after ${name} tells a reference and no more`,
    run: async () => {
      const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      const edge = new Edge();
      edge.spine.answer = () => {
        throw error;
      };
      const sent = method === 'PATCH' ? patching() : {};
      const response = await edge.send(path, {
        ...sent,
        headers: { ...sent.headers, 'NHSD-Session-URID': '555254240100' },
      });
      const text = await response.text();
      const lines = logged.mock.calls.map((call) => call.map(String).join(' ')).join('\n');
      logged.mockRestore();
      expect([service, response.status]).toEqual([service, 500]);
      expect(text).not.toMatch(INNARDS);
      expect(text + lines).not.toContain(OTHER);
      expect(lines).not.toContain('operator-1');
      expect(lines).toContain(REQUEST_ID);
    },
  })),
);

const SECRETS = {
  ACCESS: 'open',
  ENVIRONMENT: 'local',
  OPERATOR_KEY: 'secret-of-operators',
  STATUS_KEY: 'secret-of-status',
  SIGNING_KEYS: 'secret-of-signing',
  PROVIDER_SECRETS: 'secret-of-providers',
  ANCHOR_KEYS: 'secret-of-anchors',
  MESH_SHARED_KEY: 'secret-of-mesh',
};

const LOOKS = [
  '/',
  '/operator/status',
  '/_status',
  '/health',
  '/personal-demographics/FHIR/R4/_ping',
  '/personal-demographics/FHIR/R4/_status',
  '/summary-care-record/FHIR/R4/_status',
  '/patient-flags-api/FHIR/R4/_ping',
  '/oauth2/_status',
  '/oauth2/token',
];

const secretCases = LOOKS.map((path): NegativeCase => ({
  control: 'SEC-32',
  name: `${path} tells no secret`,
  run: async () => {
    const spine = new FakeSpine();
    const request = new Request(ORIGIN + path, {
      headers: { Authorization: 'Bearer secret-of-operators', apikey: 'secret-of-status' },
    });
    const response = await route(request, { spine, settings: readSettings(SECRETS), now: NOW });
    const told = (await response.text()) + JSON.stringify([...response.headers]);
    expect(told).not.toMatch(/secret-of-/);
  },
}));

const FORGED: readonly (readonly [name: string, headers: Record<string, string>])[] = [
  ['says who it is in an inner header', { 'X-Internal-User': 'admin', 'X-Agent': '{"mode":"privileged"}' }],
  ['names a client certificate', { 'X-Client-Cert': 'CN=admin', 'Cf-Client-Cert-Verified': 'SUCCESS' }],
  [
    'says it comes from inside',
    { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' },
  ],
  ['names another host', { 'X-Forwarded-Host': 'evil.test', 'X-Original-URL': '/operator/status' }],
  ['wants another method', { 'X-HTTP-Method-Override': 'PATCH', 'X-Method': 'DELETE' }],
  ['brings scopes in a header', { Scope: SCOPE.privileged, 'X-Scopes': SCOPE.privileged, Roles: 'admin' }],
];

const forgedCases = FORGED.map(([name, headers]): NegativeCase => ({
  control: 'SEC-33',
  name: `a patient who ${name} is still that patient`,
  run: async () => {
    const edge = await enforcedEdge();
    const token = await (await key()).sign(PATIENT);
    const own = await edge.send(PATH, { headers: { Authorization: `Bearer ${token}`, ...headers } });
    expect(own.status).toBe(200);
    expect(edge.spine.only.options.agent).toMatchObject({ mode: 'patient-access', subject: OWN });
    const before = edge.spine.asked.length;
    const other = await edge.send(`/Patient/${OTHER}`, { headers: { Authorization: `Bearer ${token}`, ...headers } });
    expect([other.status, edge.spine.asked.length]).toEqual([403, before]);
    expect([...other.headers.keys()].filter((header) => header in headers)).toEqual([]);
  },
}));

const SANDBOX_ONLY = [
  '/mock-idp/nhs-cis2/authorize',
  '/oauth2-mock/token',
  '/oauth2-mock/authorize',
  '/messageexchange/admin/reset',
  '/admin/reset',
  '/messageexchange/mailbox/X',
];

const absentCases = SANDBOX_ONLY.map((path): NegativeCase => ({
  control: 'SEC-34',
  name: `${path} is not there where people are real`,
  run: async () => {
    const settings = enforced((await key()).keySet, { ENVIRONMENT: 'live' });
    for (const method of ['GET', 'POST', 'DELETE']) {
      const request = new Request(ORIGIN + path, { method });
      const { status } = await route(request, { spine: new FakeSpine(), settings, now: NOW });
      expect([path, method, [401, 403, 404, 405].includes(status)]).toEqual([path, method, true]);
    }
  },
}));

const UNKNOWN = [
  '/',
  '/debug',
  '/__fault',
  '/.env',
  '/.git/config',
  '/admin',
  '/operator/../.env',
  '/personal-demographics',
  '/personal-demographics/FHIR/STU3/Patient/9000000009',
  '/metrics',
  '/actuator/env',
  '/wp-login.php',
];

const unknownCases = UNKNOWN.map((path): NegativeCase => ({
  control: 'SEC-35',
  name: `${path} is nothing`,
  run: async () => {
    const edge = new Edge(OPEN);
    const response = await edge.send(ORIGIN + path);
    expect([[401, 404].includes(response.status), edge.spine.asked]).toEqual([true, []]);
  },
}));

const METHODS = ['PUT', 'DELETE', 'TRACE', 'CONNECT', 'PROPFIND', 'get'];

const methodCases = METHODS.map((method): NegativeCase => ({
  control: 'SEC-36',
  name: `${method} on a record does nothing`,
  run: async () => {
    const edge = new Edge();
    let response: Response;
    try {
      response = await edge.send(PATH, { method });
    } catch {
      // Not even a client may send it.
      return;
    }
    if (method === 'get') expect(edge.spine.asked.map(({ wish }) => wish.name)).toEqual(['get-patient']);
    else expect([response.status >= 400 && response.status < 500, edge.spine.asked]).toEqual([true, []]);
  },
}));

const DENIED: readonly (readonly [name: string, path: string, token: () => Promise<string> | null])[] = [
  ['no token', PATH, () => null],
  ['a token that is no good', PATH, () => Promise.resolve('a1.b2.c3')],
  ["another's record", `/Patient/${OTHER}`, async () => (await key()).sign(PATIENT)],
  ['an API that it is not for', PATH, async () => (await key()).sign({ scope: 'urn:x' })],
];

const auditCases = DENIED.map(([name, path, token]): NegativeCase => ({
  control: 'SEC-37',
  name: `a refusal for ${name} is in the journal`,
  run: async () => {
    const edge = await enforcedEdge();
    const given = await token();
    const response = await edge.send(path, given === null ? {} : bearer(given));
    expect([401, 403]).toContain(response.status);
    const denials = edge.spine.identity.journal.filter(({ action }) => action === 'note-denial');
    expect(denials.map(({ outcome }) => outcome)).toEqual([expect.stringContaining(String(response.status))]);
  },
}));

export const OPERATION_CASES = [
  ...operatorCases,
  ...closedCases,
  ...failureCases,
  ...secretCases,
  ...forgedCases,
  ...absentCases,
  ...unknownCases,
  ...methodCases,
  ...auditCases,
];
