/** The price file: one dated set of list prices with their sources. What a bill is made of stands there and nowhere else. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PriceLine {
  readonly label: string;
  readonly per: number;
  readonly usd: number;
  readonly includedPerMonth: number;
}

export type LineName =
  | 'workerRequests'
  | 'cpuMilliseconds'
  | 'actorRequests'
  | 'actorGigabyteSeconds'
  | 'actorRowsRead'
  | 'actorRowsWritten'
  | 'actorGigabyteMonths'
  | 'd1RowsRead'
  | 'd1RowsWritten'
  | 'd1GigabyteMonths';

export interface Prices {
  readonly asOf: string;
  readonly readOn: string;
  readonly plan: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly subscriptionPerMonth: number;
  readonly lines: Readonly<Record<LineName, PriceLine>>;
  readonly poundsPerDollar: number;
  readonly poundsPerDollarNote: string;
  readonly seed: { readonly savedPoundsPerYear: number; readonly note: string };
}

export const PRICE_FILE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'prices.json');

export function readPrices(file = PRICE_FILE): Prices {
  // narrow border: our own file, held to its shape by a test
  return JSON.parse(readFileSync(file, 'utf8')) as Prices;
}
