/** The result of a run: one documented JSON object (see README.md) and the same as a Markdown page. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrialResult } from './campaign.ts';
import type { Fingerprint } from './fingerprint.ts';
import { markdownOf } from './report-markdown.ts';
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

export interface ReportPlaces {
  readonly folder: string;
  readonly json: string | undefined;
}

/** Writes report.json, report.md and, where asked, the JSON under another name too. */
export async function writeReport(report: Report, places: ReportPlaces): Promise<void> {
  const json = `${JSON.stringify(report, null, 1)}\n`;
  await mkdir(places.folder, { recursive: true });
  await writeFile(join(places.folder, 'report.json'), json);
  await writeFile(join(places.folder, 'report.md'), markdownOf(report));
  if (places.json !== undefined) await writeFile(places.json, json);
}
