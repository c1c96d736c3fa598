/**
 * `npm run bench -- report`: one page of the newest load, scale and cost results, held against `baseline.json`.
 * With `--run PRESET` the load is measured first. Exit code 1 when a named bound is crossed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { UsageError } from '../options.ts';
import { accepted, BASELINE_FILE, readBaseline } from '../regression.ts';
import { REPORT_FORMAT, type Report, REPORTS } from '../report.ts';
import { SCALE_FORMAT, type ScaleRecord } from '../scale/record.ts';
import { writeReport } from '../write-report.ts';
import { COST_FORMAT, type CostRecord } from './cost.ts';
import { loadCommand } from './load.ts';

const USAGE = `npm run bench -- report [--from report.json] [--scale scale.json] [--cost cost.json] [--out DIR] [--accept]
  without names the newest results below bench/reports are taken; --run PRESET measures that load first
  --accept               what was measured becomes the baseline (bench/baseline.json)
exit: 0 ok, 1 a bound missed or a regression bound crossed, 2 usage, 4 result invalid, 5 promise broken`;

interface Wishes {
  readonly from: string | undefined;
  readonly scale: string | undefined;
  readonly cost: string | undefined;
  readonly out: string | undefined;
  readonly run: string | undefined;
  readonly accept: boolean;
}

export async function reportCommand(args: readonly string[]): Promise<number> {
  const wishes = wishesOf(args);
  if (wishes === null) {
    console.log(USAGE);
    return EXIT.ok;
  }
  if (wishes.run !== undefined) await measureFirst(wishes.run);
  const from = wishes.from ?? newest('report.json', REPORT_FORMAT);
  if (from === null) throw new UsageError('there is no report yet: measure one, or name one with --from');
  const report = recordIn(from, REPORT_FORMAT) as Report;
  const scaleFile = wishes.scale ?? newest('scale.json', SCALE_FORMAT);
  const scale = scaleFile === null ? null : (recordIn(scaleFile, SCALE_FORMAT) as ScaleRecord);
  const costFile = wishes.cost ?? newest('cost.json', COST_FORMAT);
  const cost = costFile === null ? null : (recordIn(costFile, COST_FORMAT) as CostRecord);
  const folder = wishes.out ?? dirname(from);
  const regressions = await writeReport(report, { folder, json: undefined, scale, cost });
  const crossed = regressions.filter(({ state }) => state === 'crossed');
  const missed = report.bounds.filter(({ pass }) => !pass);
  for (const { name, accepted, measured } of crossed) {
    console.error(`CROSSED ${name}: accepted ${accepted ?? '-'}, measured ${measured ?? '-'}`);
  }
  for (const { text, measured } of missed) console.error(`MISSED ${text}: ${measured}`);
  if (wishes.accept) await accept(report);
  console.log(`  report  ${join(folder, 'index.html')}`);
  return exitCodeOf({
    brokenPromises: report.brokenPromises,
    invalidResults: report.invalid.length,
    missedBounds: crossed.length + missed.length,
  });
}

async function measureFirst(preset: string): Promise<void> {
  const code = await loadCommand(['--preset', preset]);
  // What was missed is told by the report that follows; without figures there is none.
  if (code === EXIT.usage || code === EXIT.targetNotHealthy) throw new UsageError(`the preset ${preset} did not run`);
}

async function accept(report: Report): Promise<void> {
  const before = readBaseline();
  // A trial that no bound is about spoils none of them.
  const spoiled = report.invalid.some((reason) => before.bounds.some(({ trial }) => reason.startsWith(`${trial} (`)));
  if (report.brokenPromises > 0 || spoiled) throw new UsageError('such a run cannot be accepted');
  const { takenAt, commit, cores, processor } = report.environment;
  const baseline = accepted(before, report.trials, { takenAt, commit, machine: `${cores} × ${processor}` });
  const bounds = baseline.bounds.map((bound) => `    ${JSON.stringify(bound)}`).join(',\n');
  const { bounds: _bounds, ...head } = baseline;
  const lines = Object.entries(head).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  await writeFile(BASELINE_FILE, `{\n${lines.join('\n')}\n  "bounds": [\n${bounds}\n  ]\n}\n`);
  console.log(`  accepted as ${BASELINE_FILE}`);
}

function wishesOf(args: readonly string[]): Wishes | null {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const options = { from: text, scale: text, cost: text, out: text, run: text, accept: flag, help: flag } as const;
    const { values } = parseArgs({ args: [...args], options });
    const { from, scale, cost, out, run, accept: accepts, help } = values;
    return help ? null : { from, scale, cost, out, run, accept: accepts };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Folders are named by time, so the last one that holds such a record is the newest. */
function newest(name: string, format: number): string | null {
  const folders = existsSync(REPORTS) ? readdirSync(REPORTS).toSorted().toReversed() : [];
  for (const folder of folders) {
    const file = join(REPORTS, folder, name);
    if (existsSync(file) && formatOf(file) === format) return file;
  }
  return null;
}

function formatOf(file: string): unknown {
  const record: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof record === 'object' && record !== null && 'format' in record ? record.format : undefined;
}

/** Of a file that the bench wrote, in the format this code knows: what the caller takes it for. */
function recordIn(file: string, format: number): unknown {
  if (!existsSync(file)) throw new UsageError(`${file} is not there`);
  if (formatOf(file) !== format) throw new UsageError(`${file} is no record of format ${format}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}
