/**
 * Keys whose records a prepared transaction may still change. A command to a held key waits a bounded time or is told
 * `locked`; reads do not ask here, they see the state before the transaction until it is committed.
 */
import { LOCKED_RETRY_AFTER_SECONDS } from './limits.ts';
import type { Unavailable } from './transaction.ts';

export const LOCKED: Unavailable = {
  kind: 'unavailable',
  reason: 'locked',
  retryAfterSeconds: LOCKED_RETRY_AFTER_SECONDS,
};

export const isLocked = (answer: object): boolean => 'reason' in answer && answer.reason === 'locked';

interface Timer {
  defer(work: () => void, delayMs: number): () => void;
}

export class KeyLocks {
  readonly #holders = new Map<string, string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  hold(transaction: string, keys: Iterable<string>): void {
    for (const key of keys) this.#holders.set(key, transaction);
  }

  /** Lets go of everything the transaction holds and wakes who waits for it. */
  release(transaction: string): void {
    for (const [key, holder] of this.#holders) {
      if (holder !== transaction) continue;
      this.#holders.delete(key);
      for (const wake of this.#waiting.get(key) ?? []) wake();
    }
  }

  isHeld(key: string): boolean {
    return this.#holders.has(key);
  }

  get size(): number {
    return this.#holders.size;
  }

  /** True when none of the keys is held any more, at once or after a release; false when the time is over. */
  async freed(keys: readonly string[], waitMs: number, timer: Timer): Promise<boolean> {
    const waiter = { late: false, wake: (): void => undefined };
    const cancel = timer.defer(() => {
      waiter.late = true;
      waiter.wake();
    }, waitMs);
    for (let key = this.#heldOf(keys); key !== undefined && !waiter.late; key = this.#heldOf(keys)) {
      await this.#released(key, waiter);
    }
    cancel();
    return !waiter.late;
  }

  async #released(key: string, waiter: { wake: () => void }): Promise<void> {
    const line = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, line);
    await new Promise<void>((resolve) => {
      waiter.wake = resolve;
      line.add(resolve);
    });
    line.delete(waiter.wake);
    if (line.size === 0) this.#waiting.delete(key);
  }

  #heldOf(keys: readonly string[]): string | undefined {
    return keys.find((key) => this.#holders.has(key));
  }
}
