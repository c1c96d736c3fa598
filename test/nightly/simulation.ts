/** Seeds of the simulation, spread over processes; a violation prints the command that repeats it. */
import { spawn } from 'node:child_process';
import { ROOT } from '../support/spawned-spine.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, rounded } from './part.ts';
import type { PartResult } from './part.ts';

interface WorkerReport {
  readonly seeds: number;
  readonly events: number;
  readonly wishes: number;
  readonly violations: number;
  readonly marks: Readonly<Record<string, number>>;
}

/** Every fault of the simulated world must happen so often, or the night has not looked at it. */
const MARK_LEAST = 100;

export async function simulation(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { firstSeed, seeds, slice, workers } = options;
  const each = Math.ceil(seeds / workers);
  const started = performance.now();
  const ends = await Promise.all(Array.from({ length: workers }, (_, index) => worker(firstSeed + index * each, each)));
  const elapsed = (performance.now() - started) / 1_000;
  const reports = ends.flatMap(({ report }) => (report === null ? [] : [report]));
  const marks = new Map<string, number>();
  for (const { marks: seen } of reports)
    for (const [mark, hits] of Object.entries(seen)) marks.set(mark, (marks.get(mark) ?? 0) + hits);
  const sum = (of: (report: WorkerReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const failed = ends.filter(({ report }) => report === null);
  for (const { output } of failed) console.log(output);
  const done = sum((report) => report.seeds);
  const rarest = [...marks].toSorted(([, a], [, b]) => a - b)[0] ?? ['none', 0];
  return {
    figures: {
      firstSeed,
      seeds: done,
      seedsPerSecond: rounded(done / elapsed, 1),
      commands: sum((report) => report.wishes),
      events: sum((report) => report.events),
      rarestFault: `${rarest[0]} ${rarest[1]}`,
    },
    verdicts: [
      atMost('processes that found a violation', failed.length, 0),
      atLeast('seeds without a violation', done, seeds),
      { ...atLeast('times the rarest fault happened', rarest[1], MARK_LEAST), ...(slice ? { advisory: true } : {}) },
    ],
  };
}

function worker(seed: number, seeds: number): Promise<{ report: WorkerReport | null; output: string }> {
  const script = 'test/simulation/run.ts';
  const args = ['--disable-warning=ExperimentalWarning', script, '--seed', String(seed), '--seeds', String(seeds)];
  const child = spawn(process.execPath, [...args, '--json'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const report = code === 0 ? (JSON.parse(output) as WorkerReport) : null;
      resolve({ report, output });
    });
  });
}
