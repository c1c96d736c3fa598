/** The real edge over real actors inside workerd: requests go through the router as in the deployed Worker. */
import { waitUntil } from 'cloudflare:workers';
import { durability } from '../../src/actors/durability.ts';
import { auditTrails } from '../../src/actors/audit-trails.ts';
import { identityShards } from '../../src/actors/identity-shards.ts';
import { nationalDatabases } from '../../src/actors/national.ts';
import { nationalSearch } from '../../src/actors/national-search.ts';
import { mailboxes } from '../../src/actors/mailboxes.ts';
import { meshPayloadStore } from '../../src/actors/mesh-payload-store.ts';
import { payloads } from '../../src/actors/payloads.ts';
import { prescriptions } from '../../src/actors/prescriptions.ts';
import { roleDirectory } from '../../src/actors/role-directory.ts';
import { shardCounters } from '../../src/actors/shard-status.ts';
import { patientShards, registrations } from '../../src/actors/stubs.ts';
import { transactions } from '../../src/actors/transactions.ts';
import { shardCount, shardOf } from '../../src/actors/addresses.ts';
import { route } from '../../src/routes/router.ts';
import { readSettings } from '../../src/routes/settings.ts';
import type { PdsPatient } from '../../src/domain/pds/demographics-state.ts';
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import { spine } from '../support/engine.ts';

export const BASE = 'https://edge.test/personal-demographics/FHIR/R4';
const OPERATOR_KEY = 'operator-1';
const settings = readSettings({ ACCESS: 'open', ENVIRONMENT: 'local', OPERATOR_KEY });

export const doors = {
  patients: patientShards(spine, waitUntil),
  registrations: registrations(spine),
  transactions: transactions(spine),
  national: nationalDatabases(spine),
  search: nationalSearch(nationalDatabases(spine), waitUntil),
  payloads: payloads(spine),
  prescriptions: prescriptions(spine),
  mailboxes: mailboxes(spine, waitUntil),
  meshPayloads: meshPayloadStore(spine),
  roles: roleDirectory(spine),
  durability: durability(spine),
  trails: auditTrails(spine),
  identity: identityShards(spine),
  counters: () => shardCounters(spine),
};

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestId?: string;
}

export function ask(
  path: string,
  { method = 'GET', body, headers = {}, requestId = crypto.randomUUID() }: Asked = {},
): Promise<Response> {
  const url = /^\/(operator|summary-care-record|patient-flags-api)\//.test(path)
    ? `https://edge.test${path}`
    : `${BASE}${path}`;
  const authorization = path.startsWith('/operator') ? { Authorization: `Bearer ${OPERATOR_KEY}` } : {};
  const init = {
    method,
    headers: { 'X-Request-ID': requestId, 'Content-Type': 'application/json', ...authorization, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  return route(new Request(url, init), { spine: doors, settings, now: Date.now() });
}

export const shardOfNumber = (nhsNumber: string): number => shardOf(nhsNumber, shardCount(spine));

let serial = 990_100_000;

/** Valid numbers nobody has used, on the wanted shards. */
export function numbersOn(...wanted: readonly ('same' | 'other')[]): string[] {
  const numbers: string[] = [];
  for (const want of ['same', ...wanted]) {
    const [first] = numbers;
    for (;;) {
      const candidate = nextNumber();
      const same = first === undefined || shardOfNumber(candidate) === shardOfNumber(first);
      if (same === (want === 'same')) {
        numbers.push(candidate);
        break;
      }
    }
  }
  return numbers;
}

function nextNumber(): string {
  for (;;) {
    const nine = String(++serial);
    const digit = nhsNumberCheckDigit(nine);
    if (digit !== null) return `${nine}${digit}`;
  }
}

export const person = (id: string, more: Partial<PdsPatient> = {}): PdsPatient => ({
  resourceType: 'Patient',
  id,
  meta: { versionId: '1' },
  gender: 'female',
  birthDate: '1980-02-29',
  name: [{ id: 'N1', use: 'usual', given: ['Mina'], family: `Harker${id.slice(-4)}` }],
  ...more,
});

export async function load(...resources: readonly unknown[]): Promise<void> {
  const response = await ask('/operator/import', {
    method: 'POST',
    headers: { 'X-Chunk-ID': crypto.randomUUID() },
    body: resources.map((resource) => JSON.stringify(resource)).join('\n'),
  });
  const report = (await response.json()) as { failures: readonly unknown[] };
  if (response.status !== 200 || report.failures.length > 0) throw new Error(`not loaded: ${JSON.stringify(report)}`);
}

export async function patient(nhsNumber: string): Promise<PdsPatient> {
  return (await (await ask(`/Patient/${nhsNumber}`)).json()) as PdsPatient;
}

/** An entry that sets the gender. */
export const patching = (nhsNumber: string, version: number, gender = 'male') => ({
  resource: { patches: [{ op: 'replace', path: '/gender', value: gender }] },
  request: { method: 'PATCH', url: `Patient/${nhsNumber}`, ifMatch: `W/"${version}"` },
});

export const bundle = (type: 'batch' | 'transaction', ...entry: readonly unknown[]) => ({
  resourceType: 'Bundle',
  type,
  entry,
});
