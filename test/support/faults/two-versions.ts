/** A deploy in its midst: the edge runs one bundle, the actors another, over one data directory. */
import { readFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';
import { freePort } from '../../../scripts/start/free-port.ts';
import { ACTORS, migrateNational, WORKER } from '../../../scripts/start/runtime.ts';

const EDGE = 'edge-of-another-version';
const SHARDS = '4';

export interface Versions {
  readonly edge: string;
  readonly actors: string;
  readonly state: string;
}

export interface Deployment {
  readonly url: string;
  stop(): Promise<void>;
}

export async function deployed({ edge, actors, state }: Versions): Promise<Deployment> {
  const port = await freePort('127.0.0.1', 9_190);
  const runtime = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    logRequests: false,
    resourcePersistencePath: state,
    telemetry: { enabled: false },
    cf: false,
    workers: [
      { config: configOf(EDGE, edge), dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port }] } },
      {
        config: {
          ...configOf(WORKER, actors),
          exports: Object.fromEntries(
            Object.values(ACTORS).map((name) => [
              name,
              { type: 'durable-object' as const, storage: 'sqlite' as const },
            ]),
          ),
        },
      },
    ],
  });
  await runtime.ready;
  await migrateNational(runtime);
  return { url: `http://127.0.0.1:${port}`, stop: () => runtime.dispose() };
}

function configOf(name: string, bundle: string) {
  const actors = Object.entries(ACTORS).map(([binding, exportName]) => [
    binding,
    { type: 'durable-object' as const, worker: WORKER, exportName },
  ]);
  const texts = {
    ENVIRONMENT: 'local',
    ACCESS: 'open',
    SHARDS,
    INDEX_DATABASES: 'NATIONAL_0',
    RECORD_DATABASES: 'NATIONAL_0',
  };
  return {
    name,
    compatibilityDate: '2026-11-01',
    manifest: {
      mainModule: 'worker.js',
      modulesRoot: '/',
      modules: { 'worker.js': { type: 'esm' as const, contents: readFileSync(bundle, 'utf8') } },
    },
    env: {
      ...Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, { type: 'text' as const, value }])),
      ...Object.fromEntries(actors),
      NATIONAL_0: { type: 'd1' as const, id: 'national-0' },
      PAYLOADS: { type: 'r2' as const, name: 'payloads' },
      MESH_PAYLOADS: { type: 'r2' as const, name: 'mesh-payloads' },
    },
  };
}
