/** One lane of an isolate to every patient shard: what plain HTTP requests ask goes through them. */
import { waitUntil } from 'cloudflare:workers';
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import type { CallReply, Outcome, ShardCall } from '../engine/envelope.ts';
import { CallLane } from './call-lane.ts';
import type { Carriage } from './call-lane.ts';
import { CallFailed } from './grouped-calls.ts';
import { ORDINARY_BYTES } from './limits.ts';
import { attemptWithin } from './retry.ts';

/** What one shard is asked: several calls at once, or one alone. */
export interface ShardDoor {
  calls(shard: number, calls: readonly ShardCall[]): Promise<readonly CallReply[]>;
  alone(shard: number, call: ShardCall): Promise<Outcome>;
}

/** The answer of a shard, or `unavailable` after `waitMs`. */
export type AskShard = (shard: number, call: ShardCall, waitMs: number) => Promise<Outcome>;

const FULL: Outcome = { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };

const carriage: Carriage = {
  now: () => Date.now(),
  after: (milliseconds, work) => void setTimeout(work, milliseconds),
  keep: (work) => waitUntil(work),
};

export function shardLanes(shards: number, door: ShardDoor): AskShard {
  const lanes = Array.from(
    { length: shards },
    (_, shard) => new CallLane<ShardCall, CallReply>((calls) => door.calls(shard, calls), carriage),
  );
  const once = async (shard: number, call: ShardCall, until: number): Promise<Outcome> => {
    const bytes = 'command' in call ? (call.bytes ?? ORDINARY_BYTES) : 0;
    const reply = await (lanes[shard]?.ask({ call, bytes, until }) ?? FULL);
    if (reply.kind === 'failed') throw new CallFailed();
    return reply.kind === 'apart' ? door.alone(shard, call) : reply;
  };
  return (shard, call, waitMs) => {
    const until = Date.now() + waitMs;
    return attemptWithin<Outcome>(waitMs, () => once(shard, call, until));
  };
}
