/** What this isolate has answered so far; for the operator's eye, not for billing. */

export interface CounterReport {
  readonly requests: number;
  /** By status code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly meanMilliseconds: number;
  readonly slowestMilliseconds: number;
}

class Counters {
  #requests = 0;
  #total = 0;
  #slowest = 0;
  readonly #answers = new Map<number, number>();

  count(status: number, milliseconds: number): void {
    this.#requests++;
    this.#total += milliseconds;
    if (milliseconds > this.#slowest) this.#slowest = milliseconds;
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
  }

  report(): CounterReport {
    const answers = [...this.#answers].map(([status, count]) => [String(status), count] as const);
    return {
      requests: this.#requests,
      answers: Object.fromEntries(answers),
      meanMilliseconds: this.#requests === 0 ? 0 : Math.round((this.#total / this.#requests) * 100) / 100,
      slowestMilliseconds: Math.round(this.#slowest * 100) / 100,
    };
  }
}

export const counters = new Counters();
