/**
 * Group commit: operations that arrive in one turn share one synchronous storage transaction, hence one commit and one
 * fsync. Replies are resolved inside the same turn; the runtime's output gate holds them until the commit is durable.
 *
 * Order that must stay: the operations (a savepoint for each that may have to be undone alone), then the packed accesses, then the replies. If the transaction itself
 * fails, nothing was promised and the instance is given up, because its memory may be ahead of its tables.
 */
import { isPastDeadline, isRoomFor, takeBatch } from './admission.ts';
import type { Priority } from './admission.ts';
import { BATCH_MAX, CLOSED_RETRY_AFTER_SECONDS, FLUSH_EARLY, QUEUE_AGE_MAX_MS } from './limits.ts';
import { RETRY_AFTER_SECONDS } from './limits.ts';
import type { AccessFact } from './journal.ts';
import type { Outcome } from './envelope.ts';
import type { ShardState } from './shard-state.ts';

export interface Turn {
  readonly now: number;
  readonly accesses: AccessFact[];
}

/** Work for a later turn. `run` is synchronous and may be rolled back as a whole. */
export interface Operation<Result> {
  /** False for operations that change no row of their own and need no savepoint. */
  readonly writes: boolean;
  /** Size that counts against the bound on waiting bytes. */
  readonly bytes: number;
  /** Carries out what was promised before: never refused for load. */
  readonly promised?: boolean;
  /** Touches only the tables and what a rollback takes back in memory: may be run once more after one. */
  readonly repeatable?: boolean;
  /** Absent: by whether it writes. */
  readonly priority?: Priority;
  /** Milliseconds its client waits; what could not be begun by then is not begun. */
  readonly waitMs?: number;
  run(turn: Turn): Result;
}

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly since: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export type Overloaded = Extract<Outcome, { kind: 'unavailable' }>;
const OVERLOADED: Overloaded = { kind: 'unavailable', reason: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS };
/** Certain to have no effect: it was never begun. */
const DROPPED: Overloaded = { ...OVERLOADED, reason: 'timeout' };

/** A shard that is being restored, or must be. */
const CLOSED: Overloaded = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: CLOSED_RETRY_AFTER_SECONDS };

/** What the rest of the engine does around a flush, still in its turn. */
export interface FlushHooks {
  /** A flush begins, or begins once more after all of it was rolled back. */
  begun(): void;
  /** Last rows of a flush. */
  committing(): void;
  committed(): void;
  /** One operation was rolled back: memory that it touched may be ahead of the tables. */
  rolledBack(): void;
}

/** An operation without a savepoint failed after it had written rows. */
class LeftRows extends Error {
  override readonly name = 'LeftRows';
}

export class GroupCommit {
  readonly #shard: ShardState;
  readonly #hooks: FlushHooks;
  readonly #queue: Waiting[] = [];
  #bytes = 0;
  /** Cancels the flush that is due; null when none is. */
  #due: (() => void) | null = null;
  #flushedAt = 0;
  /** Operations that usually share a flush: the largest of the last ones, slowly forgotten. */
  #usual = 0;

  constructor(shard: ShardState, hooks: FlushHooks) {
    this.#shard = shard;
    this.#hooks = hooks;
  }

  /** Admits an operation to the next flush, or answers at once that there is no room. */
  enqueue<Result>(operation: Operation<Result>): Promise<Result | Overloaded> {
    if (this.#shard.closed !== null) return Promise.resolve(CLOSED);
    const since = this.#shard.ports.now();
    const oldest = this.#queue[0]?.since ?? since;
    const full = !isRoomFor(operation, { operations: this.#queue.length, bytes: this.#bytes });
    if (operation.promised !== true && (full || since - oldest > QUEUE_AGE_MAX_MS)) {
      this.#shard.ports.observer.count('refusedForLoad');
      return Promise.resolve(OVERLOADED);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ operation, since, resolve: resolve, reject });
      this.#bytes += operation.bytes;
      if (this.#queue.length === this.#enough()) this.#armAt(0);
      else this.#arm(since);
    });
  }

  /** So many waiting operations are not kept waiting for more. */
  #enough(): number {
    // Clients that wait for their answers before they ask again: when as many are back as were answered, no more will come.
    return this.#shard.companions ? Math.min(FLUSH_EARLY, Math.max(2, this.#usual)) : FLUSH_EARLY;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  #arm(now: number): void {
    if (this.#due !== null) return;
    // The wall clock may have been set back: never wait longer than the spacing itself.
    const spacing = this.#shard.flushSpacingMs;
    // Who was answered together comes back together: the first of them waits for the others, however late they all are.
    const together = this.#shard.companions && this.#usual > 1;
    const left = together ? spacing : Math.min(spacing, this.#flushedAt + spacing - now);
    this.#armAt(Math.max(0, left));
  }

  /** For operations that came together: no more are to be expected in this turn. */
  flushIfDue(): void {
    const since = this.#shard.ports.now() - this.#flushedAt;
    if (this.#queue.length === 0 || (since >= 0 && since < this.#shard.flushSpacingMs)) return;
    this.#due?.();
    this.#flush();
  }

  #armAt(delayMs: number): void {
    this.#due?.();
    this.#due = this.#shard.ports.defer(() => this.#flush(), delayMs);
  }

  #flush(): void {
    this.#due = null;
    this.#flushedAt = this.#shard.ports.now();
    const batch = takeBatch(this.#queue, BATCH_MAX);
    this.#usual = Math.max(batch.length, this.#usual - 1);
    for (const { operation } of batch) this.#bytes -= operation.bytes;
    let answers: readonly (() => void)[];
    try {
      answers = this.#carryOut(batch);
    } catch (error) {
      this.#giveUp(batch, error);
      return;
    }
    this.#shard.ports.observer.count('commits');
    this.#shard.ports.observer.count('operations', batch.length);
    for (const answer of answers) answer();
    this.#hooks.committed();
    if (this.#queue.length > 0) this.#armAt(0);
  }

  /**
   * A savepoint per operation makes SQLite keep every page twice, and operations that fail after they wrote are bugs, hence
   * rare: where all may be run again they go without, and with savepoints only if one of them did fail so.
   */
  #carryOut(batch: readonly Waiting[]): readonly (() => void)[] {
    const { statements, journal } = this.#shard;
    const { head } = journal;
    if (batch.every(({ operation }) => operation.repeatable === true)) {
      try {
        return statements.transaction(() => this.#runAll(batch, false));
      } catch (error) {
        if (!(error instanceof LeftRows)) throw error;
        this.#takeBack(head);
      }
    }
    return statements.transaction(() => this.#runAll(batch, true));
  }

  #runAll(batch: readonly Waiting[], savepoints: boolean): readonly (() => void)[] {
    const { statements, journal, clock, ports } = this.#shard;
    const turn: Turn = { now: clock.now(), accesses: [] };
    this.#hooks.begun();
    const answers: (() => void)[] = [];
    for (const one of batch) {
      const { operation, resolve, reject } = one;
      if (operation.promised !== true && isPastDeadline(one, this.#flushedAt)) {
        ports.observer.count('droppedPastDeadline');
        answers.push(() => resolve(DROPPED));
        continue;
      }
      const { head } = journal;
      const { written } = statements.rows;
      const seen = turn.accesses.length;
      try {
        const run = () => operation.run(turn);
        const result = savepoints && operation.writes ? statements.transaction(run) : run();
        answers.push(() => resolve(result));
      } catch (error) {
        if (!savepoints && statements.rows.written !== written) throw new LeftRows();
        // A bug in one decision: its rows are rolled back, and the others of the turn do not notice.
        this.#takeBack(head);
        turn.accesses.length = seen;
        ports.observer.failure('operation', error);
        answers.push(() => reject(error));
      }
    }
    if (turn.accesses.length > 0) journal.appendAccesses(turn.now, turn.accesses);
    else statements.touch();
    this.#hooks.committing();
    return answers;
  }

  /** Memory follows the rows that were rolled back. */
  #takeBack(head: { readonly seq: number; readonly hash: string }): void {
    this.#shard.journal.rewind(head);
    this.#shard.hot.clear();
    this.#hooks.rolledBack();
  }

  #giveUp(batch: readonly Waiting[], error: unknown): void {
    this.#shard.ports.observer.failure('flush', error);
    for (const { reject } of batch) reject(error);
    this.#shard.ports.abort('flush failed');
  }
}
