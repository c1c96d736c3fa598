/** The peer: installed or not, and started with the very bodies the product serves. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { populationNumbers } from '../population.ts';
import { newRequestId } from '../request-ids.ts';
import { versionOf } from '../scenarios/patient-reading.ts';
import { PDS_BASE } from '../scenarios/pds-writes.ts';
import { type Preparation, TargetNotReady } from '../scenarios/scenario.ts';
import { type ChildServer, startChildServer } from './child-server.ts';

export const PEER_FOLDER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'baselines', 'fastify-postgres');
export const PEER_SETUP = 'npm run bench -- peer:setup';
const POSTGRES = '/usr/lib/postgresql';
const SCRIPT = 'bench/baselines/fastify-postgres/start.ts';
/** Bodies asked of the product at a time: bounds the memory of a large population. */
const CHUNK = 5000;

export function postgresInstalled(): boolean {
  return existsSync(POSTGRES);
}

/** Why the peer cannot run here; null when it can. */
export function peerMissing(): string | null {
  if (!postgresInstalled()) return `PostgreSQL is not installed (${PEER_SETUP})`;
  if (!existsSync(join(PEER_FOLDER, 'node_modules', 'fastify'))) return `its packages are missing (${PEER_SETUP})`;
  return null;
}

export async function startPeer(
  product: Preparation,
  population: number,
  extra: readonly string[],
): Promise<ChildServer> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-spine-people-'));
  try {
    const people = join(folder, 'people.ndjson');
    for (let from = 0, numbers = populationNumbers(population); from < numbers.length; from += CHUNK) {
      await writeFile(people, await bodiesOf(product, numbers.slice(from, from + CHUNK)), { flag: 'a' });
    }
    return await startChildServer(SCRIPT, ['--people', people, ...extra]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bodiesOf(product: Preparation, numbers: readonly string[]): Promise<string> {
  const replies = await product.sendAll(
    numbers.map((nhsNumber) => ({
      method: 'GET',
      path: `${PDS_BASE}/Patient/${nhsNumber}`,
      requestId: newRequestId(),
      headers: '',
      body: '',
      keepBody: true,
    })),
  );
  const lines = replies.map((reply, index) => {
    if (reply.status !== 200 || reply.body === null) {
      throw new TargetNotReady(`patient ${numbers[index]} cannot be copied to the peer: ${reply.status}`);
    }
    const body = reply.body.toString('utf8');
    return JSON.stringify({ nhsNumber: numbers[index], version: versionOf(reply.etag), body });
  });
  return `${lines.join('\n')}\n`;
}
