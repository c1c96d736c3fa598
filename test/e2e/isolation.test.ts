/** A flood of flags on one patient: demographics on other shards keep their pace, and on the same shard their correctness. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { populationNumbers } from '../../bench/population.ts';
import { ROOT, SpawnedSpine } from '../support/spawned-spine.ts';

const SHARDS = 8;
const FLAGGED = '9000000009';
/** What flags take a second (FLG-A03), three times. */
const FLOOD_PER_SECOND = 300;
const READS_PER_SECOND = 80;
const WINDOW_MS = 2_500;
const ROUNDS = 5;
/** Below this both figures are the noise of a machine that does other things too. */
const NOISE_MS = 20;

let spine: SpawnedSpine;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

beforeAll(async () => {
  spine = await SpawnedSpine.start({ args: ['--shards', String(SHARDS)] });
});

afterAll(async () => {
  agent.destroy();
  await spine.close();
});

interface Timed {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

function ask(path: string): Promise<Timed> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'X-Request-ID': randomUUID() };
    const sent = request(new URL(path, spine.url), { agent, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, milliseconds: performance.now() - started }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Arrivals at a steady rate, whatever the answers do. */
async function load(
  perSecond: number,
  milliseconds: number,
  next: (nth: number) => Promise<Timed>,
): Promise<readonly Timed[]> {
  const started = performance.now();
  const answers: Promise<Timed>[] = [];
  while (performance.now() - started < milliseconds) {
    const due = ((performance.now() - started) / 1000) * perSecond;
    while (answers.length < due) answers.push(next(answers.length));
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  return Promise.all(answers);
}

const p99 = (answers: readonly Timed[]): number => {
  const sorted = answers.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
};

const median = (values: readonly number[]): number =>
  Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);

const run = promisify(execFile);

/** Statuses of a flood that lasts a little longer than the reads beside it. */
async function flood(url: string): Promise<ReadonlyMap<number, number>> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    'test/support/flood.ts',
    url,
    String(FLOOD_PER_SECOND),
    String(WINDOW_MS + 500),
  ];
  const { stdout } = await run(process.execPath, args, { cwd: ROOT });
  return new Map(
    Object.entries(JSON.parse(stdout) as Record<string, number>).map(([status, count]) => [Number(status), count]),
  );
}

const patient = (nhsNumber: string) => ask(`/personal-demographics/FHIR/R4/Patient/${nhsNumber}`);

test('FLG-A03 three times what flags may take leaves demographics their p99 on other shards and their answers on the same', async () => {
  const readable: string[] = [];
  for (const nhsNumber of populationNumbers(30))
    if ((await patient(nhsNumber)).status === 200) readable.push(nhsNumber);
  const others = readable.filter((nhsNumber) => shardOf(nhsNumber, SHARDS) !== shardOf(FLAGGED, SHARDS));
  const same = [FLAGGED, ...readable.filter((nhsNumber) => shardOf(nhsNumber, SHARDS) === shardOf(FLAGGED, SHARDS))];
  const reads = () => load(READS_PER_SECOND, WINDOW_MS, (nth) => patient(others[nth % others.length] ?? ''));
  const alone: number[] = [];
  const flooding: number[] = [];
  const flags = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    // The same flood at a page that asks no shard: what the flood itself costs this machine is in both figures.
    const [, quiet] = await Promise.all([flood(`${spine.url}/patient-flags-api/FHIR/R4/_ping`), reads()]);
    const [statuses, flooded, beside] = await Promise.all([
      flood(`${spine.url}/patient-flags-api/FHIR/R4/Flag?patient=${FLAGGED}`),
      reads(),
      load(10, WINDOW_MS, (nth) => patient(same[nth % same.length] ?? '')),
    ]);
    for (const [status, count] of statuses) flags.set(status, (flags.get(status) ?? 0) + count);
    expect([...quiet, ...flooded].every(({ status }) => status === 200)).toBe(true);
    for (const { body, status } of beside) {
      expect(status).toBe(200);
      expect(same.some((nhsNumber) => body.includes(`"id":"${nhsNumber}"`))).toBe(true);
    }
    alone.push(p99(quiet));
    flooding.push(p99(flooded));
  }
  console.log(`p99 of demographics: ${median(alone)} ms beside a harmless flood, ${median(flooding)} ms beside flags`);
  const refused = flags.get(429) ?? 0;
  const served = flags.get(200) ?? 0;
  expect([...flags.keys()].toSorted((a, b) => a - b)).toEqual([200, 429]);
  expect(refused).toBeGreaterThan(served);
  expect(median(flooding)).toBeLessThanOrEqual(Math.max(2 * median(alone), NOISE_MS));
});
