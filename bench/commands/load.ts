/** `npm run bench [-- run]`: a plan of load, its report and its verdict. */
import { join } from 'node:path';
import { runPlan } from '../campaign.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { fingerprint } from '../fingerprint.ts';
import { type BenchOptions, parseOptions, usage } from '../options.ts';
import { preferGenerator } from '../priority.ts';
import { planOf } from '../presets.ts';
import { askOnTerminal, confirmTarget } from '../remote-guard.ts';
import { REPORTS, reportOf, runFolder } from '../report.ts';
import { writeReport } from '../write-report.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { openTargets } from '../targets/open-targets.ts';
import { terminalText } from '../terminal.ts';

export async function loadCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(usage());
    return EXIT.ok;
  }
  await confirmTarget(options, askOnTerminal());
  return run(options, args);
}

async function run(options: BenchOptions, args: readonly string[]): Promise<number> {
  const plan = planOf(options);
  const targets = await openTargets(plan, options);
  stopOnSignal(targets);
  const environment = fingerprint(args, preferGenerator());
  try {
    const report = reportOf(plan, environment, await runPlan(plan, targets, options));
    const folder = options.out ?? join(REPORTS, runFolder(environment));
    await writeReport(report, { folder, json: options.json, scale: null, cost: null });
    console.log(terminalText(report, join(folder, 'index.html')));
    return exitCodeOf({
      brokenPromises: report.brokenPromises,
      invalidResults: report.invalid.length,
      missedBounds: report.bounds.filter(({ pass }) => !pass).length,
    });
  } finally {
    await targets.stop();
  }
}
