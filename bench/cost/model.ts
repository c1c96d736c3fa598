/**
 * From what a transaction uses to what a year costs. Pure: measured use and prices in, dollars out. Every figure that
 * was not measured is a named constant with its reason, and is chosen so that the bill errs upwards.
 */
import type { LineName, Prices } from './prices.ts';

export type Kind = 'read' | 'search' | 'change';

/** Measured, per finished transaction. */
export interface KindUse {
  readonly cpuMs: number;
  readonly actorRequests: number;
  readonly actorRowsRead: number;
  readonly actorRowsWritten: number;
  /** What the actors' databases grew by. */
  readonly grownBytes: number;
}

export type Density = 'alone' | 'loaded';

export interface MeasuredUse {
  /** `alone`: no two operations of a shard share a turn, as on thousands of shards. `loaded`: as many share as will. */
  readonly kinds: Readonly<Record<Density, Readonly<Record<Kind, KindUse>>>>;
  readonly bytesPerPersonActors: number;
  readonly bytesPerPersonD1: number;
}

/** Of a hundred transactions; the shares of the scenario national-mix. */
export const SHARES: Readonly<Record<Kind, number>> = { read: 0.76, search: 0.04, change: 0.2 };

/** Copy, index row, and for three changes in ten (addresses) one search word taken out and one put in. */
const D1_ROWS_PER_CHANGE = 2.6;
/** Search words probed and index rows looked at; its price is 0.1 % of a written row's. */
const D1_ROWS_PER_SEARCH = 100;
/** One coarse alarm set and run per change, if changes of a shard come further apart than the alarm's grain. */
const ALARMS_PER_LONE_CHANGE = 1;
/** An actor is billed while it works or waits: a read for a turn and a reply, a change until it is copied to D1. */
const ACTIVE_SECONDS: Readonly<Record<Kind, number>> = { read: 0.03, search: 0.05, change: 1.2 };
const ACTOR_GIGABYTES = 0.128;
const SECONDS_PER_YEAR = 365.25 * 86_400;
const MONTHS = 12;
const GIGABYTE = 1e9;

export interface YearLoad {
  readonly name: string;
  readonly transactions: number;
}

/** The launch of the new Spine, today's month, and ten times that. A message counts as a transaction. */
export const LOADS: readonly YearLoad[] = [
  { name: 'launch, 2.6 bn a year', transactions: 2.6e9 },
  { name: 'today, 1.3 bn a month', transactions: 15.6e9 },
  { name: 'ten times today', transactions: 156e9 },
];

export const PEOPLE = 80e6;
export const SHARDS = 4096;

export type Quantities = Readonly<Partial<Record<LineName, number>>>;

/** Quantities of one transaction of a kind; duration apart, since shards that are busy anyway add none. */
export function perTransaction(kind: Kind, use: KindUse, density: Density): Quantities {
  const alarms = kind === 'change' && density === 'alone' ? ALARMS_PER_LONE_CHANGE : 0;
  return {
    workerRequests: 1,
    cpuMilliseconds: use.cpuMs,
    actorRequests: use.actorRequests + alarms,
    actorRowsRead: use.actorRowsRead,
    actorRowsWritten: use.actorRowsWritten + alarms,
    d1RowsRead: kind === 'search' ? D1_ROWS_PER_SEARCH : 0,
    d1RowsWritten: kind === 'change' ? D1_ROWS_PER_CHANGE : 0,
  };
}

/** Every actor's billed seconds in a year: overlapping work is billed once, so it saturates at all shards all year. */
export function gigabyteSeconds(transactions: number, shards: number): number {
  const perShardSecond = transactions / SECONDS_PER_YEAR / shards;
  const busy = KINDS.reduce((sum, kind) => sum + SHARES[kind] * ACTIVE_SECONDS[kind], 0) * perShardSecond;
  return shards * (1 - Math.exp(-busy)) * ACTOR_GIGABYTES * SECONDS_PER_YEAR;
}

export const KINDS = ['read', 'search', 'change'] as const;

export interface CostLine {
  readonly label: string;
  readonly quantity: number;
  readonly usd: number;
}

export interface YearCost {
  readonly load: YearLoad;
  readonly density: Density;
  readonly lines: readonly CostLine[];
  readonly usd: number;
  readonly usdPerMillion: number;
}

/** Dollars per million transactions of a kind beyond what is included, without duration and storage. */
export function perMillion(kind: Kind, use: MeasuredUse, density: Density, prices: Prices): number {
  const quantities = perTransaction(kind, use.kinds[density][kind], density);
  return sum(
    entries(quantities).map(([name, quantity]) => (quantity * 1e6 * prices.lines[name].usd) / prices.lines[name].per),
  );
}

export function yearCost(load: YearLoad, use: MeasuredUse, density: Density, prices: Prices): YearCost {
  const totals = new Map<LineName, number>();
  const add = (name: LineName, quantity: number): void => void totals.set(name, (totals.get(name) ?? 0) + quantity);
  let grownBytes = 0;
  for (const kind of KINDS) {
    const count = load.transactions * SHARES[kind];
    const measured = use.kinds[density][kind];
    for (const [name, quantity] of entries(perTransaction(kind, measured, density))) add(name, quantity * count);
    grownBytes += measured.grownBytes * count;
  }
  add('actorGigabyteSeconds', gigabyteSeconds(load.transactions, SHARDS));
  // Journal and audit grow evenly, so half of the year's growth is stored on average.
  add('actorGigabyteMonths', ((PEOPLE * use.bytesPerPersonActors + grownBytes / 2) / GIGABYTE) * MONTHS);
  add('d1GigabyteMonths', ((PEOPLE * use.bytesPerPersonD1) / GIGABYTE) * MONTHS);
  const lines = [...totals].map(([name, quantity]) => costLine(name, quantity, prices));
  lines.push({ label: 'Subscription', quantity: MONTHS, usd: prices.subscriptionPerMonth * MONTHS });
  const usd = sum(lines.map((line) => line.usd));
  return { load, density, lines, usd, usdPerMillion: usd / (load.transactions / 1e6) };
}

/** What another year of kept journal and audit adds to every year after it. */
export function keptJournalPerYear(load: YearLoad, use: MeasuredUse, density: Density, prices: Prices): number {
  const bytes = sum(KINDS.map((kind) => load.transactions * SHARES[kind] * use.kinds[density][kind].grownBytes));
  return (bytes / GIGABYTE) * MONTHS * prices.lines.actorGigabyteMonths.usd;
}

function costLine(name: LineName, quantity: number, prices: Prices): CostLine {
  const { label, per, usd, includedPerMonth } = prices.lines[name];
  const billed = Math.max(0, quantity - includedPerMonth * MONTHS);
  return { label, quantity, usd: (billed / per) * usd };
}

function entries(quantities: Quantities): [LineName, number][] {
  // narrow border: the keys of the type are the keys of the object
  return Object.entries(quantities) as [LineName, number][];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
