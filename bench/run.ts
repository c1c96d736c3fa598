/** Entry of `npm run bench`: options in, plan run, report out, exit code. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPlan } from './campaign.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { fingerprint } from './fingerprint.ts';
import { type BenchOptions, parseOptions, usage, UsageError } from './options.ts';
import { preferGenerator } from './priority.ts';
import { planOf } from './presets.ts';
import { reportOf, writeReport } from './report.ts';
import { TargetNotReady } from './scenarios/scenario.ts';
import { ServerFailed } from './targets/child-server.ts';
import { openTargets, type Targets } from './targets/open-targets.ts';
import { terminalText } from './terminal.ts';

const REPORTS = join(dirname(fileURLToPath(import.meta.url)), 'reports');

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(usage());
    return EXIT.ok;
  }
  const plan = planOf(options);
  const targets = await openTargets(plan, options);
  stopOnSignal(targets);
  const environment = fingerprint(args, preferGenerator());
  try {
    const results = await runPlan(plan, targets, options);
    const report = reportOf(plan, environment, results);
    const folder = folderOf(options, `${environment.takenAt.replaceAll(/[:.]/g, '-')}-${environment.commit}`);
    await writeReport(report, { folder, json: options.json });
    console.log(terminalText(report, join(folder, 'report.md')));
    return exitCodeOf({
      brokenPromises: report.brokenPromises,
      invalidResults: report.invalid.length,
      missedBounds: report.bounds.filter(({ pass }) => !pass).length,
    });
  } finally {
    await targets.stop();
  }
}

/** An interrupted run leaves no server behind and no report. */
function stopOnSignal(targets: Targets): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      void targets.stop().finally(() => process.exit(code));
    });
  }
}

function folderOf(options: BenchOptions, name: string): string {
  return options.out ?? join(REPORTS, name);
}

function failureCode(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage()}`);
    return EXIT.usage;
  }
  if (error instanceof TargetNotReady || error instanceof ServerFailed) {
    console.error(error.message);
    return EXIT.targetNotHealthy;
  }
  throw error;
}

process.exitCode = await main(process.argv.slice(2)).catch(failureCode);
