/** Collects what happened inside the measured window: latencies, counts by operation, failures by kind, done per second. */
import { LatencyHistogram, type LatencySummary } from './histogram.ts';
import type { Result } from './work.ts';

export interface OperationFigures {
  readonly count: number;
  readonly errors: number;
  readonly latency: LatencySummary;
}

export interface Figures {
  readonly seconds: number;
  /** Finished without error inside the window, and the same per second. */
  readonly done: number;
  readonly throughput: number;
  readonly errors: number;
  readonly errorKinds: Readonly<Record<string, number>>;
  /** The first reply of each kind of error that had a body. */
  readonly errorSamples: Readonly<Record<string, string>>;
  readonly broken: number;
  /** From the intended start; for a closed loop that is the moment of sending. */
  readonly latency: LatencySummary;
  /** From the moment of sending: what the server and the wire took. */
  readonly serviceTime: LatencySummary;
  readonly operations: Readonly<Record<string, OperationFigures>>;
  readonly donePerSecond: readonly number[];
  readonly latencyDistribution: string;
}

export interface Times {
  readonly intended: number;
  readonly sent: number;
  readonly finished: number;
}

interface OperationCounts {
  count: number;
  errors: number;
  readonly latency: LatencyHistogram;
}

export class Recorder {
  readonly #start: number;
  readonly #end: number;
  readonly #latency = new LatencyHistogram();
  readonly #service = new LatencyHistogram();
  readonly #operations = new Map<string, OperationCounts>();
  readonly #errorKinds = new Map<string, number>();
  readonly #errorSamples = new Map<string, string>();
  readonly #perSecond: number[];
  #done = 0;
  #errors = 0;
  #broken = 0;

  constructor(start: number, end: number) {
    this.#start = start;
    this.#end = end;
    this.#perSecond = Array.from({ length: Math.max(1, Math.ceil((end - start) / 1000)) }, () => 0);
  }

  get done(): number {
    return this.#done;
  }

  get errors(): number {
    return this.#errors;
  }

  /** Belongs to the window when it was meant to start in it; counts as done when it also finished in it. */
  record(result: Result, times: Times): void {
    // A broken promise counts whenever it is seen.
    if (result.broken) this.#broken++;
    const { intended, sent, finished } = times;
    if (finished >= this.#start && finished < this.#end && result.error === null) this.#countDone(finished);
    if (intended < this.#start || intended >= this.#end) return;
    this.#latency.record(finished - intended);
    this.#service.record(finished - sent);
    this.#countOperation(result, finished - intended);
  }

  /** An arrival that never got its turn: it waited at least this long, and the percentiles must know. */
  recordDropped(waitedMs: number): void {
    this.#latency.record(waitedMs);
  }

  figures(): Figures {
    const seconds = (this.#end - this.#start) / 1000;
    const operations: Record<string, OperationFigures> = {};
    for (const [name, { count, errors, latency }] of this.#operations) {
      operations[name] = { count, errors, latency: latency.summary() };
    }
    return {
      seconds,
      done: this.#done,
      throughput: Math.round((this.#done / seconds) * 10) / 10,
      errors: this.#errors,
      errorKinds: Object.fromEntries(this.#errorKinds),
      errorSamples: Object.fromEntries(this.#errorSamples),
      broken: this.#broken,
      latency: this.#latency.summary(),
      serviceTime: this.#service.summary(),
      operations,
      donePerSecond: this.#perSecond,
      latencyDistribution: this.#latency.percentileText(),
    };
  }

  #countDone(finished: number): void {
    this.#done++;
    const second = Math.floor((finished - this.#start) / 1000);
    this.#perSecond[second] = (this.#perSecond[second] ?? 0) + 1;
  }

  #countOperation(result: Result, latencyMs: number): void {
    const operation = this.#operations.get(result.operation) ?? this.#newOperation(result.operation);
    operation.count++;
    operation.latency.record(latencyMs);
    if (result.error === null) return;
    operation.errors++;
    this.#errors++;
    if (result.sample !== undefined && !this.#errorKinds.has(result.error)) {
      this.#errorSamples.set(result.error, result.sample);
    }
    this.#errorKinds.set(result.error, (this.#errorKinds.get(result.error) ?? 0) + 1);
  }

  #newOperation(name: string): OperationCounts {
    const counts: OperationCounts = { count: 0, errors: 0, latency: new LatencyHistogram() };
    this.#operations.set(name, counts);
    return counts;
  }
}
