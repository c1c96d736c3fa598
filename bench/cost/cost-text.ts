/** The bill as a page: what a transaction uses, what a million cost, what a year costs, and beside what it stands. */
import {
  type Density,
  keptJournalPerYear,
  type Kind,
  KINDS,
  LOADS,
  type MeasuredUse,
  perMillion,
  SHARDS,
  SHARES,
  type YearCost,
  yearCost,
} from './model.ts';
import type { Prices } from './prices.ts';

export interface Bill {
  readonly years: readonly YearCost[];
  readonly perMillion: Readonly<Record<Density, Readonly<Record<Kind, number>>>>;
}

const DENSITIES: readonly Density[] = ['alone', 'loaded'];

export function billOf(use: MeasuredUse, prices: Prices): Bill {
  const millions = (density: Density): Record<Kind, number> => ({
    read: perMillion('read', use, density, prices),
    search: perMillion('search', use, density, prices),
    change: perMillion('change', use, density, prices),
  });
  return {
    years: LOADS.flatMap((load) => DENSITIES.map((density) => yearCost(load, use, density, prices))),
    perMillion: { alone: millions('alone'), loaded: millions('loaded') },
  };
}

export function costMarkdown(use: MeasuredUse, prices: Prices): string {
  const bill = billOf(use, prices);
  const worst = bill.years.find(({ load, density }) => load === LOADS[0] && density === 'alone');
  return [
    '# Cost',
    '',
    `${prices.plan}; list of ${prices.asOf}, read ${prices.readOn}. £1 = $${(1 / prices.poundsPerDollar).toFixed(2)} (${prices.poundsPerDollarNote}).`,
    '',
    '`alone`: no two operations of a shard share a commit, as on thousands of shards: the upper bound. `loaded`: as measured with',
    '64 connections on a few shards, where reads of a turn share one audit row.',
    '',
    '## What one transaction uses (measured)',
    ...table(
      ['', 'CPU ms', 'actor requests', 'rows read', 'rows written', 'bytes grown'],
      DENSITIES.flatMap((density) =>
        KINDS.map((kind) => {
          const { cpuMs, actorRequests, actorRowsRead, actorRowsWritten, grownBytes } = use.kinds[density][kind];
          const figures = [
            cpuMs.toFixed(3),
            actorRequests.toFixed(2),
            actorRowsRead.toFixed(1),
            actorRowsWritten.toFixed(2),
          ];
          return [`${kind}, ${density}`, ...figures, grownBytes.toFixed(0)];
        }),
      ),
    ),
    '',
    `A person at rest: ${use.bytesPerPersonActors.toFixed(0)} bytes in the actors, ${use.bytesPerPersonD1.toFixed(0)} in D1.`,
    '',
    '## A million transactions (beyond what the plan includes; duration and storage are in the years below)',
    ...table(
      ['', ...DENSITIES.flatMap((density) => [`${density} $`, '£'])],
      KINDS.map((kind) => [kind, ...DENSITIES.flatMap((density) => money(bill.perMillion[density][kind], prices))]),
    ),
    '',
    `## A year (${percentages()}; ${SHARDS.toLocaleString('en-GB')} shards; storage of 80 M people and of half a year's journal included)`,
    ...table(
      ['load', '', '$ a year', '£ a year', '$ per million', '£ per million', 'of the £21 M saved'],
      bill.years.map((year) => yearRow(year, prices)),
    ),
    '',
    '## Where the money goes (alone)',
    ...table(['', ...LOADS.map(({ name }) => name)], lineRows(bill.years.filter(({ density }) => density === 'alone'))),
    '',
    `Each further year of journal and audit kept adds, every year after: ${LOADS.map(
      (load) => `${dollars(keptJournalPerYear(load, use, 'alone', prices))} (${load.name})`,
    ).join(', ')}.`,
    '',
    `Beside it: ${prices.seed.note}. At the launch load this bill is ${worst === undefined ? '-' : share(worst.usd, prices)} of that figure.`,
    '',
    'Prices: ' + Object.values(prices.sources).join(', '),
    '',
  ].join('\n');
}

function yearRow(year: YearCost, prices: Prices): string[] {
  const { load, density, usd, usdPerMillion } = year;
  return [
    load.name,
    density,
    dollars(usd),
    pounds(usd * prices.poundsPerDollar),
    usdPerMillion.toFixed(2),
    (usdPerMillion * prices.poundsPerDollar).toFixed(2),
    share(usd, prices),
  ];
}

function lineRows(years: readonly YearCost[]): string[][] {
  const labels = years[0]?.lines.map(({ label }) => label) ?? [];
  return labels.map((label, index) => [label, ...years.map(({ lines }) => dollars(lines[index]?.usd ?? 0))]);
}

function share(usd: number, prices: Prices): string {
  return `${((usd * prices.poundsPerDollar * 100) / prices.seed.savedPoundsPerYear).toFixed(2)} %`;
}

function money(usd: number, prices: Prices): string[] {
  return [usd.toFixed(2), (usd * prices.poundsPerDollar).toFixed(2)];
}

function percentages(): string {
  return KINDS.map((kind) => `${(SHARES[kind] * 100).toFixed(0)} % ${kind}`).join(', ');
}

function dollars(value: number): string {
  return `$${Math.round(value).toLocaleString('en-GB')}`;
}

function pounds(value: number): string {
  return `£${Math.round(value).toLocaleString('en-GB')}`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}
