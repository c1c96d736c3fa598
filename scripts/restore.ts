/**
 * `npm run restore`: brings shards back from journal segments in R2 and record copies in D1, step by step, and reports what is
 * missing. A restore that was interrupted goes on where it was. What was restored takes work again at once.
 */
import {
  operatorPages,
  parseArgs,
  runScript,
  TARGET_OPTIONS,
  TARGET_USAGE,
  WrongUse,
} from './journal/operator-pages.ts';
import type { OperatorPages, ShardName } from './journal/operator-pages.ts';

const USAGE = `npm run restore -- --class NAME --shard N | --all [options]
${TARGET_USAGE}
  --all                every shard of every class
  --wipe               throw away what the shards hold; without it only empty shards are restored
  --headroom N         versions that the first change of a record skips (default 10000)
  --json               print the reports as JSON lines
Exit codes: 0 everything is back, 1 something is missing (it is named), 2 wrong use, 3 the server did not do it.`;

interface Report extends ShardName {
  readonly phase: 'begun' | 'segments' | 'copies' | 'done';
  readonly epoch: number;
  readonly headroom: number;
  readonly segments: number;
  readonly rows: number;
  readonly sequence: number;
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly why: string }[];
  readonly anchors: { readonly met: number; readonly unsigned: number; readonly contradicted: number };
  readonly copiesTaken: number;
  readonly copiesBehind: number;
  readonly importsLost: number;
  readonly deliveries: number;
}

async function restoreShard(pages: OperatorPages, name: ShardName, wish: Record<string, unknown>): Promise<Report> {
  for (;;) {
    const report = await pages.post<Report>('/operator/restore', { ...name, ...wish });
    if (report.phase === 'done') return report;
  }
}

const isWhole = ({ gaps, anchors, importsLost }: Report): boolean =>
  gaps.length === 0 && anchors.contradicted === 0 && importsLost === 0;

function tell(report: Report): void {
  const { gaps, anchors } = report;
  console.log(
    `${report.class}/${report.shard}: epoch ${report.epoch}, ${report.rows} journal rows of ${report.segments} segments, ${anchors.met} anchors met, ` +
      `${report.copiesTaken} records from copies, ${report.copiesBehind} copies to renew, ${report.deliveries} deliveries to repeat`,
  );
  for (const { from, to, why } of gaps) console.log(`  MISSING journal rows ${from} to ${to}: ${why}`);
  if (anchors.contradicted > 0) console.log(`  ${anchors.contradicted} segments are not what was anchored`);
  if (anchors.unsigned > 0)
    console.log(`  ${anchors.unsigned} anchors bear no signature we know and were not believed`);
  if (report.importsLost > 0)
    console.log(`  MISSING ${report.importsLost} imported records: import their source again`);
}

await runScript(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...TARGET_OPTIONS,
      all: { type: 'boolean', default: false },
      wipe: { type: 'boolean', default: false },
      headroom: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (!values.all && values.class === undefined) throw new WrongUse('say --class, or --all');
  if (values.headroom !== undefined && !/^\d{1,9}$/.test(values.headroom))
    throw new WrongUse('--headroom is a whole number');
  const pages = await operatorPages(values);
  const wish = {
    ...(values.wipe ? { wipe: true } : {}),
    ...(values.headroom === undefined ? {} : { headroom: Number(values.headroom) }),
  };
  let whole = true;
  for (const name of await pages.shards(values)) {
    const report = await restoreShard(pages, name, wish);
    whole &&= isWhole(report);
    if (values.json) console.log(JSON.stringify(report));
    else tell(report);
  }
  return whole ? 0 : 1;
});
