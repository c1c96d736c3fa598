/**
 * One call to an actor, tried again where that is safe: reads always, writes because they carry an idempotency key.
 * Every attempt takes a new stub, since a stub stays broken after its actor was reset. How often is bounded three times:
 * per call by attempts and by time, and per isolate by a share of all calls, so that retries never feed an overload.
 */
import type { Outcome } from '../engine/envelope.ts';
import { RetryBudget } from './retry-budget.ts';
import { shedding } from './shedding.ts';

export type Unavailable = Extract<Outcome, { kind: 'unavailable' }>;

/** Full jitter under this, doubled per attempt up to the bound: a reset actor is back within tens of milliseconds. */
const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 400;
/** No further attempt begins later than this after the first. */
const ATTEMPTING_MS = 3_000;

const budget = new RetryBudget();

const unavailable = (reason: Unavailable['reason']): Unavailable => ({
  kind: 'unavailable',
  reason,
  retryAfterSeconds: shedding.retryAfterSeconds(),
});

/** How the platform marks an error of a stub. */
function flagged(error: unknown, flag: 'overloaded' | 'retryable' | 'durableObjectReset' | 'remote'): boolean {
  return typeof error === 'object' && error !== null && flag in error && Reflect.get(error, flag) === true;
}

/** The actor was reset or the way to it broke: as a rule it is back at the next attempt. */
const isPassing = (error: unknown): boolean => flagged(error, 'retryable') || flagged(error, 'durableObjectReset');

/** Further attempts that an error is worth; null: the actor itself threw, a bug that a repeat would only meet again. */
export function furtherAttempts(error: unknown): number | null {
  if (flagged(error, 'overloaded')) return 0;
  if (isPassing(error)) return 2;
  // What the platform does not mark at all is its own trouble, of a kind nobody has named.
  return flagged(error, 'remote') ? null : 1;
}

/** As `attemptWithin`, for calls that have no deadline of their own: the platform ends what hangs. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | Unavailable> {
  budget.earn();
  const began = performance.now();
  for (let tried = 1; ; tried++) {
    try {
      return told(await call());
    } catch (error) {
      const further = furtherAttempts(error);
      if (further === null) throw error;
      if (flagged(error, 'overloaded')) {
        shedding.note(true);
        return unavailable('overloaded');
      }
      if (tried > further || performance.now() - began > ATTEMPTING_MS || !budget.spend()) return unavailable('broken');
      await scheduler.wait(Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** tried));
    }
  }
}

/** What a caller does while it waits, once its answer is late. */
export interface WhenLate {
  readonly afterMs: number;
  work(): void;
}

/** The answer of `call`, or why there is none within `waitMs`; throws only what is a defect. */
export async function attemptWithin<T>(
  waitMs: number,
  call: () => Promise<T>,
  late?: WhenLate,
): Promise<T | Unavailable> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Unavailable>((resolve) => {
    const timeOut = (): void => resolve(unavailable('timeout'));
    const wait = (left: number): void => {
      if (late === undefined || late.afterMs >= left) timer = setTimeout(timeOut, left);
      else
        timer = setTimeout(() => {
          late.work();
          wait(left - late.afterMs);
        }, late.afterMs);
    };
    wait(waitMs);
  });
  try {
    return await Promise.race([attempt(call), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** A shard that refuses for load has no dice: what it tells its clients to wait is spread and stretched here. */
export function told<T>(answer: T): T | Unavailable {
  const refused = isShed(answer);
  shedding.note(refused);
  return refused ? unavailable('overloaded') : answer;
}

const isShed = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'reason' in answer && answer.reason === 'overloaded';
