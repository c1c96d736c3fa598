/**
 * One call to an actor, tried again where that is safe: reads always, writes because they carry an idempotency key.
 * Every attempt takes a new stub, since a stub stays broken after its actor was reset.
 */
import { RETRY_AFTER_SECONDS } from '../engine/limits.ts';
import type { Outcome } from '../engine/envelope.ts';

type Unavailable = Extract<Outcome, { kind: 'unavailable' }>;

const ATTEMPTS_MAX = 3;
/** Full jitter under this, doubled per attempt: a reset actor is back within tens of milliseconds. */
const BACKOFF_MS = 50;

const unavailable = (reason: Unavailable['reason']): Unavailable => ({
  kind: 'unavailable',
  reason,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
});

/** How the platform marks an error of a stub. */
function flagged(error: unknown, flag: 'overloaded' | 'retryable' | 'durableObjectReset' | 'remote'): boolean {
  return typeof error === 'object' && error !== null && flag in error && Reflect.get(error, flag) === true;
}

/** The actor itself threw: a bug, which a repeat would only meet again. */
function isDefect(error: unknown): boolean {
  return flagged(error, 'remote') && !flagged(error, 'retryable') && !flagged(error, 'durableObjectReset');
}

/** As `attemptWithin`, for calls that have no deadline of their own: the platform ends what hangs. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | Unavailable> {
  try {
    return await call();
  } catch (error) {
    return afterFailure(error, 1, call);
  }
}

/** The answer of `call`, or why there is none within `waitMs`; throws only what is a defect. */
export async function attemptWithin<T>(waitMs: number, call: () => Promise<T>): Promise<T | Unavailable> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Unavailable>((resolve) => {
    timer = setTimeout(() => resolve(unavailable('timeout')), waitMs);
  });
  try {
    return await Promise.race([attempt(call), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function afterFailure<T>(error: unknown, tried: number, call: () => Promise<T>): Promise<T | Unavailable> {
  if (flagged(error, 'overloaded')) return unavailable('overloaded');
  if (isDefect(error)) throw error;
  if (tried === ATTEMPTS_MAX) return unavailable('broken');
  await scheduler.wait(Math.random() * BACKOFF_MS * 2 ** tried);
  try {
    return await call();
  } catch (next) {
    return afterFailure(next, tried + 1, call);
  }
}
