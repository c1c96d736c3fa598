/**
 * Who gets into a shard that has much to do, and in which order: urgent reads before writes before reads before bulk
 * work. Each class stops being admitted while there is still room for the classes above it.
 */
import { QUEUE_BYTES_MAX, QUEUE_MAX } from './limits.ts';

export type Priority = 'urgent' | 'write' | 'read' | 'bulk';

const RANK: Readonly<Record<Priority, number>> = { urgent: 0, write: 1, read: 2, bulk: 3 };

/** Waiting operations up to which a class is admitted, as a share of QUEUE_MAX; a fifth of all places is for the urgent. */
const SHARE: Readonly<Record<Priority, number>> = { urgent: 1.25, write: 1, read: 0.8, bulk: 0.5 };

interface Asking {
  readonly writes: boolean;
  readonly bytes: number;
  readonly priority?: Priority;
  /** Milliseconds its client waits; absent: as long as the shard lets anything wait. */
  readonly waitMs?: number;
}

interface Standing {
  readonly operation: Asking;
  readonly since: number;
}

const classOf = ({ priority, writes }: Asking): Priority => priority ?? (writes ? 'write' : 'read');

export function isRoomFor(asking: Asking, waiting: { operations: number; bytes: number }): boolean {
  return waiting.operations < QUEUE_MAX * SHARE[classOf(asking)] && waiting.bytes + asking.bytes <= QUEUE_BYTES_MAX;
}

/** Nobody waits for the answer any more: to be dropped before it is carried out. */
export const isPastDeadline = ({ operation, since }: Standing, now: number): boolean =>
  operation.waitMs !== undefined && now - since > operation.waitMs;

/** Takes the next batch out of the queue: all of a short queue, of a long one the higher classes first, each in its order. */
export function takeBatch<One extends Standing>(queue: One[], most: number): One[] {
  if (queue.length <= most) return queue.splice(0);
  const ranked = queue.toSorted((a, b) => RANK[classOf(a.operation)] - RANK[classOf(b.operation)]);
  const taken = new Set(ranked.slice(0, most));
  const rest = queue.filter((one) => !taken.has(one));
  queue.splice(0, queue.length, ...rest);
  return [...taken];
}
