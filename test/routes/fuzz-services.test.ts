/** Every service that the PDS cases of fuzz.test.ts do not reach: any request is answered below 500 and at once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BASE_PATHS, route } from '../../src/routes/router.ts';
import { OPEN, RecordSpine } from '../support/record-spine.ts';
import { TokenBuckets } from '../../src/routes/rate-limit.ts';
import type { Surroundings } from '../../src/routes/request-context.ts';
import { requestOf, wildRequest } from '../support/wild-requests.ts';
import type { Place } from '../support/wild-requests.ts';
import { PATIENT, summary } from '../domain/scr/summaries.ts';
import { adjustment, flag, impairment, transaction } from './flags/requests.ts';
import { World } from './identity/world.ts';
import { alert, bundleOf, idOf, permit } from './scr/requests.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const TIMES = Number(process.env['FUZZ_TIMES'] ?? 1);
/** Generous: the machine may do other things too. A hang is for ever. */
const HANG_MS = 2_000;
const NOW = Date.UTC(2026, 2, 13, 12, 0, 0);
const ORIGIN = 'https://edge.test';
const ID = '60E0B220-8136-4CA5-AE46-1D97EF59D068';

const SCR = '/summary-care-record/FHIR/R4';
const FLAGS = '/patient-flags-api/FHIR/R4';
const RA = '/care-identity/registration-authority/v1';
const WORKER = {
  key: 'k',
  given_name: 'Ada',
  family_name: 'Byron',
  birth_date: '1980-01-01',
  role_code: 'S8000:G8000:R8000',
  activities: ['B0820'],
  org: 'A20047',
};

interface Area {
  readonly name: string;
  readonly bases: readonly string[];
  readonly places: readonly Place[];
  readonly usual: Readonly<Record<string, string>>;
  readonly cases: number;
  /** Statuses that must have been seen: the cases went in, and not only up to the door. */
  readonly seen: readonly number[];
}

const identified = { 'X-Request-ID': ID, 'X-Correlation-ID': ID, 'NHSD-Session-URID': '555254240100' };
const FHIR = 'application/fhir+json';
const FORM = 'application/x-www-form-urlencoded';

const AREAS: readonly Area[] = [
  {
    name: 'summary care record',
    bases: [SCR],
    usual: identified,
    cases: 2_000,
    seen: [200, 201, 400, 404],
    places: [
      {
        method: 'POST',
        path: `${SCR}/Bundle`,
        documents: [summary('0A1B2C3D-0000-4000-8000-000000000001').bundle],
        type: FHIR,
      },
      { method: 'GET', path: SCR + bundleOf() },
      { method: 'GET', path: SCR + idOf() },
      { method: 'POST', path: `${SCR}/$setPermission`, documents: [permit('Yes'), permit('No')], type: FHIR },
      { method: 'POST', path: `${SCR}/AuditEvent`, documents: [alert()], type: FHIR },
      { method: 'GET', path: `${SCR}/_status` },
    ],
  },
  {
    name: 'patient flags',
    bases: [FLAGS],
    usual: { ...identified, 'x-removal-reason': 'no longer needed' },
    cases: 2_000,
    seen: [200, 201, 400, 404],
    places: [
      { method: 'GET', path: `${FLAGS}/Flag?patient=${PATIENT}` },
      { method: 'POST', path: `${FLAGS}/Flag`, documents: [flag(), adjustment()], type: FHIR },
      { method: 'POST', path: `${FLAGS}/Condition`, documents: [impairment()], type: FHIR },
      { method: 'POST', path: `${FLAGS}/`, documents: [transaction(flag(), adjustment(), impairment())], type: FHIR },
      { method: 'DELETE', path: `${FLAGS}/Flag?patient=${PATIENT}` },
      { method: 'DELETE', path: `${FLAGS}/Flag/1` },
      { method: 'DELETE', path: `${FLAGS}/Condition/1` },
    ],
  },
  {
    // Where access is open nobody is known, so these stay shut whatever is sent.
    name: 'audit and access control',
    bases: ['/audit/v1', '/access-control/v1', '/care-identity/door'],
    usual: identified,
    cases: 1_000,
    seen: [401, 403],
    places: [
      { method: 'GET', path: `/audit/v1/AuditEvent?patient=${PATIENT}&date=ge2026-01-01&_count=5` },
      { method: 'GET', path: '/audit/v1/me' },
      { method: 'POST', path: '/audit/v1/alerts/1/close', documents: [{ finding: 'justified' }] },
      {
        method: 'POST',
        path: `/access-control/v1/patients/${PATIENT}/overrides`,
        documents: [{ reason: 'emergency' }],
      },
      { method: 'GET', path: '/care-identity/door/legacy' },
    ],
  },
  {
    name: 'operator',
    bases: ['/operator', '/operator/mesh', '/care-identity/operator'],
    usual: { Authorization: 'Bearer operator-1', 'X-Chunk-ID': 'chunk-1' },
    cases: 2_000,
    seen: [200, 400, 401, 404, 409],
    places: [
      {
        method: 'POST',
        path: '/operator/import',
        documents: [{ resourceType: 'Patient', id: PATIENT, meta: { versionId: '3' } }],
      },
      {
        method: 'POST',
        path: '/operator/merge',
        documents: [{ from: '9000000017', into: '9000000025', requestId: ID }],
      },
      { method: 'GET', path: '/operator/status' },
      { method: 'GET', path: '/operator/journals' },
      { method: 'POST', path: '/operator/backup', documents: [{ class: 'patient-shard', shard: 1 }] },
      {
        method: 'POST',
        path: '/operator/restore',
        documents: [
          { class: 'patient-shard', shard: 1, wipe: true, headroom: 5 },
          { class: 'patient-shard', shard: 1 },
        ],
      },
      {
        method: 'POST',
        path: '/operator/verify-journal',
        documents: [{ class: 'patient-shard', shard: 1, after: { seq: 4, hash: 'a'.repeat(64), unnamed: [] } }],
      },
      { method: 'GET', path: '/operator/segments?class=patient-shard&shard=1&at=0' },
      { method: 'GET', path: '/operator/segment?class=patient-shard&shard=1&at=1' },
      { method: 'POST', path: '/care-identity/operator/load', documents: [{ kind: 'application', clientId: 'x' }] },
    ],
  },
];

function house(): Surroundings {
  return { spine: new RecordSpine(() => NOW), settings: OPEN, now: NOW, limiter: new TokenBuckets() };
}

async function populated(): Promise<Surroundings> {
  const surroundings = house();
  const spine = surroundings.spine as RecordSpine;
  for (const number of [PATIENT, '9000000009', '9000000025'])
    await spine.person(number, { birthDate: '2015-03-14', gender: 'female' });
  return surroundings;
}

const COUNTED = { runs: 0 };

async function fuzz(area: Area, surroundingsOf: () => Surroundings): Promise<void> {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(wildRequest(area.places, area.usual), async (wild) => {
      const request = requestOf(ORIGIN, wild);
      if (request === null) return;
      COUNTED.runs++;
      const started = performance.now();
      const response = await route(request, surroundingsOf());
      const text = await response.text();
      expect(performance.now() - started).toBeLessThan(HANG_MS);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      // The live gateway knows no OPTIONS but a preflight and says so with 502.
      if (wild.method !== 'OPTIONS')
        expect([response.status, text]).toEqual([expect.toSatisfy((status: number) => status < 500), text]);
      expect(text).not.toMatch(/SQLITE|TypeError|at \w+ \(|\/src\//);
    }),
    { numRuns: area.cases * TIMES, seed: SEED },
  );
  for (const status of area.seen)
    expect([area.name, status, seen.get(status) ?? 0]).not.toEqual([area.name, status, 0]);
}

/** Base paths with an area here, or a suite of their own. */
const TRIED: readonly string[] = [
  ...AREAS.flatMap(({ bases }) => bases),
  // fuzz.test.ts, test/actors/fuzz-mesh.test.ts
  '/personal-demographics/FHIR/R4',
  '/messageexchange',
  '/health',
  '/_status',
  '/_ping',
  '/healthcheck',
  '/admin',
  '/endpointlookup',
  // test/actors/fuzz-prescriptions.test.ts
  '/electronic-prescriptions',
  '/fhir-prescribing',
  '/fhir-dispensing',
  '/clinical-prescription-tracker',
  '/prescriptions-for-patients',
  '/prescriptions-for-patients-v2',
  '/prescription-status-update',
  '/custom-prescription-status-update',
  '/operator/prescription-trust',
  '/audit/v1',
  '/access-control/v1',
  '/care-identity/door',
  // The token service.
  '/oauth2',
  '/oauth2-mock',
  '/mock-idp',
  RA,
];

describe('any request to any service', () => {
  test.each(AREAS.map((area) => [area.name, area] as const))(
    'SEC-60 %s answers below 500, at once',
    { timeout: 120_000 },
    async (_name, area) => {
      const surroundings = await populated();
      // Budgets of time are tried elsewhere: here every request finds a fresh limiter.
      await fuzz(area, () => ({ ...surroundings, limiter: new TokenBuckets() }));
    },
  );

  test(
    'SEC-60 the token service and the registration authority answer below 500, at once',
    { timeout: 120_000 },
    async () => {
      const world = await World.make();
      const token = (await world.userToken()).body['access_token'];
      const assertion = await world.assertion();
      const form = (fields: Record<string, string | undefined>): string =>
        new URLSearchParams(
          Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ).toString();
      const worker = '/users/656000000002';
      await fuzz(
        {
          name: 'identity',
          bases: [],
          usual: { Authorization: `Bearer ${String(token)}`, 'NHSD-Session-URID': '100000000001' },
          cases: 3_000,
          seen: [200, 302, 400, 401, 403, 404, 405],
          places: [
            {
              method: 'POST',
              path: '/oauth2/token',
              documents: [form(world.clientCredentials(assertion)), form(world.exchange(assertion, assertion))],
              type: FORM,
            },
            {
              method: 'POST',
              path: '/oauth2/token',
              documents: [
                form({ grant_type: 'refresh_token', refresh_token: 'x', client_id: 'app', client_secret: 'secret-1' }),
              ],
              type: FORM,
            },
            {
              method: 'POST',
              path: '/oauth2-mock/token',
              documents: [
                form({
                  grant_type: 'authorization_code',
                  code: 'x',
                  client_id: 'app',
                  client_secret: 'secret-1',
                  redirect_uri: 'https://example.org/callback',
                }),
              ],
              type: FORM,
            },
            {
              method: 'GET',
              path: '/oauth2/authorize?client_id=app&redirect_uri=https://example.org/callback&response_type=code&state=s',
            },
            {
              method: 'GET',
              path: '/oauth2-mock/authorize?client_id=app&redirect_uri=https://example.org/callback&response_type=code&state=s',
            },
            { method: 'GET', path: '/oauth2/callback?code=x&state=s' },
            { method: 'GET', path: '/oauth2/userinfo' },
            {
              method: 'POST',
              path: '/oauth2/backchannel_logout',
              documents: [form({ logout_token: assertion })],
              type: FORM,
            },
            { method: 'GET', path: '/oauth2/_status' },
            { method: 'GET', path: '/mock-idp/nhs-cis2/authorize?redirect_uri=x&state=y' },
            {
              method: 'POST',
              path: '/mock-idp/nhs-login/login?redirect_uri=x&state=y',
              documents: [form({ username: '9000000009' })],
              type: FORM,
            },
            { method: 'POST', path: `${RA}/users`, documents: [WORKER] },
            { method: 'GET', path: `${RA}${worker}` },
            {
              method: 'POST',
              path: `${RA}${worker}/roles`,
              documents: [{ org: 'A20047', role_code: 'R8000', activities: ['B0820'] }],
            },
            { method: 'POST', path: `${RA}${worker}/authenticators`, documents: [{ id: 'card-1', kind: 'smartcard' }] },
            { method: 'DELETE', path: `${RA}${worker}/roles/100000000002`, documents: [{ to: '2026-12-31' }] },
            { method: 'POST', path: `${RA}/bulk`, documents: ['key,given_name\nk,Ada'], type: 'text/csv' },
          ],
        },
        () => ({ spine: world.spine, settings: world.edge.settings, now: world.now, limiter: new TokenBuckets() }),
      );
    },
  );

  // A new service is tried in its simplest words until it has an area of its own above.
  test.each(BASE_PATHS.filter((path) => !TRIED.includes(path)))(
    'SEC-60 %s, for which no area is told, never breaks',
    async (base) => {
      const places: Place[] = [
        { method: 'GET', path: `${base}/FHIR/R4/Record/9000000009` },
        { method: 'POST', path: base, documents: [{}], type: FHIR },
      ];
      await fc.assert(
        fc.asyncProperty(wildRequest(places, identified), async (wild) => {
          const request = requestOf(ORIGIN, wild);
          if (request === null) return;
          COUNTED.runs++;
          const response = await route(request, house());
          expect([500, 503, 504]).not.toContain(response.status);
          expect(await response.text()).not.toMatch(/SQLITE|TypeError|at \w+ \(|\/src\//);
        }),
        { numRuns: 300 * TIMES, seed: SEED },
      );
    },
  );

  test('SEC-60 with the 12,000 cases of PDS and its operator pages these are more than 20,000', () => {
    expect(COUNTED.runs).toBeGreaterThan(8_000);
  });
});
