/**
 * The whole Spine in one local process: the same bundle that is deployed, on real workerd with SQLite actors and D1,
 * all kept in the data directory. Requests go through a direct socket to the Worker, not through the entry worker of
 * the tool, which was measured to cost four times as much per request.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
export const WORKER = 'edge-spine';

export interface RuntimeOptions {
  readonly host: string;
  readonly port: number;
  readonly bundle: string;
  readonly state: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Called with the pid of each runtime process, also after a restart. */
  noteRuntime(pid: number): void;
}

export interface Runtime {
  readonly url: string;
  stop(): Promise<void>;
}

export const ACTORS = {
  PATIENT_SHARD: 'PatientShard',
  LOCATOR_SHARD: 'LocatorShard',
  REGISTRATION_SHARD: 'RegistrationShard',
  NUMBER_ALLOCATOR: 'NumberAllocator',
  COORDINATOR_SHARD: 'CoordinatorShard',
  IDENTITY_SHARD: 'IdentityShard',
  MAILBOX_SHARD: 'MailboxShard',
  ORGANIZATION_SHARD: 'OrganizationShard',
} as const;

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const note = () => {
    for (const pid of runtimePids()) options.noteRuntime(pid);
  };
  const runtime = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    logRequests: false,
    resourcePersistencePath: options.state,
    telemetry: { enabled: false },
    cf: false,
    unsafeHandleRuntimeRestart: note,
    workers: [workerOptions(options)],
  });
  await runtime.ready;
  note();
  await migrateNational(runtime);
  return { url: `http://${options.host}:${options.port}`, stop: () => runtime.dispose() };
}

function workerOptions({ host, port, bundle, variables }: RuntimeOptions) {
  const texts = Object.entries(variables).map(([name, value]) => [name, { type: 'text' as const, value }]);
  const actors = Object.entries(ACTORS).map(([binding, exportName]) => [
    binding,
    { type: 'durable-object' as const, worker: WORKER, exportName },
  ]);
  return {
    config: {
      name: WORKER,
      compatibilityDate: '2026-11-01',
      compatibilityFlags: ['no_web_socket_compression'],
      manifest: {
        mainModule: 'worker.js',
        modulesRoot: '/',
        modules: { 'worker.js': { type: 'esm' as const, contents: readFileSync(bundle, 'utf8') } },
      },
      env: {
        ...Object.fromEntries(texts),
        ...Object.fromEntries(actors),
        NATIONAL_0: { type: 'd1' as const, id: 'national-0' },
        PAYLOADS: { type: 'r2' as const, name: 'payloads' },
        JOURNAL: { type: 'r2' as const, name: 'journal' },
        JOURNAL_ANCHORS: { type: 'r2' as const, name: 'journal-anchors' },
        MESH_PAYLOADS: { type: 'r2' as const, name: 'mesh-payloads' },
      },
      exports: Object.fromEntries(
        Object.values(ACTORS).map((name) => [name, { type: 'durable-object' as const, storage: 'sqlite' as const }]),
      ),
    },
    dev: { unsafeDirectSockets: [{ host, port }] },
  };
}

/** Applies what is missing of migrations/, noting it in the table that wrangler uses for the same. */
export async function migrateNational(runtime: Miniflare): Promise<void> {
  const database = await runtime.getD1Database('NATIONAL_0', WORKER);
  await database
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const name of files.filter((file) => !applied.has(file))) {
    const statements = readFileSync(join(MIGRATIONS, name), 'utf8').split('--> statement-breakpoint');
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
}

/** The runtime processes that this process started. */
function runtimePids(): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm=']).toString();
  return table.split('\n').flatMap((line) => {
    const [pid, parent, command] = line.trim().split(/\s+/);
    return Number(parent) === process.pid && command?.includes('workerd') ? [Number(pid)] : [];
  });
}
