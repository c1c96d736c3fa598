/** Curves over size: throughput, latency, memory and the like against one axis. */
import type { ScaleCurve } from '../scale/record.ts';
import type { Chart } from './charts.ts';
import { escape, figure, htmlTable } from './parts.ts';

/** Which figures share a chart: those of one unit. Figures of no group stand in the table only. */
const GROUPS = [
  { title: 'throughput', y: 'done per second', names: /\/s$/ },
  { title: 'latency', y: 'ms', names: / p99 ms$| p50 ms$/ },
  { title: 'CPU per transaction', y: 'ms', names: /cpu ms$/ },
  { title: 'memory', y: 'MB', names: /MB$/ },
  { title: 'cold shard', y: 'ms', names: /^(cold|warm) .*ms$/ },
] as const;
/** Axes whose points are multiples of each other. */
const LOGARITHMIC = new Set(['patients', 'shards', 'connections', 'body']);

export function scaleTable({ label, points, findings }: ScaleCurve): string {
  const names = Object.keys(points[0]?.figures ?? {});
  const rows = points.map(({ at, figures }) => [
    at.toLocaleString('en-GB'),
    ...names.map((name) => figure(figures[name])),
  ]);
  const lines = findings.map(({ text, pass }) => {
    const state = pass === null ? '' : pass ? ' class="pass"' : ' class="miss"';
    return `<li><span${state}>${escape(pass === false ? `MISS: ${text}` : text)}</span></li>`;
  });
  return `${lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`}${htmlTable([label, ...names], rows)}`;
}

export function scaleCharts({ axis, label, points }: ScaleCurve): Chart[] {
  if (points.length < 2) return [];
  const names = Object.keys(points[0]?.figures ?? {});
  return GROUPS.flatMap(({ title, y, names: wanted }): Chart[] => {
    const chosen = names.filter((name) => wanted.test(name) && points.some(({ figures }) => figures[name] !== null));
    if (chosen.length === 0) return [];
    return [
      {
        title: `${title} against ${label}`,
        note: LOGARITHMIC.has(axis) ? 'Logarithmic axis: equal steps are equal factors.' : '',
        kind: 'line',
        x: { label, values: points.map(({ at }) => at), log: LOGARITHMIC.has(axis) },
        y: { label: y },
        series: chosen.map((name) => ({ label: name, values: points.map(({ figures }) => figures[name] ?? null) })),
      },
    ];
  });
}
