/** What the loops drive: something that can be issued on a free lane and ends with a result. */
import type { Lane } from './transport.ts';

export interface Result {
  readonly operation: string;
  /** Kind of failure, e.g. '409 RESOURCE_VERSION_MISMATCH' or 'TIMEOUT'; null when all was well. */
  readonly error: string | null;
  /** What the first of its kind looked like. */
  readonly sample?: string | undefined;
  /** The reply contradicts a promise (an acknowledged write is missing, a repeat had another effect). */
  readonly broken: boolean;
}

export interface Work {
  /** `finished` is called exactly once, never before `issue` has returned. */
  issue(lane: Lane, finished: (result: Result) => void): void;
}

/** Told when the measured window begins and ends, so that meters look at the same seconds. */
export interface WindowWatcher {
  opened(): void;
  closed(): void;
  progressed(done: number, errors: number): void;
}
