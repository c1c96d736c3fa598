/** The report as a page people read: verdict first, then figures with their spread, then what they cannot tell. */
import type { TrialResult } from './campaign.ts';
import type { Measurement } from './measurement.ts';
import { inFlightText } from './plan.ts';
import type { RegressionVerdict } from './regression.ts';
import type { Report } from './report.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';

export const CANNOT_TELL = [
  'One machine: generator, server and disk share its cores; absolute figures say little about a deployed system.',
  'Ratios to the bare baseline of the same rounds are what carries over. They compare work per request, not features.',
  'Loopback has no loss, no TLS and no distance. Local commits are one disk; deployed ones are replicated.',
];

export function markdownOf(report: Report): string {
  return [
    `# Bench: ${report.plan}`,
    verdict(report),
    ...boundTable(report),
    ...report.trials.flatMap(trialSection),
    '## Environment',
    ...Object.entries(report.environment).map(([name, value]) => `- ${name}: ${String(value)}`),
    '',
    '## What this run cannot tell',
    ...CANNOT_TELL.map((line) => `- ${line}`),
    '',
  ].join('\n');
}

function verdict({ brokenPromises, invalid, bounds }: Report): string {
  if (brokenPromises > 0) return `\n**Promises broken: ${brokenPromises}.** No figure below matters.\n`;
  if (invalid.length > 0) return `\n**Result invalid**, the generator was the bottleneck:\n${list(invalid)}\n`;
  const missed = bounds.filter(({ pass }) => !pass).length;
  return missed > 0 ? `\n**${missed} of ${bounds.length} bounds missed.**\n` : '\nValid; no bound missed.\n';
}

export function boundTable({ bounds }: Report): string[] {
  if (bounds.length === 0) return [];
  const rows = bounds.map(({ text, measured, pass, skipped }) => [
    text,
    Number.isNaN(measured) ? 'no figure' : String(measured),
    skipped === undefined ? (pass ? 'pass' : 'MISS') : `SKIPPED: ${skipped}`,
  ]);
  return [...table(['bound', 'measured', ''], rows), ''];
}

export function trialSection({ trial, rounds, skipped }: TrialResult): string[] {
  const { load } = trial;
  const how = load.mode === 'open' ? `open loop, ${load.rate} a second meant` : 'saturated, closed loop';
  const lines = [
    `## ${trial.name}`,
    `${how}, ${inFlightText(trial)}, ${load.seconds} s × ${trial.rounds} rounds, medians (min..max)`,
    '',
  ];
  const subject = rounds[trial.scenario] ?? [];
  const figures = figureTable({ rounds });
  lines.push(...table(figures.headings, figures.rows), '');
  for (const [name, why] of Object.entries(skipped)) lines.push(`- SKIPPED ${name}: ${why}`);
  const compared = trial.baselines.filter((name) => rounds[name] !== undefined);
  for (const name of compared) lines.push(ratioLine(name, subject, rounds[name] ?? []));
  lines.push('', ...operationTable(subject), '', ...errorLines(rounds));
  return lines;
}

const HEADINGS = [
  '',
  'offered/s',
  'done/s',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'max ms',
  'errors',
  'dropped',
  'cpu ms/tx',
  'cpu server',
  'RSS MB',
  'rows r/tx',
  'rows w/tx',
  'snapshot lag ms',
  'cpu gen',
  'lag p99',
];

/** One row a contestant, the product first. */
export function figureTable({ rounds }: Pick<TrialResult, 'rounds'>): {
  headings: readonly string[];
  rows: string[][];
} {
  return { headings: HEADINGS, rows: Object.entries(rounds).map(([name, list]) => figureRow(name, list)) };
}

function figureRow(name: string, measured: readonly Measurement[]): string[] {
  const spread = (value: (one: Measurement) => number | null, digits: number): string =>
    cell(measured.map(value), digits);
  const share = (value: (one: Measurement) => number | null): string =>
    cell(
      measured.map((one) => percentOf(value(one))),
      0,
    );
  return [
    name,
    spread(({ offered, figures }) => (offered === 0 ? null : offered / figures.seconds), 0),
    spread(({ figures }) => figures.throughput, 0),
    ...(['p50', 'p90', 'p99', 'p999', 'max'] as const).map((key) => spread(({ figures }) => figures.latency[key], 1)),
    spread(({ figures }) => figures.errors, 0),
    spread(({ dropped }) => dropped, 0),
    spread(({ server }) => server.cpuMsPerTransaction, 3),
    `${share(({ server }) => server.cpuShare)} %`,
    spread(({ server }) => server.residentMegabytes, 0),
    spread(({ server }) => server.rowsReadPerTransaction, 1),
    spread(({ server }) => server.rowsWrittenPerTransaction, 2),
    spread(({ server }) => server.snapshotLagMsMax, 0),
    `${share(({ generatorCpu }) => generatorCpu)} %`,
    spread(({ generatorLag }) => generatorLag?.p99 ?? null, 2),
  ];
}

export function ratioLine(name: string, subject: readonly Measurement[], baseline: readonly Measurement[]): string {
  const ratio = (value: (one: Measurement) => number): Spread => ratiosOf(subject.map(value), baseline.map(value));
  const throughput = ratio(({ figures }) => figures.throughput);
  const p99 = ratio(({ figures }) => figures.latency.p99);
  return `- vs ${name}: throughput ${times(throughput)}, p99 ${times(p99)}`;
}

/** Operations of all rounds of the subject; latencies are of the last round. */
function operationTable(subject: readonly Measurement[]): string[] {
  const last = subject.at(-1)?.figures.operations ?? {};
  const rows = Object.entries(last).map(([name, { latency }]) => {
    const counts = subject.map(({ figures }) => figures.operations[name]);
    const sum = (key: 'count' | 'errors'): string =>
      String(counts.reduce((total, figures) => total + (figures?.[key] ?? 0), 0));
    return [name, sum('count'), sum('errors'), latency.p50.toFixed(1), latency.p99.toFixed(1), latency.max.toFixed(1)];
  });
  return table(['operation', 'count', 'errors', 'p50 (last round)', 'p99', 'max ms'], rows);
}

function errorLines(rounds: TrialResult['rounds']): string[] {
  const lines = Object.entries(rounds).flatMap(([name, measured]) =>
    measured.flatMap(({ figures }, round) =>
      Object.entries(figures.errorKinds).map(([kind, count]) => `- ${name}, round ${round + 1}: ${count} × ${kind}`),
    ),
  );
  return lines.length === 0 ? [] : ['Errors by kind:', ...lines, ''];
}

function percentOf(share: number | null): number | null {
  return share === null ? null : share * 100;
}

function cell(values: readonly (number | null)[], digits: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '-';
  const { median, min, max } = spreadOf(known);
  if (known.length === 1 || min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

function times({ median, min, max }: Spread): string {
  return `${median.toFixed(2)}× [${min.toFixed(2)}, ${max.toFixed(2)}]`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}

/** What may not get worse, beside what was accepted. */
export function regressionLines(regressions: readonly RegressionVerdict[]): string[] {
  if (regressions.length === 0) return [];
  const rows = regressions.map(({ name, accepted, measured, change, state }) => [
    name,
    String(accepted ?? '-'),
    String(measured ?? '-'),
    change === null ? '-' : `${(change * 100).toFixed(1)} %`,
    state === 'crossed' ? 'CROSSED' : state,
  ]);
  const headings = ['bound', 'accepted', 'measured', 'for the better', ''];
  return ['## Against the accepted baseline', ...table(headings, rows), ''];
}
