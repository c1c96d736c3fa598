/** One self-contained page: verdict first, then the comparison with what was accepted, curves, cost, and what it cannot tell. */
import type { CostRecord } from '../commands/cost.ts';
import { billOf } from '../cost/cost-text.ts';
import { inFlightText } from '../plan.ts';
import type { RegressionVerdict } from '../regression.ts';
import type { Report } from '../report.ts';
import { boundTable, CANNOT_TELL, figureTable, ratioLine } from '../report-markdown.ts';
import type { ScaleRecord } from '../scale/record.ts';
import { type Chart, chartsOf } from './charts.ts';
import { costCharts, costTables } from './cost-section.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { escape, htmlTable, tableOfChart } from './parts.ts';
import { scaleCharts, scaleTable } from './scale-section.ts';

export interface PlottingLibrary {
  readonly script: string;
  readonly style: string;
}

export interface PageParts {
  readonly report: Report;
  readonly regressions: readonly RegressionVerdict[];
  readonly scale: ScaleRecord | null;
  readonly cost: CostRecord | null;
  /** Null where it is not installed: the tables stay. */
  readonly library: PlottingLibrary | null;
}

export function pageOf(parts: PageParts): string {
  const drawn: Chart[] = [];
  const body = sectionsOf(parts, (charts) => chartGrid(charts, drawn, parts.library !== null)).join('\n');
  const { environment, plan } = parts.report;
  const title = `edge-spine bench · ${plan} · ${environment.commit}`;
  const scripts =
    parts.library === null
      ? ''
      : `<script type="application/json" id="charts">${jsonText(drawn)}</script>
<script>${parts.library.script}</script><script>${PAGE_SCRIPT}</script>`;
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${parts.library?.style ?? ''}${PAGE_STYLE}</style></head>
<body><header><div class="wrap"><h1>edge-spine bench: ${escape(plan)}</h1>
<p>${escape(environment.takenAt)} · git ${escape(environment.commit)} · ${environment.cores} cores · node ${escape(environment.node)} · workerd ${escape(environment.workerd)}</p></div></header>
<main class="wrap">
${body}
</main>${scripts}</body></html>
`;
}

type Draw = (charts: readonly Chart[]) => string;

function sectionsOf({ report, regressions, scale, cost, library }: PageParts, draw: Draw): string[] {
  const missing =
    library === null
      ? '<p class="note">Charts need the package uplot (npm ci); the tables hold the same figures.</p>'
      : '';
  return [
    section('Verdict', verdict(report) + tiles(report) + missing),
    ...(regressions.length === 0 ? [] : [section('Against the accepted baseline', regressionTable(regressions))]),
    ...report.trials.map((result) => {
      const { trial } = result;
      const how = trial.load.mode === 'open' ? `open loop at ${trial.load.rate}/s` : 'saturated';
      const note = `${how}, ${inFlightText(trial)}, ${trial.load.seconds} s, ${trial.rounds} round(s) in turn; medians (min..max)`;
      const skipped = Object.entries(result.skipped).map(
        ([name, why]) => `<p class="note">SKIPPED ${escape(name)}: ${escape(why)}</p>`,
      );
      const { headings, rows } = keyFigures(result);
      return section(
        trial.name,
        `<p class="note">${escape(note)}</p>${htmlTable(headings, rows)}${ratios(result)}${skipped.join('')}${draw(chartsOf(result))}`,
      );
    }),
    ...(scale === null
      ? []
      : scale.curves.map((curve) => section(`Scale: ${curve.axis}`, scaleTable(curve) + draw(scaleCharts(curve))))),
    ...(cost === null ? [] : [section('Cost', costTables(cost) + draw(costCharts(billOf(cost.use, cost.prices))))]),
    section('Environment', definitions(report.environment)),
    section('What this run cannot tell', `<ul>${CANNOT_TELL.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`),
  ];
}

function section(title: string, content: string): string {
  return `<section><h2>${escape(title)}</h2>${content}</section>`;
}

/** The columns one looks at first; the Markdown beside the page has them all. */
const KEY_FIGURES = ['', 'done/s', 'p50', 'p99', 'errors', 'cpu ms/tx', 'cpu server', 'RSS MB', 'rows w/tx'];

function keyFigures(result: Report['trials'][number]): { headings: readonly string[]; rows: string[][] } {
  const { headings, rows } = figureTable(result);
  const columns = KEY_FIGURES.map((heading) => headings.indexOf(heading));
  return { headings: KEY_FIGURES, rows: rows.map((row) => columns.map((column) => row[column] ?? '')) };
}

function ratios({ trial, rounds }: Report['trials'][number]): string {
  const lines = trial.baselines
    .filter((name) => rounds[name] !== undefined)
    .map((name) => ratioLine(name, rounds[trial.scenario] ?? [], rounds[name] ?? []));
  return lines.length === 0
    ? ''
    : `<ul>${lines.map((text) => `<li>${escape(text.replace(/^- /, ''))}</li>`).join('')}</ul>`;
}

function verdict({ brokenPromises, invalid, bounds }: Report): string {
  if (brokenPromises > 0) return line('miss', `Promises broken: ${brokenPromises}. No figure below matters.`);
  if (invalid.length > 0) return line('miss', `Result invalid: ${invalid.join('; ')}`);
  const missed = bounds.filter(({ pass }) => !pass).length;
  return missed > 0
    ? line('miss', `${missed} of ${bounds.length} bounds missed`)
    : line('pass', 'Valid; no bound missed');
}

function line(state: string, text: string): string {
  return `<p class="verdict ${state}">${escape(text)}</p>`;
}

function tiles(report: Report): string {
  if (boundTable(report).length === 0) return '';
  const boxes = report.bounds.map(({ text, measured, pass, skipped }) => {
    const state = skipped === undefined ? (pass ? 'pass' : 'miss') : 'skip';
    const figure = skipped === undefined ? (Number.isNaN(measured) ? 'no figure' : String(measured)) : 'skipped';
    const word = { pass: 'pass', miss: 'MISS', skip: 'not measured' }[state];
    return `<div class="tile ${state}"><b>${escape(figure)}</b><span>${escape(text)} · ${word}</span></div>`;
  });
  return `<div class="tiles">${boxes.join('')}</div>`;
}

function regressionTable(regressions: readonly RegressionVerdict[]): string {
  const rows = regressions.map(({ name, accepted, measured, change, state }) => [
    name,
    accepted === null ? '–' : String(accepted),
    measured === null ? '–' : String(measured),
    change === null ? '–' : `${change > 0 ? '+' : ''}${(change * 100).toFixed(1)} %`,
    state === 'crossed' ? 'CROSSED' : state,
  ]);
  return htmlTable(['bound', 'accepted', 'measured', 'for the better', ''], rows);
}

function chartGrid(charts: readonly Chart[], drawn: Chart[], plotted: boolean): string {
  if (charts.length === 0) return '';
  const boxes = charts.map((chart) => {
    const index = drawn.push(chart) - 1;
    const plot = plotted
      ? `<div class="plot" data-chart="${index}" role="img" aria-label="${escape(`${chart.title}. ${chart.note}`)}"></div>`
      : '';
    return `<div class="chart"><h3>${escape(chart.title)}</h3><p class="note">${escape(chart.note)}</p>${plot}
<details${plotted ? '' : ' open'}><summary>as a table</summary>${tableOfChart(chart)}</details></div>`;
  });
  return `<div class="charts">${boxes.join('\n')}</div>`;
}

function definitions(environment: Report['environment']): string {
  const pairs = Object.entries(environment).map(
    ([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(String(value))}</dd>`,
  );
  return `<dl>${pairs.join('')}</dl>`;
}

/** Inside a script element: what would end it is written another way. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
