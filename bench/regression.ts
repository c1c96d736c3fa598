/** Named bounds against an accepted earlier run (`baseline.json`): what may not get worse, and by how much it may waver. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrialResult } from './campaign.ts';
import type { Metric } from './plan.ts';
import { measuredValue } from './verdicts.ts';

export interface RegressionBound {
  readonly name: string;
  readonly trial: string;
  readonly of: Metric;
  /** With it: the ratio to that scenario of the same rounds, which carries over to other machines; else an absolute. */
  readonly against?: string;
  readonly better: 'higher' | 'lower';
  /** What was accepted; null: nothing yet. */
  readonly value: number | null;
  /** Share of the value it may get worse by before it counts. */
  readonly mayLose: number;
}

export interface Baseline {
  readonly format: 1;
  readonly takenAt: string;
  readonly commit: string;
  readonly machine: string;
  readonly bounds: readonly RegressionBound[];
}

export interface RegressionVerdict {
  readonly name: string;
  readonly accepted: number | null;
  readonly measured: number | null;
  /** Measured over accepted, as a change for the better (+) or the worse (-). */
  readonly change: number | null;
  readonly state: 'held' | 'crossed' | 'not measured' | 'nothing accepted';
}

export const BASELINE_FILE = join(dirname(fileURLToPath(import.meta.url)), 'baseline.json');

export function readBaseline(file = BASELINE_FILE): Baseline {
  // narrow border: our own file, held to its shape by a test
  return JSON.parse(readFileSync(file, 'utf8')) as Baseline;
}

export function compare(baseline: Baseline, trials: readonly TrialResult[]): RegressionVerdict[] {
  return baseline.bounds.map((bound) => {
    const { name, value: accepted, better, mayLose } = bound;
    const found = measuredValue(bound, trials);
    const measured = Number.isNaN(found) ? null : Math.round(found * 1000) / 1000;
    if (measured === null) return { name, accepted, measured, change: null, state: 'not measured' };
    if (accepted === null || accepted === 0)
      return { name, accepted, measured, change: null, state: 'nothing accepted' };
    const gain = better === 'higher' ? measured / accepted - 1 : 1 - measured / accepted;
    // The edge itself is held; rounding must not decide it.
    const state = gain < -mayLose - 1e-9 ? 'crossed' : 'held';
    return { name, accepted, measured, change: Math.round(gain * 1000) / 1000, state };
  });
}

/** The baseline with what this run measured; bounds it did not measure keep what was accepted. */
export function accepted(
  baseline: Baseline,
  trials: readonly TrialResult[],
  run: Pick<Baseline, 'takenAt' | 'commit' | 'machine'>,
): Baseline {
  const measured = new Map(compare(baseline, trials).map((verdict) => [verdict.name, verdict.measured]));
  const bounds = baseline.bounds.map((bound) => ({ ...bound, value: measured.get(bound.name) ?? bound.value }));
  return { ...baseline, ...run, bounds };
}
