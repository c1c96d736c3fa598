/** Reads the identity part of the specification packs, and loads it into a running edge-spine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

export interface IdentityPack {
  readonly apps: readonly Json[];
  readonly providers: readonly Json[];
  readonly workers: readonly Json[];
  readonly patients: readonly Json[];
  readonly rbac: Json;
}

const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

const named = (items: readonly Json[]): Json =>
  Object.fromEntries(items.map(({ code, display }) => [String(code), String(display)]));

/** Null when the folder holds no identity pack. */
export function readIdentityPack(specs: string): IdentityPack | null {
  const folder = join(specs, 'identity');
  if (!existsSync(join(folder, 'sandbox-apps.json'))) return null;
  const users = read(join(folder, 'sandbox-users.json'));
  const activities = read(join(folder, 'rbac-activities.json'));
  return {
    apps: list(read(join(folder, 'sandbox-apps.json'))['apps']),
    providers: list(read(join(folder, 'sandbox-idps.json'))['idps']),
    workers: list(users['healthcare_workers']).map(workerOf),
    patients: list(users['patients']),
    rbac: {
      roles: named(list(read(join(folder, 'job-roles.json'))['roles'])),
      activities: named(list(activities['activities'])),
      includes: activities['includes'],
      baseline: activities['baseline_proposed'],
    },
  };
}

/** A user of the pack brings either a whole userinfo document or its roles alone. */
function workerOf({ username, aal, amr, userinfo, roles }: Json): Json {
  const { nhsid_nrbac_roles: told, ...profile } = (userinfo ?? {}) as Json;
  return {
    uid: username,
    profile,
    roles: told ?? roles ?? [],
    mockLogin: { level: aal, methods: amr ?? ['N3_SMARTCARD'] },
  };
}

export interface Loaded {
  readonly stored: number;
  readonly unchanged: number;
  readonly failures: readonly { readonly line: number; readonly reason: string }[];
}

/** `keysOf` may give an app the public keys of its owner, whom the pack leaves without. */
export async function loadIdentityPack(
  pack: IdentityPack,
  to: { readonly target: string; readonly token: string },
  keysOf: (clientId: string) => Json | null = () => null,
): Promise<Loaded> {
  const apps = pack.apps.map((app) => ({ ...app, ...keysOf(String(app['client_id'])) }));
  const lines = [
    ...apps.map((value) => ({ kind: 'application', value })),
    ...pack.providers.map((value) => ({ kind: 'provider', value })),
    ...pack.workers.map((value) => ({ kind: 'worker', value })),
    ...pack.patients.map((value) => ({ kind: 'patient', value })),
    { kind: 'rbac', value: pack.rbac },
  ];
  return loadLines(lines, to);
}

/** Registrations as they are, one `{ kind, value }` a line. */
export async function loadLines(
  lines: readonly object[],
  to: { readonly target: string; readonly token: string },
): Promise<Loaded> {
  const response = await fetch(new URL('/care-identity/operator/load', to.target), {
    method: 'POST',
    headers: { authorization: `Bearer ${to.token}`, 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Loaded;
}
