/** What a run prints when it is done: the figures one needs at once; the report has the rest. */
import type { TrialResult } from './campaign.ts';
import type { Measurement } from './measurement.ts';
import type { Report } from './report.ts';
import { ratiosOf, spreadOf } from './statistics.ts';

const COLUMNS = [22, 11, 9, 9, 9, 9, 9, 8, 9, 11, 12, 9] as const;
const HEADINGS = [
  '',
  'offered/s',
  'done/s',
  'p50',
  'p90',
  'p99',
  'max',
  'errors',
  'dropped',
  'cpu ms/tx',
  'cpu-target',
  'cpu-gen',
];

export function terminalText(report: Report, reportFile: string): string {
  const { commit, cores, node, workerd } = report.environment;
  return [
    `${report.plan} · git ${commit} · ${cores} cores · node ${node} · workerd ${workerd}`,
    ...report.trials.flatMap(trialLines),
    ...report.bounds.map(
      ({ text, measured, pass, skipped }) =>
        `  ${skipped === undefined ? (pass ? '✓' : '✗') : '–'} ${text}  (${skipped === undefined ? (Number.isNaN(measured) ? 'no figure' : measured) : `SKIPPED: ${skipped}`})`,
    ),
    ...(report.brokenPromises > 0 ? [`  ✗ PROMISES BROKEN: ${report.brokenPromises}`] : []),
    ...report.invalid.map((reason) => `  ! result invalid: ${reason}`),
    `  report  ${reportFile}`,
  ].join('\n');
}

function trialLines({ trial, rounds, skipped }: TrialResult): string[] {
  const title = `${trial.name} · ${trial.load.mode === 'open' ? 'open loop' : 'saturated'} · medians of ${trial.rounds}`;
  const lines = ['', title, row(HEADINGS)];
  for (const [name, measured] of Object.entries(rounds))
    lines.push(row(figureCells(name, measured, trial.load.seconds)));
  const subject = throughputs(rounds[trial.scenario]);
  for (const [name, why] of Object.entries(skipped)) lines.push(`  SKIPPED ${name}: ${why}`);
  for (const name of trial.baselines.filter((baseline) => rounds[baseline] !== undefined)) {
    const { median, min, max } = ratiosOf(subject, throughputs(rounds[name]));
    lines.push(`  vs ${name}  throughput ${median.toFixed(2)}× [${min.toFixed(2)}, ${max.toFixed(2)}]`);
  }
  const kinds = Object.entries(rounds).flatMap(([name, measured]) => errorKinds(name, measured));
  return [...lines, ...kinds];
}

function figureCells(name: string, measured: readonly Measurement[], seconds: number): string[] {
  const median = (value: (one: Measurement) => number): number => spreadOf(measured.map(value)).median;
  const open = measured[0]?.generatorLag !== null;
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return [
    name,
    open ? (median(({ offered }) => offered) / seconds).toFixed(0) : '-',
    median(({ figures }) => figures.throughput).toFixed(0),
    ...(['p50', 'p90', 'p99', 'max'] as const).map((key) => median(({ figures }) => figures.latency[key]).toFixed(1)),
    String(median(({ figures }) => figures.errors)),
    String(median(({ dropped }) => dropped)),
    median(({ server }) => server.cpuMsPerTransaction ?? 0).toFixed(3),
    percent(median(({ server }) => server.cpuShare ?? 0)),
    percent(median(({ generatorCpu }) => generatorCpu)),
  ];
}

function errorKinds(name: string, measured: readonly Measurement[]): string[] {
  const totals = new Map<string, number>();
  for (const { figures } of measured) {
    for (const [kind, count] of Object.entries(figures.errorKinds)) totals.set(kind, (totals.get(kind) ?? 0) + count);
  }
  return [...totals].map(([kind, count]) => `  ${name}: ${count} × ${kind}`);
}

function throughputs(measured: readonly Measurement[] | undefined): number[] {
  return (measured ?? []).map(({ figures }) => figures.throughput);
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, column) => (column === 0 ? `  ${cell}`.padEnd(COLUMNS[0]) : cell.padStart(COLUMNS[column] ?? 9)))
    .join('');
}
