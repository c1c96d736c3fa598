/**
 * Writers over patients that nobody else writes to, so that every answer can be judged at once: each acknowledged write
 * makes exactly the next version, a write without an answer is sent again under its request id until there is one, a
 * repeat gets the first answer's bytes, a read shows the newest version. Anything else is a lost or a doubled write.
 */
import { createHash } from 'node:crypto';
import { HttpConnection } from '../../bench/generator/http-connection.ts';
import type { Endpoint } from '../../bench/generator/http-connection.ts';
import type { Reply } from '../../bench/generator/response-parser.ts';
import { seededRandom } from '../../bench/random.ts';
import type { Random } from '../../bench/random.ts';
import { changeBytes, endpointOf, getBytes, hostLine, nextGender, send, versionOf } from './raw-pds.ts';
import type { OwnedPatient } from './raw-pds.ts';

const TIMEOUT_MS = 15_000;
/** A refused connection is tried again after this; a killed server is back within a second or two. */
const AGAIN_MS = 40;
const READ_SHARE = 0.04;
const REPEAT_SHARE = 0.04;
const KEPT_SHARE = 0.05;
const KEPT_MAX = 5_000;
/** Told in full; further ones only counted. */
const TOLD_MAX = 20;

interface Kept {
  readonly bytes: string;
  readonly version: number;
  readonly digest: string;
}

export class OwnedWriters {
  readonly violations: string[] = [];
  readonly statuses = new Map<number, number>();
  /** Milliseconds of acknowledged writes that needed one attempt. */
  readonly times: number[] = [];
  acknowledged = 0;
  repeated = 0;
  reads = 0;
  /** Attempts of writes without an answer, or with one that leaves the outcome open. */
  unknown = 0;
  unmarkedRefusals = 0;
  patients: OwnedPatient[] = [];
  /** Writes a second at most, over all lanes; 0: as many as are taken. */
  perSecond = 0;
  endpoint: Endpoint;
  readonly #random: Random;
  readonly #kept: Kept[] = [];
  readonly #host: string;
  #stopped = true;

  constructor(url: string, seed: number) {
    this.endpoint = endpointOf(url);
    this.#host = hostLine(url);
    this.#random = seededRandom(seed);
  }

  /** Takes over those of the numbers that may be written to. */
  async prepare(numbers: readonly string[]): Promise<void> {
    const found: OwnedPatient[] = [];
    await this.#inLanes(16, async (connection, lane) => {
      for (let at = lane; at < numbers.length; at += 16) {
        const number = numbers[at] ?? '';
        const reply = await send(connection, getBytes(this.#host, number), true);
        const patient = reply?.status === 200 ? ownPatient(number, reply) : null;
        if (patient !== null) found.push(patient);
      }
    });
    this.patients = found.toSorted((a, b) => a.number.localeCompare(b.number));
  }

  /** The same data under another address. */
  moveTo(url: string): void {
    this.endpoint = endpointOf(url);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Writes until `stop`; what was under way then is brought to its answer. */
  async run(lanes: number): Promise<void> {
    this.#stopped = false;
    const gap = this.perSecond === 0 ? 0 : (lanes * 1_000) / this.perSecond;
    await this.#inLanes(lanes, async (connection, lane) => {
      let next = performance.now() + this.#random.next() * gap;
      const own = this.patients.filter((_, index) => index % lanes === lane);
      for (let turn = 0; !this.#stopped; turn++) {
        const patient = own[turn % own.length];
        if (patient === undefined) return;
        if (gap > 0) {
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
          next = Math.max(next + gap, performance.now());
        }
        const dice = this.#random.next();
        if (dice < READ_SHARE) await this.#read(connection, patient);
        else if (dice < READ_SHARE + REPEAT_SHARE) await this.#repeat(connection);
        else await this.#write(connection, patient);
      }
    });
  }

  /** Every patient as it is now; what differs from what was acknowledged is a violation. */
  async verify(): Promise<void> {
    this.#stopped = false;
    await this.#inLanes(16, async (connection, lane) => {
      for (const patient of this.patients.filter((_, index) => index % 16 === lane))
        await this.#read(connection, patient);
    });
  }

  async withConnection(work: (connection: HttpConnection) => Promise<void>): Promise<void> {
    await this.#inLanes(1, work);
  }

  async #inLanes(lanes: number, work: (connection: HttpConnection, lane: number) => Promise<void>): Promise<void> {
    const connections = Array.from({ length: lanes }, () => new HttpConnection(this.endpoint));
    const sweeper = setInterval(() => {
      for (const connection of connections) connection.expire(performance.now(), TIMEOUT_MS);
    }, 250);
    try {
      await Promise.all(connections.map((connection, lane) => work(connection, lane)));
    } finally {
      clearInterval(sweeper);
      for (const connection of connections) connection.close();
    }
  }

  async #write(connection: HttpConnection, patient: OwnedPatient): Promise<void> {
    const gender = nextGender(patient.gender);
    const bytes = changeBytes(this.#host, patient, gender);
    const keep = this.#random.next() < KEPT_SHARE;
    const started = performance.now();
    const { reply, attempts } = await this.#answer(connection, bytes, keep);
    const version = versionOf(reply);
    if (reply.status !== 200 || version !== patient.version + 1) {
      const told = reply.body?.toString('utf8', 0, 300) ?? '';
      this.#violated(
        `${patient.number}: a write on version ${patient.version} got ${reply.status}, version ${version}, after ${attempts} attempts ${told}`,
      );
      await this.#relearn(connection, patient);
      return;
    }
    if (attempts === 1) this.times.push(performance.now() - started);
    this.acknowledged += 1;
    patient.version = version;
    patient.gender = gender;
    if (reply.body !== null) this.#keep({ bytes, version, digest: digestOf(reply) });
  }

  /** The client's duty: the same request until somebody knows its outcome. */
  async #answer(connection: HttpConnection, bytes: string, keep: boolean): Promise<{ reply: Reply; attempts: number }> {
    for (let attempts = 1; ; attempts++) {
      const reply = await send(connection, bytes, keep);
      this.statuses.set(reply?.status ?? 0, (this.statuses.get(reply?.status ?? 0) ?? 0) + 1);
      if (reply !== null && reply.status < 500 && reply.status !== 429) return { reply, attempts };
      if (reply !== null && reply.retryAfter === '' && reply.status === 503) this.unmarkedRefusals += 1;
      this.unknown += 1;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #repeat(connection: HttpConnection): Promise<void> {
    const kept = this.#kept[this.#random.below(this.#kept.length)];
    if (kept === undefined) return;
    const { reply } = await this.#answer(connection, kept.bytes, true);
    this.repeated += 1;
    if (reply.status === 200 && versionOf(reply) === kept.version && digestOf(reply) === kept.digest) return;
    this.#violated(`the repeat of a write of version ${kept.version} got ${reply.status}, version ${versionOf(reply)}`);
  }

  async #read(connection: HttpConnection, patient: OwnedPatient): Promise<void> {
    const { reply } = await this.#answer(connection, getBytes(this.#host, patient.number), true);
    this.reads += 1;
    const found = reply.status === 200 ? ownPatient(patient.number, reply) : null;
    if (found?.version === patient.version && found.gender === patient.gender) return;
    this.#violated(
      `${patient.number}: ${patient.version} (${patient.gender}) was acknowledged, a read shows ${reply.status}, ${found?.version} (${found?.gender})`,
    );
  }

  async #relearn(connection: HttpConnection, patient: OwnedPatient): Promise<void> {
    const { reply } = await this.#answer(connection, getBytes(this.#host, patient.number), true);
    const found = ownPatient(patient.number, reply);
    if (found !== null) Object.assign(patient, found);
  }

  #keep(kept: Kept): void {
    if (this.#kept.length < KEPT_MAX) this.#kept.push(kept);
    else this.#kept[this.#random.below(KEPT_MAX)] = kept;
  }

  #violated(text: string): void {
    if (this.violations.length <= TOLD_MAX) this.violations.push(this.violations.length < TOLD_MAX ? text : 'and more');
  }
}

const digestOf = (reply: Reply): string =>
  createHash('sha256')
    .update(reply.body ?? '')
    .digest('base64');

/** Null for who lives on under another number or is not open to all. */
function ownPatient(number: string, reply: Reply): OwnedPatient | null {
  const { id, gender, meta } = JSON.parse(reply.body?.toString() ?? '{}') as {
    id?: string;
    gender?: string;
    meta?: { security?: { code: string }[] };
  };
  if (id !== number || (meta?.security ?? []).some(({ code }) => code !== 'U')) return null;
  return { number, version: versionOf(reply), gender: gender ?? 'unknown' };
}
