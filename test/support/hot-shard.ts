/** Reads and changes of the patients of one shard, four to one; a change whose outcome is open is sent again under its id. */
import type { Completion, HttpConnection } from '../../bench/generator/http-connection.ts';
import type { Reply } from '../../bench/generator/response-parser.ts';
import type { OwnedWriters } from './owned-writers.ts';
import { changeBytes, getBytes, hostLine, nextGender, send, versionOf } from './raw-pds.ts';
import type { OwnedPatient } from './raw-pds.ts';
import type { Issue } from './raw-pool.ts';

const WRITE_SHARE = 0.2;

interface Owed {
  readonly bytes: string;
  readonly gender: string;
}

export class HotShard {
  served = 0;
  refused = 0;
  unmarked = 0;
  failed = 0;
  readonly #host: string;
  readonly #patients: readonly OwnedPatient[];
  readonly #busy = new Set<OwnedPatient>();
  readonly #owed = new Map<OwnedPatient, Owed>();
  readonly #ends: { at: number; took: number; good: boolean }[] = [];
  #turn = 0;

  constructor(url: string, patients: readonly OwnedPatient[]) {
    this.#host = hostLine(url);
    this.#patients = patients;
  }

  /** Counts from here on. */
  begin(): void {
    [this.served, this.refused, this.unmarked, this.failed] = [0, 0, 0, 0];
    this.#ends.length = 0;
  }

  /** When the last reply came that no client would call service; 0 where there was none. */
  lastBadAt(slowMs: number): number {
    return Math.max(0, ...this.#ends.filter(({ good, took }) => !good || took > slowMs).map(({ at }) => at));
  }

  /** Percentile 99 of the milliseconds from sending to the reply, of what was served or of what was not. */
  p99(good: boolean): number {
    const took = this.#ends.filter((end) => end.good === good).map((end) => end.took);
    return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
  }

  readonly issue: Issue = (connection, ended) => {
    const patient = this.#patients[this.#turn++ % this.#patients.length];
    if (patient === undefined) throw new Error('no patients');
    const writes = Math.random() < WRITE_SHARE && !this.#busy.has(patient);
    const sent = performance.now();
    const done: Completion = (reply, failure) => {
      // CLOSED: we hung up ourselves at the end of the window.
      if (failure !== 'CLOSED') this.#judge(reply, performance.now() - sent);
      ended();
    };
    if (writes) this.#write(connection, patient, done);
    else connection.send(getBytes(this.#host, patient.number), false, done);
  };

  readsOf(numbers: readonly string[]): Issue {
    let turn = 0;
    return (connection, ended) =>
      connection.send(getBytes(this.#host, numbers[turn++ % numbers.length] ?? ''), false, () => ended());
  }

  /** Brings every open change to its answer. */
  async settle(writers: OwnedWriters): Promise<void> {
    await writers.withConnection(async (connection) => {
      for (const [patient, { bytes }] of this.#owed) {
        for (let reply = await send(connection, bytes, false); ; reply = await send(connection, bytes, false)) {
          if (reply !== null && this.#learn(patient, reply, writers)) break;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    });
  }

  #judge(reply: Reply | null, took: number): void {
    const good = reply?.status === 200;
    this.#ends.push({ at: performance.now(), took, good });
    if (good) this.served += 1;
    else if (reply?.status === 503 || reply?.status === 429) {
      this.refused += 1;
      if (!(Number(reply.retryAfter) >= 1)) this.unmarked += 1;
    } else this.failed += 1;
  }

  #write(connection: HttpConnection, patient: OwnedPatient, done: Completion): void {
    const owed = this.#owed.get(patient) ?? this.#change(patient);
    this.#busy.add(patient);
    this.#owed.set(patient, owed);
    connection.send(owed.bytes, false, (reply, failure) => {
      this.#busy.delete(patient);
      if (reply !== null) this.#learn(patient, reply, null);
      done(reply, failure);
    });
  }

  /** True when the outcome is known. A wrong version is left for the last look to find. */
  #learn(patient: OwnedPatient, reply: Reply, writers: OwnedWriters | null): boolean {
    if (reply.status === 503 || reply.status === 429) return false;
    const owed = this.#owed.get(patient);
    this.#owed.delete(patient);
    if (reply.status === 200 && versionOf(reply) === patient.version + 1) {
      patient.version += 1;
      patient.gender = owed?.gender ?? patient.gender;
    } else writers?.violations.push(`${patient.number}: version ${patient.version} got ${reply.status}`);
    return true;
  }

  #change(patient: OwnedPatient): Owed {
    const gender = nextGender(patient.gender);
    return { bytes: changeBytes(this.#host, patient, gender), gender };
  }
}
