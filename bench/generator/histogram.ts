/** Latencies in milliseconds over an HDR histogram: three significant digits from 1 µs to an hour, whatever the count. */
import { build } from 'hdr-histogram-js';

export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const MICROSECONDS = 1000;
const LARGEST_MICROSECONDS = 3_600_000_000;

export class LatencyHistogram {
  readonly #counts = build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LARGEST_MICROSECONDS,
    numberOfSignificantValueDigits: 3,
  });

  record(milliseconds: number): void {
    const value = Math.round(milliseconds * MICROSECONDS);
    this.#counts.recordValue(Math.min(Math.max(value, 0), LARGEST_MICROSECONDS));
  }

  get count(): number {
    return this.#counts.totalCount;
  }

  percentile(percent: number): number {
    return this.count === 0 ? 0 : this.#counts.getValueAtPercentile(percent) / MICROSECONDS;
  }

  summary(): LatencySummary {
    return {
      count: this.count,
      mean: this.count === 0 ? 0 : round(this.#counts.mean / MICROSECONDS),
      p50: round(this.percentile(50)),
      p90: round(this.percentile(90)),
      p99: round(this.percentile(99)),
      p999: round(this.percentile(99.9)),
      max: this.count === 0 ? 0 : round(this.#counts.maxValue / MICROSECONDS),
    };
  }

  /** The text other HdrHistogram plotters read; values in milliseconds. */
  percentileText(): string {
    return this.#counts.outputPercentileDistribution(5, MICROSECONDS);
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
