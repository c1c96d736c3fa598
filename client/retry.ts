/** When a request is sent again: the same request, under the same id, a bounded number of times. */

export interface RetrySettings {
  /** Times a request is sent at most. */
  readonly attempts: number;
  /** Wait before the second sending, doubled for each further one up to the greatest, ms. */
  readonly firstWaitMs: number;
  readonly greatestWaitMs: number;
  /**
   * Sendings beyond the first, as a share of all requests of this client: a failing server is not buried under repeats.
   * Infinity: no such bound.
   */
  readonly budget: number;
}

export const RETRY_DEFAULTS: RetrySettings = { attempts: 6, firstWaitMs: 250, greatestWaitMs: 3_000, budget: 0.1 };

/** Repeats that are there from the start, so that a client with few requests may still repeat. */
const BUDGET_AT_START = 10;
/** And that may be saved up. */
const BUDGET_GREATEST = 100;
const JITTER = 0.2;

/** Answers after which the same request may end otherwise. */
export const isPassing = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

export class Retries {
  readonly settings: RetrySettings;
  #left = BUDGET_AT_START;

  constructor(settings: Partial<RetrySettings> = {}) {
    this.settings = { ...RETRY_DEFAULTS, ...settings };
  }

  /** To be called once a request. */
  earn(): void {
    const { budget } = this.settings;
    this.#left = budget === Infinity ? Infinity : Math.min(BUDGET_GREATEST, this.#left + budget);
  }

  /** The wait before the next sending in ms; null where there shall be none. */
  next(sent: number, retryAfterSeconds: number | undefined): number | null {
    const { attempts, firstWaitMs, greatestWaitMs } = this.settings;
    if (sent >= attempts || this.#left < 1) return null;
    this.#left -= 1;
    const grown = Math.min(greatestWaitMs, firstWaitMs * 2 ** (sent - 1));
    const jittered = grown * (1 - JITTER + Math.random() * 2 * JITTER);
    return Math.max(jittered, (retryAfterSeconds ?? 0) * 1_000);
  }
}
