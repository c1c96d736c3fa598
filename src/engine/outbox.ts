/**
 * Deliveries owed to other actors. Entries were written in the commit of the decision that caused them; the relay sends
 * them at least once, in order per stream (record and target), and buries what keeps failing so that it blocks nobody.
 */
import {
  DELIVERY_TIMEOUT_MS,
  OUTBOX_ATTEMPTS_MAX,
  OUTBOX_BATCH,
  OUTBOX_RETRY_MAX_MS,
  OUTBOX_RETRY_MS,
} from './limits.ts';
import { ENVELOPE_VERSION } from './envelope.ts';
import { within } from './within.ts';
import type { OutboxRow } from '../storage/shard/statements.ts';
import type { ShardState } from './shard-state.ts';
import type { WakeUps } from './wake-ups.ts';

const WAKE_UP = 'outbox';

export class Outbox {
  readonly #shard: ShardState;
  readonly #wakeUps: WakeUps;
  #relay: Promise<void> | null = null;
  #owed: boolean;

  constructor(shard: ShardState, wakeUps: WakeUps) {
    this.#shard = shard;
    this.#wakeUps = wakeUps;
    this.#owed = shard.statements.nextOutboxDue() !== null;
    wakeUps.on(WAKE_UP, () => this.drain());
  }

  /** To be called after a flush whose decisions made entries. */
  wake(): void {
    this.#owed = true;
    this.arm();
  }

  /** Starts the relay unless it runs; sets the alarm under it. Cheap when nothing is owed. */
  arm(): void {
    if (!this.#owed) return;
    this.#wakeUps.ensure(WAKE_UP, this.#shard.clock.now() + OUTBOX_RETRY_MS);
    this.#shard.ports.defer(() => {
      this.drain().catch((error: unknown) => this.#shard.ports.observer.failure('outbox', error));
    }, 0);
  }

  /** Sends all that is due now; what is postponed waits for a wake-up. */
  drain(): Promise<void> {
    this.#relay ??= this.#drain().finally(() => (this.#relay = null));
    return this.#relay;
  }

  async #drain(): Promise<void> {
    for (;;) {
      const due = this.#shard.statements.dueOutbox(this.#shard.clock.now(), OUTBOX_BATCH);
      if (due.length === 0) break;
      // One entry per stream at a time, so streams go side by side and each keeps its order.
      await Promise.all(due.map((row) => this.#deliver(row)));
    }
    const next = this.#shard.statements.nextOutboxDue();
    this.#owed = next !== null;
    if (next !== null) this.#wakeUps.ensure(WAKE_UP, next);
  }

  async #deliver(row: OutboxRow): Promise<void> {
    const { className, shard } = this.#shard.ports.actor;
    const delivery = {
      v: ENVELOPE_VERSION,
      stream: `${className}/${shard}/${row.stream}`,
      epoch: this.#shard.lane.epoch,
      sequence: row.id,
      type: row.type,
      payload: row.payload,
    };
    try {
      await within(DELIVERY_TIMEOUT_MS, this.#shard.ports.send(row.target, delivery), this.#shard.ports);
      this.#shard.statements.deleteOutbox(row.id);
      this.#shard.ports.observer.count('deliveries');
    } catch (error) {
      this.#postpone(row, error);
    }
  }

  #postpone(row: OutboxRow, error: unknown): void {
    // The failure's class only: a message could carry what the payload carries.
    const failure = error instanceof Error ? error.name : 'unknown';
    this.#shard.ports.observer.failure('delivery', error);
    if (row.attempts + 1 >= OUTBOX_ATTEMPTS_MAX) {
      this.#shard.statements.buryOutbox(row.id, failure);
      this.#shard.ports.observer.count('deadLetters');
      return;
    }
    const delay = Math.min(OUTBOX_RETRY_MAX_MS, OUTBOX_RETRY_MS * 2 ** row.attempts);
    this.#shard.statements.postponeOutbox(row.id, this.#shard.clock.now() + delay, failure);
  }
}
