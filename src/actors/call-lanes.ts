/** One lane of an isolate to every shard of a kind of actor: what many requests ask of one at once travels there together. */
import { CallLane } from './call-lane.ts';
import type { Carriage } from './call-lane.ts';
import { CallFailed } from './grouped-calls.ts';
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import { LATE_MS } from './limits.ts';
import { attemptWithin } from './retry.ts';
import type { Unavailable } from './retry.ts';

/** What a group answers for one call: `apart` is to be asked for alone, `failed` a bug that the shard has reported. */
type Grouped<Answer> = Answer | { readonly kind: 'apart' } | { readonly kind: 'failed' };

/** What one shard is asked: several calls at once, or one alone. */
export interface Door<Call, Answer> {
  together(shard: number, calls: readonly Call[]): Promise<readonly Grouped<Answer>[]>;
  alone(shard: number, call: Call): Promise<Answer>;
  /** Size of a call, for the bound of a group. */
  bytesOf(call: Call): number;
}

/** The answer of a shard, or `unavailable` after `waitMs`. */
export type Ask<Call, Answer> = (shard: number, call: Call, waitMs: number) => Promise<Answer | Unavailable>;

/** How the platform says so. */
const NO_SUCH_METHOD = /does not implement the method/;

const FULL: Unavailable = { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };

/** `keep`: keeps the request in hand alive until a group that it carries for others is answered. */
export function callLanes<Call, Answer extends { readonly kind: string }>(
  door: Door<Call, Answer>,
  keep: Carriage['keep'],
): Ask<Call, Answer> {
  const carriage: Carriage = {
    now: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
    keep,
  };
  const grouped = async (shard: number, calls: readonly Call[]): Promise<readonly Grouped<Answer>[]> => {
    try {
      return await door.together(shard, calls);
    } catch (error) {
      // In the midst of a deploy: actors of the version before take no groups.
      if (error instanceof Error && NO_SUCH_METHOD.test(error.message)) return calls.map(() => ({ kind: 'apart' }));
      throw error;
    }
  };
  const lanes = new Map<number, CallLane<Call, Grouped<Answer>>>();
  const laneOf = (shard: number): CallLane<Call, Grouped<Answer>> => {
    const known = lanes.get(shard);
    if (known !== undefined) return known;
    const lane = new CallLane<Call, Grouped<Answer>>((calls) => grouped(shard, calls), carriage);
    lanes.set(shard, lane);
    return lane;
  };
  const once = async (shard: number, call: Call, until: number): Promise<Answer | Unavailable> => {
    const asked = laneOf(shard).ask({ call, bytes: door.bytesOf(call), until });
    if (asked === null) return FULL;
    const reply = await asked;
    if (reply.kind === 'failed') throw new CallFailed();
    return reply.kind === 'apart' ? door.alone(shard, call) : (reply as Answer);
  };
  return (shard, call, waitMs) => {
    const until = Date.now() + waitMs;
    // A timer for each: a request that only waits for others has nothing else under way, and the platform would end it.
    const late = { afterMs: LATE_MS, work: () => laneOf(shard).rescue() };
    return attemptWithin<Answer | Unavailable>(waitMs, () => once(shard, call, until), late);
  };
}
