/**
 * Calls of many requests to one shard, grouped (`grouped-calls.ts` does it for the calls of one request). A quiet shard is
 * asked at once; while a group is under way, calls that arrive wait for the next one, so that a busy shard gets few large
 * calls instead of many small ones: one hop, one turn, one commit.
 *
 * A group is carried by one of the requests that wait for it, in that request's own context; when it is answered the
 * oldest that still waits carries the next. Nobody carries for others once it has its own answer: a request that is over
 * may be ended by the platform at any moment. A carrier whose client goes is kept alive until its group is answered; one
 * that dies all the same is replaced by the next arrival, or by whoever has waited long.
 */
import {
  GROUP_MAX,
  GROUP_SPACING_MS,
  GROUP_BYTES_MAX,
  APPOINTED_LOST_MS,
  CARRIER_LOST_MS,
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
  /** Makes its request the carrier, in the context of that request. */
  appoint(): void;
}

export class CallLane<Call, Reply> {
  readonly #send: (calls: readonly Call[]) => Promise<readonly Reply[]>;
  readonly #carriage: Carriage;
  #waiting: Waiting<Call, Reply>[] = [];
  /** Who carries, or was appointed to; 0: nobody. A carrier that finds another number here stops. */
  #carrier = 0;
  #carriers = 0;
  /** When the carrier was appointed, or has sent its group. */
  #since = 0;
  #underWay = false;
  #sentAt = 0;
  /** Calls that usually share a group: the largest of the last ones, slowly forgotten. */
  #usual = 1;
  /** Ends the carrier's wait for more calls; null while it does not wait. */
  #go: (() => void) | null = null;

  constructor(send: (calls: readonly Call[]) => Promise<readonly Reply[]>, carriage: Carriage) {
    this.#send = send;
    this.#carriage = carriage;
  }

  /** The answer to one call of a group; null when so many wait already that this one is not taken. */
  ask(asked: Asked<Call>): Promise<Reply> | null {
    if (this.#waiting.length >= WAITING_MAX) return null;
    return new Promise((resolve, reject) => {
      if (this.#isCarried()) {
        const turn = new Promise<number>((appointed) => {
          this.#waiting.push({ ...asked, resolve, reject, appoint: () => appointed(this.#appointed()) });
        });
        void turn.then((me) => this.#carriage.keep(this.#carry(me)));
        if (this.#waiting.length >= this.#usual) this.#go?.();
        return;
      }
      this.#waiting.push({ ...asked, resolve, reject, appoint: () => undefined });
      this.#carriage.keep(this.#carry(this.#appointed()));
    });
  }

  /** For a request that has waited long: it carries where nobody does. */
  rescue(): void {
    if (this.#waiting.length > 0 && !this.#isCarried()) this.#carriage.keep(this.#carry(this.#appointed()));
  }

  #appointed(): number {
    this.#carrier = ++this.#carriers;
    this.#since = this.#carriage.now();
    this.#underWay = false;
    return this.#carrier;
  }

  #isCarried(): boolean {
    const silent = this.#carriage.now() - this.#since;
    return this.#carrier !== 0 && silent <= (this.#underWay ? CARRIER_LOST_MS : APPOINTED_LOST_MS);
  }

  async #carry(me: number): Promise<void> {
    const left = this.#sentAt + GROUP_SPACING_MS - this.#carriage.now();
    if (this.#carrier === me && this.#usual > 1 && left > 0 && this.#waiting.length < this.#usual)
      await this.#more(left);
    if (this.#carrier !== me) return;
    await this.#sendGroup();
    if (this.#carrier !== me) return;
    const now = this.#carriage.now();
    const next = this.#waiting.find(({ until }) => until > now);
    if (next === undefined) this.#carrier = 0;
    else next.appoint();
  }

  /** Under load: until as many wait as usually come together, or the spacing is over. */
  #more(left: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const go = (): void => {
        if (this.#go === go) this.#go = null;
        resolve();
      };
      this.#go = go;
      // The wall clock may have been set back: never longer than the spacing itself.
      this.#carriage.after(Math.min(left, GROUP_SPACING_MS), go);
    });
  }

  async #sendGroup(): Promise<void> {
    const now = this.#carriage.now();
    const group = this.#take().filter(({ until }) => until > now);
    this.#sentAt = now;
    this.#since = now;
    this.#underWay = true;
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
