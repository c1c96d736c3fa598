/** Holds results to the plan's bounds. */
import type { TrialResult } from './campaign.ts';
import type { Measurement } from './measurement.ts';
import { type Bound, boundText, type Metric } from './plan.ts';
import { ratiosOf, spreadOf } from './statistics.ts';

export interface BoundVerdict {
  readonly text: string;
  readonly measured: number;
  readonly pass: boolean;
  /** Why it could not be measured here: neither passed nor missed. */
  readonly skipped?: string;
}

export function metricOf(measurement: Measurement, metric: Metric): number {
  switch (metric) {
    case 'throughput':
      return measurement.figures.throughput;
    case 'served':
      return measurement.offered === 0 ? Number.NaN : (measurement.figures.done / measurement.offered) * 100;
    case 'p99':
      return measurement.figures.latency.p99;
    case 'errors':
      return measurement.figures.errors;
    case 'dropped':
      return measurement.dropped;
    case 'rows':
      return measurement.server.rowsWrittenPerTransaction ?? Number.NaN;
  }
}

/** A bound without figures is missed (no comparison with NaN holds): silence is no pass. */
export function judge(bound: Bound, results: readonly TrialResult[]): BoundVerdict {
  const skipped = results.find(({ trial }) => trial.name === bound.trial)?.skipped[bound.against ?? ''];
  if (skipped !== undefined) return { text: boundText(bound), measured: Number.NaN, pass: true, skipped };
  const measured = measuredValue(bound, results);
  const holds = bound.is === 'at least' ? measured >= bound.value : measured <= bound.value;
  return { text: boundText(bound), measured: Math.round(measured * 1000) / 1000, pass: holds };
}

type Question = Pick<Bound, 'trial' | 'of' | 'against'>;

/** NaN when the results do not tell. */
export function measuredValue(bound: Question, results: readonly TrialResult[]): number {
  const result = results.find(({ trial }) => trial.name === bound.trial);
  const subject = valuesOf(result, result?.trial.scenario, bound.of);
  if (subject.length === 0) return Number.NaN;
  // Errors and drops must not hide behind a good median.
  if (bound.of === 'errors' || bound.of === 'dropped') return Math.max(...subject);
  if (bound.against === undefined) return spreadOf(subject).median;
  const baseline = valuesOf(result, bound.against, bound.of);
  return baseline.length === 0 ? Number.NaN : ratiosOf(subject, baseline).median;
}

function valuesOf(result: TrialResult | undefined, scenario: string | undefined, metric: Metric): number[] {
  if (result === undefined || scenario === undefined) return [];
  return (result.rounds[scenario] ?? []).map((measurement) => metricOf(measurement, metric));
}
