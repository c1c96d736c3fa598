/** One lane of an isolate to every mailbox shard: what many requests ask of it at once travels there together. */
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import { CallLane } from './call-lane.ts';
import type { Carriage } from './call-lane.ts';
import { CallFailed } from './grouped-calls.ts';
import { LATE_MS, READ_WAIT_MS } from './limits.ts';
import type { MailboxAnswer, MailboxCall, MailboxReply } from './mailbox-call.ts';
import { attemptWithin } from './retry.ts';

/** What one shard is asked: several acts at once, or one alone. */
export interface MailboxDoor {
  together(shard: number, calls: readonly MailboxCall[]): Promise<readonly MailboxReply[]>;
  alone(shard: number, call: MailboxCall): Promise<MailboxAnswer>;
}

export type AskMailbox = (shard: number, call: MailboxCall) => Promise<MailboxAnswer>;

/** How the platform says that the actor is of the version before. */
const NO_SUCH_METHOD = /does not implement the method/;

const FULL: MailboxAnswer = { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };

export const bytesOf = ({ work }: MailboxCall): number => (work?.kind === 'send' ? work.draft.payload.length : 0);

/** `keep`: keeps the request in hand alive until a group that it carries for others is answered. */
export function mailboxLanes(door: MailboxDoor, keep: Carriage['keep']): AskMailbox {
  const carriage: Carriage = {
    now: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
    keep,
  };
  const grouped = async (shard: number, calls: readonly MailboxCall[]): Promise<readonly MailboxReply[]> => {
    try {
      return await door.together(shard, calls);
    } catch (error) {
      if (error instanceof Error && NO_SUCH_METHOD.test(error.message)) return calls.map(() => ({ kind: 'apart' }));
      throw error;
    }
  };
  const lanes = new Map<number, CallLane<MailboxCall, MailboxReply>>();
  const laneOf = (shard: number): CallLane<MailboxCall, MailboxReply> => {
    const known = lanes.get(shard);
    if (known !== undefined) return known;
    const lane = new CallLane<MailboxCall, MailboxReply>((calls) => grouped(shard, calls), carriage);
    lanes.set(shard, lane);
    return lane;
  };
  const once = async (shard: number, call: MailboxCall, until: number): Promise<MailboxAnswer> => {
    const reply = await (laneOf(shard).ask({ call, bytes: bytesOf(call), until }) ?? FULL);
    if (reply.kind === 'failed') throw new CallFailed();
    return reply.kind === 'apart' ? door.alone(shard, call) : reply;
  };
  return (shard, call) => {
    const until = Date.now() + READ_WAIT_MS;
    // A timer for each: a request that only waits for others has nothing else under way, and the platform would end it.
    const late = { afterMs: LATE_MS, work: () => laneOf(shard).rescue() };
    return attemptWithin<MailboxAnswer>(READ_WAIT_MS, () => once(shard, call, until), late);
  };
}
