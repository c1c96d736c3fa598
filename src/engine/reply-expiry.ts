/** Forgets replies whose retention is over: an hourly walk over the table in small steps. */
import { REPLY_EXPIRY_EVERY_MS, REPLY_EXPIRY_STEP } from './limits.ts';
import type { ShardState } from './shard-state.ts';
import type { WakeUps } from './wake-ups.ts';

const WAKE_UP = 'reply-expiry';

export function expireReplies(shard: ShardState, wakeUps: WakeUps): void {
  wakeUps.on(WAKE_UP, async (now) => {
    let after = '';
    for (;;) {
      const step = shard.statements.repliesAfter(after, REPLY_EXPIRY_STEP);
      shard.statements.transaction(() => {
        for (const { request, expires } of step) if (expires <= now) shard.statements.deleteReply(request);
      });
      const last = step.at(-1);
      if (step.length < REPLY_EXPIRY_STEP || !last) break;
      after = last.request;
      // Lets waiting commands run between two steps.
      await new Promise<void>((resolve) => void shard.ports.defer(resolve, 0));
    }
    armReplyExpiry(shard, wakeUps);
  });
}

/** Also for a start: an instance that storage refused a wake-up may have been evicted before it asked again. */
export function armReplyExpiry(shard: ShardState, wakeUps: WakeUps): void {
  if (shard.statements.repliesAfter('', 1).length > 0) ensureReplyExpiry(wakeUps, shard.clock.now());
}

/** To be called when a reply was kept: an actor without replies has no alarm to pay for. */
export function ensureReplyExpiry(wakeUps: WakeUps, now: number): void {
  wakeUps.ensure(WAKE_UP, now + REPLY_EXPIRY_EVERY_MS);
}
