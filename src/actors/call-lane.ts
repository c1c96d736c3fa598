/**
 * Calls of many requests to one shard, grouped (`grouped-calls.ts` does it for the calls of one request). A quiet shard is asked at once; while a group is under way, calls that arrive wait for the
 * next one, so that a busy shard gets few large calls instead of many small ones: one hop, one turn, one commit.
 *
 * A group is carried by the request that found nobody carrying, in that request's own context, kept alive until the group
 * is answered. Requests that only wait have a timer of their own, so a carrier that dies costs them a retry, never a hang.
 */
import {
  GROUP_MAX,
  GROUP_SPACING_MS,
  GROUP_BYTES_MAX,
  CARRIER_LOST_MS,
  CARRIER_ROUNDS,
  WAITING_MAX,
} from './limits.ts';

/** What grouping needs of its surroundings. */
export interface Carriage {
  now(): number;
  /** Runs `work` after so many milliseconds, in the context of whoever calls. */
  after(milliseconds: number, work: () => void): void;
  /** Keeps the context of the caller alive until `work` ends. */
  keep(work: Promise<void>): void;
}

export interface Asked<Call> {
  readonly call: Call;
  /** Size that counts against the bound of a group. */
  readonly bytes: number;
  /** Past it, nobody waits for the answer any more. */
  readonly until: number;
}

interface Waiting<Call, Reply> extends Asked<Call> {
  resolve(reply: Reply | PromiseLike<Reply>): void;
  reject(error: unknown): void;
}

export class CallLane<Call, Reply> {
  readonly #send: (calls: readonly Call[]) => Promise<readonly Reply[]>;
  readonly #carriage: Carriage;
  #waiting: Waiting<Call, Reply>[] = [];
  /** Which carrier is at work; 0: none. A carrier that finds another number here stops. */
  #carrier = 0;
  #carriers = 0;
  #sentAt = 0;
  /** Calls that usually share a group: the largest of the last ones, slowly forgotten. */
  #usual = 1;
  /** Ends the carrier's wait for more calls; null while it does not wait. */
  #go: (() => void) | null = null;
  /** The carrier has carried long enough: the next arrival takes over. */
  #tired = false;

  constructor(send: (calls: readonly Call[]) => Promise<readonly Reply[]>, carriage: Carriage) {
    this.#send = send;
    this.#carriage = carriage;
  }

  /** The answer to one call of a group; null when so many wait already that this one is not taken. */
  ask(asked: Asked<Call>): Promise<Reply> | null {
    if (this.#waiting.length >= WAITING_MAX) return null;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...asked, resolve, reject });
      if (this.#isCarried()) {
        if (this.#waiting.length >= this.#usual) this.#go?.();
        return;
      }
      this.#carriage.keep(this.#carry(++this.#carriers));
    });
  }

  #isCarried(): boolean {
    const lost = this.#carriage.now() - this.#sentAt > CARRIER_LOST_MS;
    return this.#carrier !== 0 && !this.#tired && !lost;
  }

  async #carry(me: number): Promise<void> {
    this.#go?.();
    this.#carrier = me;
    this.#tired = false;
    for (let rounds = 1; this.#carrier === me && this.#waiting.length > 0; rounds++) {
      this.#tired = rounds >= CARRIER_ROUNDS;
      await this.#sendGroup();
      if (this.#carrier === me && this.#usual > 1) await this.#more();
    }
    if (this.#carrier === me) this.#carrier = 0;
  }

  /** Under load: until as many wait as usually come together, or the spacing is over. */
  async #more(): Promise<void> {
    const left = this.#sentAt + GROUP_SPACING_MS - this.#carriage.now();
    if (left <= 0 || this.#waiting.length >= this.#usual) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        if (this.#go === go) this.#go = null;
        resolve();
      };
      this.#go = go;
      this.#carriage.after(Math.min(left, GROUP_SPACING_MS), go);
    });
  }

  async #sendGroup(): Promise<void> {
    const now = this.#carriage.now();
    const group = this.#take().filter(({ until }) => until > now);
    this.#sentAt = now;
    this.#usual = Math.max(group.length, this.#usual - 1);
    if (group.length === 0) return;
    try {
      const replies = await this.#send(group.map(({ call }) => call));
      for (const [index, { resolve, reject }] of group.entries()) {
        const reply = replies[index];
        if (reply === undefined) reject(new Error('a grouped call was not answered'));
        else resolve(reply);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** The next group, oldest first, within the bounds of one call. */
  #take(): readonly Waiting<Call, Reply>[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && (index >= GROUP_MAX || bytes > GROUP_BYTES_MAX);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}
