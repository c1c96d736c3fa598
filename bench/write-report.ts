/** Puts a report on disk three times: report.json for programs, report.md for text, index.html with charts for people. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CostRecord } from './commands/cost.ts';
import { costMarkdown } from './cost/cost-text.ts';
import { type PlottingLibrary, pageOf } from './html/page.ts';
import { compare, readBaseline, type RegressionVerdict } from './regression.ts';
import { markdownOf, regressionLines } from './report-markdown.ts';
import type { Report } from './report.ts';
import type { ScaleRecord } from './scale/record.ts';
import { scaleMarkdown } from './scale/scale-text.ts';

export interface ReportPlaces {
  readonly folder: string;
  /** Another name for the JSON. */
  readonly json: string | undefined;
  readonly scale: ScaleRecord | null;
  readonly cost: CostRecord | null;
}

export async function writeReport(report: Report, places: ReportPlaces): Promise<readonly RegressionVerdict[]> {
  const { folder, json, scale, cost } = places;
  const regressions = compare(readBaseline(), report.trials).filter(({ state }) => state !== 'not measured');
  const text = `${JSON.stringify(report, null, 1)}\n`;
  const pages = [
    markdownOf(report),
    ...regressionLines(regressions),
    ...(scale === null ? [] : [scaleMarkdown(scale)]),
    ...(cost === null ? [] : [costMarkdown(cost.use, cost.prices)]),
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'report.json'), text);
  await writeFile(join(folder, 'report.md'), pages.join('\n'));
  await writeFile(join(folder, 'index.html'), pageOf({ report, regressions, scale, cost, library: plottingLibrary() }));
  if (json !== undefined) await writeFile(json, text);
  return regressions;
}

/** uPlot: one file, no dependencies; null where it is not installed. */
function plottingLibrary(): PlottingLibrary | null {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('uplot'));
    const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { script: file('uPlot.iife.min.js'), style: file('uPlot.min.css') };
  } catch {
    return null;
  }
}
