/** Scale curves as text: one table a curve, findings first. */
import type { ScaleCurve, ScaleRecord } from './record.ts';

export function scaleMarkdown({ curves, takenAt, commit, command }: ScaleRecord): string {
  return ['# Scale', '', `${takenAt}, git ${commit}, \`${command}\``, '', ...curves.map(curveText)].join('\n');
}

export function curveText({ axis, label, points, findings }: ScaleCurve): string {
  const names = Object.keys(points[0]?.figures ?? {});
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = points.map(({ at, figures }) =>
    line([at.toLocaleString('en-GB'), ...names.map((name) => figureText(figures[name]))]),
  );
  return [
    `## ${axis}`,
    ...findings.map(({ text, pass }) => `- ${pass === null ? '' : pass ? 'pass: ' : 'MISS: '}${text}`),
    '',
    line([label, ...names]),
    line(['---', ...names.map(() => '---')]),
    ...rows,
    '',
  ].join('\n');
}

function figureText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(4)));
}
