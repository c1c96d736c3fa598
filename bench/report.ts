/** The result of a run as one documented JSON object; see README.md. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrialResult } from './campaign.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Plan } from './plan.ts';
import { type BoundVerdict, judge } from './verdicts.ts';

export const REPORTS = join(dirname(fileURLToPath(import.meta.url)), 'reports');

/** Raised when a field of the JSON changes its meaning. */
export const REPORT_FORMAT = 1;

export interface Report {
  readonly format: number;
  readonly plan: string;
  readonly environment: Fingerprint;
  readonly trials: readonly TrialResult[];
  readonly bounds: readonly BoundVerdict[];
  /** Why figures of this run must not be used. */
  readonly invalid: readonly string[];
  readonly brokenPromises: number;
}

export function reportOf(plan: Plan, environment: Fingerprint, trials: readonly TrialResult[]): Report {
  const bounds = plan.bounds.map((bound) => judge(bound, trials));
  const all = trials.flatMap(({ trial, rounds }) =>
    Object.values(rounds).flatMap((list) => list.map((measurement) => ({ name: trial.name, measurement }))),
  );
  const invalid = all.flatMap(({ name, measurement }) =>
    measurement.invalid.map((reason) => `${name} (${measurement.scenario}): ${reason}`),
  );
  const brokenPromises = all.reduce((sum, { measurement }) => sum + measurement.figures.broken, 0);
  return { format: REPORT_FORMAT, plan: plan.name, environment, trials, bounds, invalid, brokenPromises };
}

export function runFolder({ takenAt, commit }: Pick<Fingerprint, 'takenAt' | 'commit'>): string {
  return `${takenAt.replaceAll(/[:.]/g, '-')}-${commit}`;
}
