/** The bill in the report: what a year costs at three loads, and which price line it goes to. */
import type { CostRecord } from '../commands/cost.ts';
import { type Bill, billOf } from '../cost/cost-text.ts';
import { KINDS } from '../cost/model.ts';
import type { Chart } from './charts.ts';
import { escape, htmlTable } from './parts.ts';

export function costTables({ use, prices, takenAt, commit }: CostRecord): string {
  const bill = billOf(use, prices);
  const money = (usd: number): string => `$${Math.round(usd).toLocaleString('en-GB')}`;
  const pounds = (usd: number): number => usd * prices.poundsPerDollar;
  const years = bill.years.map(({ load, density, usd, usdPerMillion }) => [
    `${load.name}, ${density}`,
    money(usd),
    `£${Math.round(pounds(usd)).toLocaleString('en-GB')}`,
    usdPerMillion.toFixed(2),
    pounds(usdPerMillion).toFixed(2),
    `${((pounds(usd) * 100) / prices.seed.savedPoundsPerYear).toFixed(2)} %`,
  ]);
  const millions = KINDS.map((kind) => [
    kind,
    bill.perMillion.alone[kind].toFixed(2),
    pounds(bill.perMillion.alone[kind]).toFixed(2),
    bill.perMillion.loaded[kind].toFixed(2),
    pounds(bill.perMillion.loaded[kind]).toFixed(2),
  ]);
  const note = `Measured ${takenAt}, git ${commit}. ${prices.plan}, list of ${prices.asOf}. "alone": no two operations of a shard share a commit, the upper bound; "loaded": as measured with 64 connections. Storage of 80 M people included. The last column stands beside the £21 M: ${prices.seed.note}.`;
  return `<p class="note">${escape(note)}</p>
${htmlTable(['a year', '$', '£', '$ per million', '£ per million', 'of £21 M'], years)}
${htmlTable(['a million of', '$ alone', '£ alone', '$ loaded', '£ loaded'], millions)}`;
}

export function costCharts(bill: Bill): Chart[] {
  const alone = bill.years.filter(({ density }) => density === 'alone');
  const [first] = alone;
  if (first === undefined) return [];
  return alone.slice(0, 2).map(({ load, lines }) => {
    const spent = lines
      .filter(({ usd }) => usd > 0)
      .toSorted((a, b) => b.usd - a.usd)
      .slice(0, 6);
    return {
      title: `Where the money goes: ${load.name}`,
      note: 'Dollars a year by price line, the six largest; upper bound.',
      kind: 'bars',
      x: { label: '', values: spent.map((_, index) => index), names: spent.map(({ label }) => shortened(label)) },
      y: { label: '$ a year' },
      series: [{ label: '$ a year', values: spent.map(({ usd }) => Math.round(usd)) }],
    };
  });
}

function shortened(label: string): string {
  return label
    .replace('Durable Object', 'DO')
    .replace('rows written', 'writes')
    .replace(/, GB.*$/, '');
}
