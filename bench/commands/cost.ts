/** `npm run bench -- cost`: measures what each kind of transaction uses and turns it into dollars and pounds. */
import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { billOf, costMarkdown } from '../cost/cost-text.ts';
import type { MeasuredUse } from '../cost/model.ts';
import { measureUse } from '../cost/measure-use.ts';
import { type Prices, readPrices } from '../cost/prices.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { fingerprint } from '../fingerprint.ts';
import { count, UsageError } from '../options.ts';
import { preferGenerator } from '../priority.ts';
import { REPORTS, runFolder } from '../report.ts';
import { SEARCH_SHARE, WRITE_SHARE } from '../scenarios/national-mix.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { startChildServer } from '../targets/child-server.ts';
import { operatorKeyIn, PRODUCT_SCRIPT, subjectAt } from '../targets/open-targets.ts';
import { DEFAULT_SHARDS } from '../../scripts/start/options.ts';

const USAGE = `npm run bench -- cost [--population N] [--seconds N] [--from cost.json] [--pounds-per-dollar X] [--out DIR]
  --population N         people loaded; their bytes are scaled to 80 M (default 20000)
  --seconds N            per kind and density, six in all (default 8)
  --from FILE            counts an earlier run's use anew, with today's price file, without measuring`;

export const COST_FORMAT = 1;

/** What a cost run leaves; `report` reads it again. */
export interface CostRecord {
  readonly format: typeof COST_FORMAT;
  readonly takenAt: string;
  readonly commit: string;
  readonly use: MeasuredUse;
  readonly prices: Prices;
}

export async function costCommand(args: readonly string[]): Promise<number> {
  const wishes = wishesOf(args);
  if (wishes === null) {
    console.log(USAGE);
    return EXIT.ok;
  }
  const environment = fingerprint(args, preferGenerator());
  const measured = wishes.from === undefined ? await measureHere(wishes) : { use: await useIn(wishes.from), broken: 0 };
  const { takenAt, commit } = environment;
  const record: CostRecord = { format: COST_FORMAT, takenAt, commit, use: measured.use, prices: wishes.prices };
  const folder = wishes.out ?? join(REPORTS, runFolder(environment));
  await mkdir(folder, { recursive: true });
  const page = costMarkdown(record.use, record.prices);
  await writeFile(join(folder, 'cost.md'), page);
  await writeFile(
    join(folder, 'cost.json'),
    `${JSON.stringify({ ...record, bill: billOf(record.use, record.prices) }, null, 1)}\n`,
  );
  console.log(`${page}\n  ${join(folder, 'cost.json')}`);
  return exitCodeOf({ brokenPromises: measured.broken, invalidResults: 0, missedBounds: 0 });
}

interface Wishes {
  readonly population: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly from: string | undefined;
  readonly out: string | undefined;
  readonly prices: Prices;
}

function wishesOf(args: readonly string[]): Wishes | null {
  const { values } = parsed(args);
  if (values.help) return null;
  const prices = readPrices();
  const pounds = values['pounds-per-dollar'];
  const poundsPerDollar = pounds === undefined ? prices.poundsPerDollar : Number(pounds);
  if (!(poundsPerDollar > 0)) throw new UsageError('--pounds-per-dollar is a number such as 0.76');
  return {
    population: count('population', values.population),
    seconds: count('seconds', values.seconds),
    warmup: count('warmup', values.warmup),
    from: values.from,
    out: values.out,
    prices: { ...prices, poundsPerDollar },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        population: { type: 'string', default: '20000' },
        seconds: { type: 'string', default: '8' },
        warmup: { type: 'string', default: '2' },
        from: { type: 'string' },
        'pounds-per-dollar': { type: 'string' },
        out: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function measureHere({ population, seconds, warmup }: Wishes): Promise<{ use: MeasuredUse; broken: number }> {
  const args = ['--population', String(population), '--shards', String(DEFAULT_SHARDS), '--quiet'];
  const server = await startChildServer(PRODUCT_SCRIPT, args);
  stopOnSignal(server);
  try {
    const subject = subjectAt(server.url, { token: undefined, operatorKey: operatorKeyIn(server.data) }, server.pid);
    const scenario = { population, shards: DEFAULT_SHARDS, searchShare: SEARCH_SHARE, writeShare: WRITE_SHARE };
    const { use, measurements } = await measureUse(subject, server.data, { scenario, seconds, warmup });
    for (const { scenario: name, figures } of measurements) {
      if (figures.errors > 0) console.error(`${name}: ${JSON.stringify(figures.errorKinds)}`);
    }
    return { use, broken: measurements.reduce((sum, { figures }) => sum + figures.broken, 0) };
  } finally {
    await server.stop();
  }
}

async function useIn(file: string): Promise<MeasuredUse> {
  // narrow border: a file that this command wrote
  const record = JSON.parse(await readFile(file, 'utf8')) as CostRecord;
  if (record.format !== COST_FORMAT) throw new UsageError(`${file} is no cost record of format ${COST_FORMAT}`);
  return record.use;
}
