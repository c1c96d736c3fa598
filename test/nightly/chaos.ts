/** Clients with three attempts while the runtime is killed every ten seconds: how many of their requests succeed. */
import type { HttpConnection } from '../../bench/generator/http-connection.ts';
import type { Reply } from '../../bench/generator/response-parser.ts';
import { populationNumbers } from '../../bench/population.ts';
import { OwnedWriters } from '../support/owned-writers.ts';
import { changeBytes, getBytes, hostLine, nextGender, send, versionOf } from '../support/raw-pds.ts';
import type { OwnedPatient } from '../support/raw-pds.ts';
import { RawPool } from '../support/raw-pool.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';
import { endRuntime } from './kills.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, pause, percentile, rounded } from './part.ts';
import type { PartResult } from './part.ts';

const POPULATION = 1_024;
const CONNECTIONS = 512;
const KILL_EVERY_MS = 10_000;
const WRITE_SHARE = 0.2;
const ATTEMPTS = 3;
/** Waits before the second and the third attempt, a fifth more or less; longer where Retry-After says so. */
const WAITS_MS = [1_200, 3_000];
const TIMEOUT_MS = 8_000;

interface Tally {
  asked: number;
  succeeded: number;
  repeated: number;
  readonly attempts: number[];
  readonly failures: Map<string, number>;
  readonly times: number[];
}

export async function chaos(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { chaosRate, chaosSeconds, port, slice } = options;
  const population = slice ? 256 : POPULATION;
  const args = ['--no-sandbox', '--population', String(population), '--port', String(port + 1)];
  const spine = await SpawnedSpine.start({ args });
  const pool = new RawPool(spine.url, CONNECTIONS, TIMEOUT_MS);
  try {
    const writers = new OwnedWriters(spine.url, port);
    await writers.prepare(populationNumbers(population));
    const tally: Tally = { asked: 0, succeeded: 0, repeated: 0, attempts: [0, 0, 0], failures: new Map(), times: [] };
    const clients = new Clients(spine.url, pool, { tally, patients: writers.patients });
    const ended = performance.now() + chaosSeconds * 1_000;
    const killing = killUntil(spine, ended);
    await clients.arrive(chaosRate, ended);
    const kills = await killing;
    await clients.idle();
    writers.violations.push(...(await clients.unsettled()), ...clients.violations);
    await writers.verify();
    const share = tally.succeeded / tally.asked;
    return {
      figures: {
        requests: tally.asked,
        kills,
        byAttempt: tally.attempts,
        failed: tally.asked - tally.succeeded,
        failures: Object.fromEntries(tally.failures),
        p99Ms: Math.round(percentile(tally.times, 0.99)),
        worstMs: Math.round(percentile(tally.times, 1)),
      },
      verdicts: [
        atLeast('success within three attempts, %', rounded(share * 100, 4), 99.99),
        atLeast('kills', kills, Math.max(1, Math.floor(chaosSeconds / 10) - 2)),
        atMost('lost or doubled', writers.violations.length, 0),
      ],
    };
  } finally {
    pool.close();
    await spine.close();
  }
}

async function killUntil(spine: SpawnedSpine, ended: number): Promise<number> {
  let kills = 0;
  for (let next = performance.now() + 3_000; next < ended; next += KILL_EVERY_MS) {
    await pause(Math.max(0, next - performance.now()));
    await endRuntime(spine);
    kills += 1;
  }
  return kills;
}

class Clients {
  readonly violations: string[] = [];
  readonly #host: string;
  readonly #pool: RawPool;
  readonly #tally: Tally;
  readonly #patients: readonly OwnedPatient[];
  readonly #busy = new Set<OwnedPatient>();
  /** Changes that three attempts did not settle; they are asked about at the end. */
  readonly #open = new Map<OwnedPatient, { bytes: string; gender: string }>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(url: string, pool: RawPool, parts: { tally: Tally; patients: readonly OwnedPatient[] }) {
    this.#host = hostLine(url);
    this.#pool = pool;
    this.#tally = parts.tally;
    this.#patients = parts.patients;
  }

  /** Arrivals at a steady rate, whatever becomes of them. */
  async arrive(perSecond: number, ended: number): Promise<void> {
    const started = performance.now();
    while (performance.now() < ended) {
      const due = ((performance.now() - started) / 1_000) * perSecond;
      while (this.#tally.asked < due) {
        this.#tally.asked += 1;
        const one = this.#request().finally(() => void this.#underWay.delete(one));
        this.#underWay.add(one);
      }
      await pause(4);
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #request(): Promise<void> {
    const patient = this.#patients[Math.floor(Math.random() * this.#patients.length)];
    if (patient === undefined) throw new Error('no patients');
    const writes = Math.random() < WRITE_SHARE && !this.#busy.has(patient) && !this.#open.has(patient);
    const started = performance.now();
    const done = writes ? await this.#write(patient) : await this.#attempts(getBytes(this.#host, patient.number));
    this.#tally.times.push(performance.now() - started);
    if (done !== null) this.#tally.succeeded += 1;
  }

  async #write(patient: OwnedPatient): Promise<Reply | null> {
    const gender = nextGender(patient.gender);
    const bytes = changeBytes(this.#host, patient, gender);
    this.#busy.add(patient);
    const reply = await this.#attempts(bytes);
    this.#busy.delete(patient);
    if (reply === null) this.#open.set(patient, { bytes, gender });
    else this.#learn(patient, reply, gender);
    return reply;
  }

  #learn(patient: OwnedPatient, reply: Reply, gender: string): void {
    if (versionOf(reply) !== patient.version + 1)
      this.violations.push(`${patient.number}: version ${patient.version} became ${versionOf(reply)}`);
    patient.gender = gender;
    patient.version = versionOf(reply);
  }

  async #attempts(bytes: string): Promise<Reply | null> {
    let last = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const reply = await this.#once(bytes);
      if (reply?.status === 200) {
        this.#tally.attempts[attempt] = (this.#tally.attempts[attempt] ?? 0) + 1;
        return reply;
      }
      last = reply === null ? 'no answer' : String(reply.status);
      const wait = Math.max(WAITS_MS[attempt] ?? 0, Number(reply?.retryAfter ?? 0) * 1_000);
      if (attempt < ATTEMPTS - 1) await pause(wait * (0.8 + 0.4 * Math.random()));
    }
    this.#tally.failures.set(last, (this.#tally.failures.get(last) ?? 0) + 1);
    return null;
  }

  async #once(bytes: string): Promise<Reply | null> {
    let connection: HttpConnection | undefined;
    while ((connection = this.#pool.take()) === undefined) await pause(5);
    const reply = await send(connection, bytes, false);
    this.#pool.give(connection);
    return reply;
  }

  /** What three attempts left open is brought to its answer; an answer of another version is a loss or a double. */
  async unsettled(): Promise<string[]> {
    const found: string[] = [];
    for (const [patient, { bytes, gender }] of this.#open) {
      let reply = await this.#once(bytes);
      while (reply === null || reply.status >= 500) {
        await pause(100);
        reply = await this.#once(bytes);
      }
      if (reply.status !== 200) found.push(`${patient.number}: ${reply.status} in the end`);
      else this.#learn(patient, reply, gender);
    }
    return found;
  }
}
