/**
 * Collects the calls of one turn and carries those for one shard in one call; the shard commits them together.
 *
 * To be used within one request (a session is one): the platform ends what a request had under way when its client goes,
 * so calls of several requests in one group would share that fate.
 */
import type { CallReply, Outcome, ShardCall } from '../engine/envelope.ts';
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';

/** The way to the shards; both try again by themselves where that is safe. */
export interface Carrier {
  alone(shard: number, call: ShardCall): Promise<Outcome>;
  /** One outcome where nothing came back for the whole group. */
  together(shard: number, calls: readonly ShardCall[]): Promise<readonly CallReply[] | Outcome>;
}

/** `waitMs`: how long the caller waits at most; past it the outcome is `unavailable`, the effect unknown. */
export type GroupedCall = (shard: number, call: ShardCall, waitMs?: number) => Promise<Outcome>;

/** Calls of one group: as many as one flush of a shard takes. */
export const GROUP_MAX = 256;

interface Waiting {
  readonly call: ShardCall;
  readonly waitMs: number;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

const TIMEOUT: Outcome = { kind: 'unavailable', reason: 'timeout', retryAfterSeconds: RETRY_AFTER_SECONDS };

/** One decision of the shard failed by a defect of ours; the shard has written down which. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** As the platform marks what an actor threw: not to be tried again. */
  readonly remote = true;
}

/**
 * While a group is on its way to a shard, the next one waits for its return, for so many calls, or so long, ms: at the
 * national peak of 3,500 calls/s over 4 shards 26 calls share a group. A lone call never waits.
 */
const GROUP_EARLY = 64;
const GROUP_SPACING_MS = 30;

export function groupedCalls(carrier: Carrier): GroupedCall {
  const lanes = new Map<number, Lane>();
  return (shard, call, waitMs = Infinity) =>
    new Promise((resolve, reject) => {
      let lane = lanes.get(shard);
      if (lane === undefined) lanes.set(shard, (lane = new Lane(carrier, shard)));
      lane.add({ call, waitMs, resolve, reject });
    });
}

/** What waits for one shard. */
class Lane {
  readonly #carrier: Carrier;
  readonly #shard: number;
  #waiting: Waiting[] = [];
  #underWay = 0;
  /** The departure that is due; null when none is. */
  #due: ReturnType<typeof setTimeout> | null = null;
  /** It is due at the end of this turn. */
  #now = false;

  constructor(carrier: Carrier, shard: number) {
    this.#carrier = carrier;
    this.#shard = shard;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#underWay === 0 || this.#waiting.length >= GROUP_EARLY) this.#departSoon();
    else this.#due ??= setTimeout(() => this.#depart(), GROUP_SPACING_MS);
  }

  /** A timer and not a microtask: messages that have arrived by now still get their turn before it. */
  #departSoon(): void {
    if (this.#now) return;
    this.#now = true;
    if (this.#due !== null) clearTimeout(this.#due);
    this.#due = setTimeout(() => this.#depart(), 0);
  }

  #depart(): void {
    this.#due = null;
    this.#now = false;
    const ready = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < ready.length; start += GROUP_MAX) {
      void this.#carry(ready.length <= GROUP_MAX ? ready : ready.slice(start, start + GROUP_MAX));
    }
  }

  async #carry(group: readonly Waiting[]): Promise<void> {
    this.#underWay++;
    await carry(this.#carrier, this.#shard, group);
    this.#underWay--;
    if (this.#underWay === 0 && this.#waiting.length > 0) this.#departSoon();
  }
}

async function carry(carrier: Carrier, shard: number, group: readonly Waiting[]): Promise<void> {
  const cancel = limitWaiting(group);
  try {
    const [only] = group;
    if (group.length === 1 && only !== undefined) only.resolve(await carrier.alone(shard, only.call));
    else {
      const calls = group.map(({ call }) => call);
      await share(carrier, { shard, group, replies: await carrier.together(shard, calls) });
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  } finally {
    cancel();
  }
}

interface Answered {
  readonly shard: number;
  readonly group: readonly Waiting[];
  readonly replies: readonly CallReply[] | Outcome;
}

async function share(carrier: Carrier, { shard, group, replies }: Answered): Promise<void> {
  const apart: Waiting[] = [];
  for (const [index, waiting] of group.entries()) {
    const reply = 'kind' in replies ? replies : replies[index];
    if (reply === undefined || reply.kind === 'failed') waiting.reject(new CallFailed());
    else if (reply.kind === 'apart') apart.push(waiting);
    else waiting.resolve(reply);
  }
  await Promise.all(
    apart.map(async ({ call, resolve, reject }) => {
      await carrier.alone(shard, call).then(resolve, reject);
    }),
  );
}

/** One timer for a group: callers with less patience are told first. */
function limitWaiting(group: readonly Waiting[]): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = (passed: number): void => {
    let next = Infinity;
    for (const { waitMs } of group) if (waitMs > passed && waitMs < next) next = waitMs;
    if (next === Infinity) return;
    timer = setTimeout(() => {
      for (const { waitMs, resolve } of group) if (waitMs <= next) resolve(TIMEOUT);
      arm(next);
    }, next - passed);
  };
  arm(0);
  return () => clearTimeout(timer);
}
