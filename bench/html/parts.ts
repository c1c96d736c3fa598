/** Small pieces of HTML: text made safe, and tables. */
import type { Chart } from './charts.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** A table beside a chart is for looking up, not for scrolling. */
const MOST_ROWS = 60;

export function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

const STATES: Readonly<Record<string, string>> = { pass: 'pass', held: 'pass', MISS: 'miss', CROSSED: 'miss' };

export function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = headings.map((heading) => `<th>${escape(heading)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cell(text: string): string {
  const state = STATES[text];
  return `<td${state === undefined ? '' : ` class="${state}"`}>${escape(text)}</td>`;
}

export function tableOfChart({ x, series }: Chart): string {
  const step = Math.max(1, Math.ceil(x.values.length / MOST_ROWS));
  const rows = x.values.flatMap((value, index) => {
    if (index % step !== 0) return [];
    const name = x.names?.[index] ?? (x.label === 'percentile' ? `${percentile(value)} %` : String(value));
    return [[name, ...series.map(({ values }) => figure(values[index]))]];
  });
  return htmlTable([x.label, ...series.map(({ label }) => label)], rows);
}

function percentile(value: number): string {
  return String(Number((100 - 100 / value).toFixed(3)));
}

export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(4)));
}
