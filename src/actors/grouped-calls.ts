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

export function groupedCalls(carrier: Carrier): GroupedCall {
  let groups = new Map<number, Waiting[]>();
  const depart = (): void => {
    const ready = groups;
    groups = new Map();
    for (const [shard, group] of ready) {
      for (let start = 0; start < group.length; start += GROUP_MAX) {
        const part = group.length <= GROUP_MAX ? group : group.slice(start, start + GROUP_MAX);
        void carry(carrier, shard, part);
      }
    }
  };
  return (shard, call, waitMs = Infinity) =>
    new Promise((resolve, reject) => {
      // A timer and not a microtask: messages that have arrived by now still get their turn before it.
      if (groups.size === 0) setTimeout(depart, 0);
      const group = groups.get(shard);
      const waiting = { call, waitMs, resolve, reject };
      if (group === undefined) groups.set(shard, [waiting]);
      else group.push(waiting);
    });
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
