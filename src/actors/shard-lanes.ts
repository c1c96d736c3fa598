/** One lane of an isolate to every patient shard: what plain HTTP requests ask goes through them. */
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import type { CallReply, Outcome, ShardCall } from '../engine/envelope.ts';
import { CallLane } from './call-lane.ts';
import type { Carriage } from './call-lane.ts';
import { CallFailed } from './grouped-calls.ts';
import { LATE_MS, ORDINARY_BYTES } from './limits.ts';
import { attemptWithin } from './retry.ts';

/** What one shard is asked: several calls at once, or one alone. */
export interface ShardDoor {
  calls(shard: number, calls: readonly ShardCall[]): Promise<readonly CallReply[]>;
  alone(shard: number, call: ShardCall): Promise<Outcome>;
}

/** The answer of a shard, or `unavailable` after `waitMs`. */
export type AskShard = (shard: number, call: ShardCall, waitMs: number) => Promise<Outcome>;

/** How the platform says so. */
const NO_SUCH_METHOD = /does not implement the method/;

const FULL: Outcome = { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };

/** `keep`: keeps the request in hand alive until a group that it carries for others is answered. */
export function shardLanes(door: ShardDoor, keep: Carriage['keep']): AskShard {
  const carriage: Carriage = {
    now: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
    keep,
  };
  const grouped = async (shard: number, calls: readonly ShardCall[]): Promise<readonly CallReply[]> => {
    try {
      return await door.calls(shard, calls);
    } catch (error) {
      // In the midst of a deploy: actors of the version before take no groups.
      if (error instanceof Error && NO_SUCH_METHOD.test(error.message)) return calls.map(() => ({ kind: 'apart' }));
      throw error;
    }
  };
  const lanes = new Map<number, CallLane<ShardCall, CallReply>>();
  const laneOf = (shard: number): CallLane<ShardCall, CallReply> => {
    const known = lanes.get(shard);
    if (known !== undefined) return known;
    const lane = new CallLane<ShardCall, CallReply>((calls) => grouped(shard, calls), carriage);
    lanes.set(shard, lane);
    return lane;
  };
  const once = async (shard: number, call: ShardCall, until: number): Promise<Outcome> => {
    const bytes = 'command' in call ? (call.bytes ?? ORDINARY_BYTES) : 0;
    const reply = await (laneOf(shard).ask({ call, bytes, until }) ?? FULL);
    if (reply.kind === 'failed') throw new CallFailed();
    return reply.kind === 'apart' ? door.alone(shard, call) : reply;
  };
  return (shard, call, waitMs) => {
    const until = Date.now() + waitMs;
    const late = { afterMs: LATE_MS, work: () => laneOf(shard).rescue() };
    return attemptWithin<Outcome>(waitMs, () => once(shard, call, until), late);
  };
}
