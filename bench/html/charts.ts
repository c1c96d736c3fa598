/** What is drawn, as plain data: series over an axis. The page's script hands it to the plotting library as it is. */
import type { TrialResult } from '../campaign.ts';
import type { Measurement } from '../measurement.ts';
import { spreadOf } from '../statistics.ts';

export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly note: string;
  readonly kind: 'line' | 'bars';
  readonly x: {
    readonly label: string;
    readonly values: readonly number[];
    readonly names?: readonly string[];
    readonly log?: boolean;
  };
  readonly y: { readonly label: string; readonly log?: boolean };
  readonly series: readonly Series[];
}

/** Percentiles beyond the run's resolution would be one request's luck. */
const SMALLEST_TAIL = 0.0005;

export function chartsOf({ trial, rounds }: TrialResult): Chart[] {
  const contestants = Object.entries(rounds).filter(([, measured]) => measured.length > 0);
  const charts = [medians(trial.name, contestants)];
  if (trial.rounds > 1) charts.push(roundByRound(trial.name, contestants));
  charts.push(overTime(trial.name, contestants), byPercentile(trial.name, contestants));
  return charts.filter(({ x }) => x.values.length > 0);
}

type Contestants = readonly (readonly [string, readonly Measurement[]])[];

function medians(trial: string, contestants: Contestants): Chart {
  return {
    title: `${trial}: throughput`,
    note: 'Median of the rounds; transactions finished without error per second.',
    kind: 'bars',
    x: { label: '', values: contestants.map((_, index) => index), names: contestants.map(([name]) => name) },
    y: { label: 'done per second' },
    series: [{ label: 'median', values: contestants.map(([, measured]) => spreadOf(measured.map(throughput)).median) }],
  };
}

function roundByRound(trial: string, contestants: Contestants): Chart {
  const rounds = Math.max(...contestants.map(([, measured]) => measured.length));
  return {
    title: `${trial}: round by round`,
    note: 'Contestants take turns within a round; lines that move together show the machine, not the software.',
    kind: 'line',
    x: { label: 'round', values: Array.from({ length: rounds }, (_, index) => index + 1) },
    y: { label: 'done per second' },
    series: contestants.map(([label, measured]) => ({ label, values: measured.map(throughput) })),
  };
}

function overTime(trial: string, contestants: Contestants): Chart {
  // A window that ends a little late leaves a last second that is hardly one.
  const seconds = Math.max(
    0,
    ...contestants.map(([, measured]) => Math.floor((last(measured)?.figures.seconds ?? 0) + 0.01)),
  );
  return {
    title: `${trial}: within the last round`,
    note: 'Done in each second of the measured window.',
    kind: 'line',
    x: { label: 'second', values: Array.from({ length: seconds }, (_, index) => index + 1) },
    y: { label: 'done per second' },
    series: contestants.map(([label, measured]) => ({
      label,
      values: (last(measured)?.figures.donePerSecond ?? []).slice(0, seconds),
    })),
  };
}

/** Latency against 1 / (1 - percentile): each decade is one more nine. */
function byPercentile(trial: string, contestants: Contestants): Chart {
  const curves = contestants.map(([label, measured]) => ({ label, points: percentilePoints(last(measured)) }));
  const values = [...new Set(curves.flatMap(({ points }) => [...points.keys()]))].toSorted((a, b) => a - b);
  return {
    title: `${trial}: latency by percentile`,
    note: 'Last round. Read a curve from left to right: half of all, nine in ten, ninety-nine in a hundred …',
    kind: 'line',
    x: { label: 'percentile', values, log: true },
    y: { label: 'ms', log: true },
    series: curves.map(({ label, points }) => ({ label, values: values.map((value) => points.get(value) ?? null) })),
  };
}

/** Lines of HdrHistogram's text: value, percentile as a fraction, count, 1 / (1 - percentile). */
export function percentilePoints(measurement: Measurement | undefined): Map<number, number> {
  const points = new Map<number, number>();
  for (const line of (measurement?.figures.latencyDistribution ?? '').split('\n')) {
    const [value, fraction] = line.trim().split(/\s+/).map(Number);
    if (value === undefined || fraction === undefined || Number.isNaN(value) || Number.isNaN(fraction)) continue;
    const tail = 1 - fraction;
    if (value > 0 && tail >= SMALLEST_TAIL) points.set(Math.round(1000 / tail) / 1000, value);
  }
  return points;
}

function throughput({ figures }: Measurement): number {
  return figures.throughput;
}

function last<T>(list: readonly T[]): T | undefined {
  return list.at(-1);
}
