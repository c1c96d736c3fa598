/**
 * Floods of flags beside demographics: too many of them, unreadable ones, decisions that throw. Demographics on other shards
 * keep their pace, and on the same shard their correctness.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { populationNumbers } from '../../bench/population.ts';
import { ROOT, SpawnedSpine } from '../support/spawned-spine.ts';

const SHARDS = 8;
const FLAGGED = '9000000009';
/** What flags take a second (FLG-A03), three times. */
const FLOOD_PER_SECOND = 300;
const READS_PER_SECOND = 100;
const WINDOW_MS = 1_600;
/** A flood begins before the reads beside it and ends after them. */
const FLOOD_MS = WINDOW_MS + 500;
const ROUNDS = 5;
/** Below this both figures are the noise of a machine that does other things too. */
const NOISE_MS = 20;

let spine: SpawnedSpine;
/** On the shard of FLAGGED: those who are only read, and one whose flags cannot be read. */
let same: readonly string[];
let others: readonly string[];
let poisoned: string;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

beforeAll(async () => {
  const args = ['--shards', String(SHARDS)];
  const first = await SpawnedSpine.start({ args });
  spine = first;
  const readable: string[] = [];
  for (const nhsNumber of populationNumbers(40))
    if ((await patient(nhsNumber)).status === 200) readable.push(nhsNumber);
  const onSame = (nhsNumber: string) => shardOf(nhsNumber, SHARDS) === shardOf(FLAGGED, SHARDS);
  others = readable.filter((nhsNumber) => !onSame(nhsNumber));
  const [victim, ...rest] = readable.filter((nhsNumber) => onSame(nhsNumber) && nhsNumber !== FLAGGED);
  if (victim === undefined) throw new Error('nobody shares the shard');
  poisoned = victim;
  same = [FLAGGED, poisoned, ...rest];
  await first.stop();
  expect(poison(first.data)).toBe(1);
  spine = await first.restart(...args);
});

/** Puts a record of flags that no code can read beside the patient, in the tables themselves. */
function poison(data: string): number {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter(({ name }) =>
    name.endsWith('.sqlite'),
  );
  let rows = 0;
  for (const { name, parentPath } of files) {
    const database = new DatabaseSync(join(parentPath, name));
    const tables = database
      .prepare(`SELECT count(*) AS n FROM sqlite_master WHERE name IN ('record', 'journal')`)
      .get();
    if (tables?.['n'] === 2) {
      const statement = `INSERT INTO record (kind, key, version, epoch, body, annex)
        SELECT 'patient-flags', key, 1, epoch, '[{', '{' FROM record WHERE kind = 'demographics' AND key = ?`;
      rows += Number(database.prepare(statement).run(poisoned).changes);
    }
    database.close();
  }
  return rows;
}

afterAll(async () => {
  agent.destroy();
  await spine.close();
  await SpawnedSpine.remove(spine.data);
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

/**
 * How many times slower reads are beside a flood than beside the harmless one of the same round, in the best round: what
 * else the machine does comes and goes, what a flood does to others is there in every round.
 */
const slowdown = (flood: Flood): number =>
  Math.min(...flood.p99s.map((p99Flood, round) => p99Flood / Math.max(HARMLESS.p99s[round] ?? 0, NOISE_MS / 2)));

const run = promisify(execFile);

/** Statuses of a flood. */
async function flood(method: string, path: string): Promise<ReadonlyMap<number, number>> {
  const settings = [spine.url + path, FLOOD_PER_SECOND, FLOOD_MS, method].map(String);
  const args = ['--disable-warning=ExperimentalWarning', 'test/support/flood.ts', ...settings];
  const { stdout } = await run(process.execPath, args, { cwd: ROOT });
  return new Map(
    Object.entries(JSON.parse(stdout) as Record<string, number>).map(([status, count]) => [Number(status), count]),
  );
}

const patient = (nhsNumber: string) => ask(`/personal-demographics/FHIR/R4/Patient/${nhsNumber}`);
const BASE = '/patient-flags-api/FHIR/R4';

interface Flood {
  readonly name: string;
  readonly method: string;
  path(): string;
  readonly p99s: number[];
  readonly statuses: Map<number, number>;
}

const flooding = (name: string, method: string, path: () => string): Flood => ({
  name,
  method,
  path,
  p99s: [],
  statuses: new Map(),
});

// The first asks no shard: what a flood itself costs this machine is in all figures.
const HARMLESS = flooding('no shard', 'GET', () => `${BASE}/_ping`);
const HEALTHY = flooding('overload', 'GET', () => `${BASE}/Flag?patient=${FLAGGED}`);
const POISON = flooding('poison', 'GET', () => `${BASE}/Flag?patient=${poisoned}`);
const THROWING = flooding(
  'throwing decision',
  'DELETE',
  () => `${BASE}/Flag?patient=${poisoned}&code=national-reasonable-adjustment-flag`,
);
const FLOODS = [HARMLESS, HEALTHY, POISON, THROWING];

/** Demographics of both kinds of shard, read while the flood lasts. */
async function beside({ method, path, p99s, statuses }: Flood): Promise<void> {
  const [told, elsewhere, here] = await Promise.all([
    flood(method, path()),
    load(READS_PER_SECOND, WINDOW_MS, (nth) => patient(others[nth % others.length] ?? '')),
    load(10, WINDOW_MS, (nth) => patient(same[nth % same.length] ?? '')),
  ]);
  for (const [status, count] of told) statuses.set(status, (statuses.get(status) ?? 0) + count);
  expect(new Set(elsewhere.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { body, status } of here) {
    expect(status).toBe(200);
    expect(same.some((nhsNumber) => body.includes(`"id":"${nhsNumber}"`))).toBe(true);
  }
  p99s.push(p99(elsewhere));
}

test('FLG-A03 three times what flags may take, of readable, unreadable and throwing ones, leaves demographics their p99', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    // Who comes first meets a colder process: each does in turn.
    const turn = round % FLOODS.length;
    for (const one of [...FLOODS.slice(turn), ...FLOODS.slice(0, turn)]) await beside(one);
  }
  const told = FLOODS.map(
    (one) => `${one.name} ${one.p99s.map((ms) => Math.round(ms)).join(' ')} (×${slowdown(one).toFixed(1)})`,
  );
  console.log(`p99 of demographics by round, ms, beside a flood of 300/s: ${told.join(', ')}`);
  const statusesOf = ({ statuses }: Flood) => [...statuses.keys()].toSorted((a, b) => a - b);
  expect([HARMLESS, HEALTHY, POISON, THROWING].map(statusesOf)).toEqual([[200], [200, 429], [429, 500], [429, 500]]);
  for (const { statuses } of [HEALTHY, POISON, THROWING]) {
    const refused = statuses.get(429) ?? 0;
    expect(refused).toBeGreaterThan((statuses.get(200) ?? 0) + (statuses.get(500) ?? 0));
  }
  for (const one of FLOODS) expect(slowdown(one), one.name).toBeLessThanOrEqual(2);
});
