/** Any request to prescriptions, their trackers, the audit trail and access control, over real actors: below 500, at once. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { route } from '../../src/routes/router.ts';
import { readSettings } from '../../src/routes/settings.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { order } from '../support/prescription-order.ts';
import { requestOf, wildRequest } from '../support/wild-requests.ts';
import type { Place } from '../support/wild-requests.ts';
import { doors } from './spine.ts';

const HANG_MS = 10_000;
const ID = '60E0B220-8136-4CA5-AE46-1D97EF59D068';
const settings = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local', OPERATOR_KEY: 'operator-1' });

beforeAll(() => emptyNationalDatabase(bound.NATIONAL_0));

const FHIR = 'application/fhir+json';
const NUMBER = '9000000009';
const SHORT = '24F5DA-A83008-7EFE6Z';
const unsigned = order({
  nhsNumber: NUMBER,
  shortId: SHORT,
  items: [ID.toLowerCase(), '70e0b220-8136-4ca5-ae46-1d97ef59d068'],
  messageId: ID,
  authoredOn: '2026-11-22T00:00:00+00:00',
});
const task = {
  resourceType: 'Task',
  status: 'rejected',
  groupIdentifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: SHORT },
  for: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: NUMBER } },
};
const update = { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: task }] };

const post = (path: string, ...documents: unknown[]): Place => ({ method: 'POST', path, documents, type: FHIR });
const get = (path: string): Place => ({ method: 'GET', path });

const PRESCRIPTIONS: readonly Place[] = [
  ...['/electronic-prescriptions', '/fhir-prescribing', '/fhir-dispensing'].flatMap((base) => [
    post(`${base}/FHIR/R4/$prepare`, unsigned),
    post(`${base}/FHIR/R4/$process-message`, unsigned),
    post(`${base}/FHIR/R4/Task/$release`, { resourceType: 'Parameters', parameter: [] }),
    post(`${base}/FHIR/R4/Task`, task),
    post(`${base}/FHIR/R4/Claim`, { resourceType: 'Claim', item: [] }),
    get(`${base}/FHIR/R4/Task?patient:identifier=${NUMBER}`),
    get(`${base}/metadata`),
  ]),
  get(`/clinical-prescription-tracker/RequestGroup?nhsNumber=${NUMBER}`),
  get(`/clinical-prescription-tracker/FHIR/R4/RequestGroup?prescriptionId=${SHORT}`),
  get('/prescriptions-for-patients/Bundle'),
  get('/prescriptions-for-patients-v2/Bundle'),
  post('/prescription-status-update/', update),
  post('/custom-prescription-status-update/', update),
  { method: 'PUT', path: '/operator/prescription-trust', documents: [{ authorities: [], revocationLists: [] }] },
];

const TRAILS: readonly Place[] = [
  get(`/audit/v1/AuditEvent?patient=${NUMBER}&date=ge2026-01-01`),
  get('/audit/v1/AuditEvent?agent=555021935107'),
  get('/audit/v1/me'),
  get('/audit/v1/alerts'),
  get(`/access-control/v1/patients/${NUMBER}`),
  { method: 'POST', path: `/access-control/v1/patients/${NUMBER}/relationships`, documents: [{ note: 'x' }] },
  get('/care-identity/door/x'),
];

async function fuzz(places: readonly Place[], cases: number): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  const usual = { 'X-Request-ID': ID, 'NHSD-Session-URID': '555254240100', Authorization: 'Bearer operator-1' };
  await fc.assert(
    fc.asyncProperty(wildRequest(places, usual), async (wild) => {
      const request = requestOf('https://edge.test', wild);
      if (request === null) return;
      const started = Date.now();
      const response = await route(request, { spine: doors, settings, now: Date.now() });
      const text = await response.text();
      expect(Date.now() - started).toBeLessThan(HANG_MS);
      seen.add(response.status);
      // The live gateway knows no OPTIONS but a preflight and says so with 502.
      if (wild.method !== 'OPTIONS' && response.status >= 500) throw new Error(`${response.status} ${text}`);
      expect(text).not.toMatch(/SQLITE|TypeError|at \w+ \(|\/src\//);
    }),
    { numRuns: cases, seed: 1 },
  );
  return seen;
}

test('SEC-60 prescriptions and their trackers answer below 500, at once', { timeout: 120_000 }, async () => {
  const seen = await fuzz(PRESCRIPTIONS, 1_200);
  for (const status of [200, 400, 404]) expect([...seen]).toContain(status);
});

test('SEC-60 audit trail, access control and the door answer below 500, at once', { timeout: 120_000 }, async () => {
  const seen = await fuzz(TRAILS, 500);
  for (const status of [400, 401, 404].slice(1)) expect([...seen]).toContain(status);
});
