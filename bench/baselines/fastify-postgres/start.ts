/**
 * Serves the peer: node start.ts --port P --data DIR --people FILE [--pool N] [--commit-delay MICROSECONDS].
 * FILE is NDJSON of {nhsNumber, version, body}: the bodies as the product serves them, so that both send the same bytes.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerApp } from './app.ts';
import { type Patient, searchColumns } from './patient.ts';
import { startCluster } from './postgres.ts';
import { Store } from './store.ts';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const CHUNK = 500;
/** The first link of every record's chain. */
const GENESIS_HASH = '0'.repeat(64);

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    people: { type: 'string' },
    pool: { type: 'string', default: '16' },
    'commit-delay': { type: 'string', default: '0' },
  },
});
const { data, people } = values;
if (data === undefined || people === undefined || values.port === undefined) {
  console.error('usage: node start.ts --port P --data DIR --people FILE [--pool N] [--commit-delay MICROSECONDS]');
  process.exit(2);
}

const cluster = await startCluster(data, Number(values['commit-delay']));
const store = new Store(cluster.socket, Number(values.pool));
const app = peerApp(store);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void app
      .close()
      .then(() => store.pool.end())
      .then(() => cluster.stop())
      .finally(() => process.exit(0));
  });
}
await store.pool.query(readFileSync(join(FOLDER, 'schema.sql'), 'utf8'));
const count = await loadPeople(people);
await store.pool.query('VACUUM ANALYZE');
await store.pool.query('CHECKPOINT');
await app.listen({ host: '127.0.0.1', port: Number(values.port) });
console.log(`fastify and postgresql ready on http://127.0.0.1:${values.port} (${count} patients)`);

async function loadPeople(file: string): Promise<number> {
  let loaded = 0;
  let chunk: object[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { nhsNumber, version, body } = JSON.parse(line) as { nhsNumber: string; version: number; body: string };
    chunk.push({ nhsNumber, version, body, hash: GENESIS_HASH, ...searchColumns(JSON.parse(body) as Patient) });
    loaded++;
    if (chunk.length < CHUNK) continue;
    await store.load(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await store.load(chunk);
  return loaded;
}
