/**
 * `npm run verify-journal`: finds the first place at which a journal is not what was written. Reads files of NDJSON (segments, or
 * bare rows), the data folder of a stopped local system, or asks the shards of a running one to look at themselves.
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
import { verifyFile } from './journal/verify-file.ts';
import type { Verdict } from './journal/verdict.ts';
import { sentence } from './journal/verdict.ts';

const USAGE = `npm run verify-journal -- FILE… | --local DIR | --measure ROWS | [options]
  FILE…                NDJSON: exported segments of one shard, in order, or bare journal rows
  --local DIR          the data folder of a stopped local system: every shard's own tables, against the anchors
  --measure ROWS       make up a journal of so many rows and verify it: prints the time it took
${TARGET_USAGE}
Without FILE and --local the shards of the running system look at themselves, against the anchors.
Exit codes: 0 sound, 1 a fault was found (the first bad sequence is named), 2 wrong use, 3 the server did not answer.`;

interface Step {
  readonly position: { readonly seq: number; readonly hash: string };
  readonly rows: number;
  readonly fault: Verdict['fault'];
  readonly anchors: { readonly met: number; readonly unsigned: number };
  readonly missing: readonly { readonly from: number; readonly to: number }[];
  readonly done: boolean;
}

async function verifyShard(pages: OperatorPages, name: ShardName): Promise<Verdict> {
  let rows = 0;
  let anchors = 0;
  const missing: { from: number; to: number }[] = [];
  for (let after: Step['position'] | undefined; ;) {
    const step: Step = await pages.post('/operator/verify-journal', after === undefined ? name : { ...name, after });
    rows += step.rows;
    anchors += step.anchors.met;
    missing.push(...step.missing);
    after = step.position;
    if (step.done) return { name: `${name.class}/${name.shard}`, rows, anchors, fault: step.fault, missing };
  }
}

async function measured(rows: number): Promise<number> {
  if (!Number.isSafeInteger(rows) || rows < 1) throw new WrongUse('--measure is a number of rows');
  const { measure } = await import('./journal/measure.ts');
  const { verdict, seconds, megabytes, grownMegabytes } = await measure(rows);
  console.log(sentence(verdict));
  console.log(
    `${verdict.rows} rows, ${megabytes.toFixed(0)} MB in ${seconds.toFixed(1)} s (${Math.round(verdict.rows / seconds)}/s); the process grew by ${grownMegabytes.toFixed(0)} MB`,
  );
  return verdict.fault === null && verdict.rows === rows ? 0 : 1;
}

await runScript(USAGE, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...TARGET_OPTIONS, local: { type: 'string' }, measure: { type: 'string' } },
  });
  if (values.measure !== undefined) return measured(Number(values.measure));
  const began = performance.now();
  const verdicts: Verdict[] = [];
  const judge = (verdict: Verdict): void => {
    verdicts.push(verdict);
    if (verdict.rows > 0 || verdict.fault !== null) console.log(sentence(verdict));
  };
  if (positionals.length > 0) judge(await verifyFile(positionals));
  else if (values.local !== undefined) {
    const { verifyFolder } = await import('./journal/verify-folder.ts');
    (await verifyFolder(values.local)).forEach(judge);
  } else {
    const pages = await operatorPages(values);
    for (const name of await pages.shards(values)) judge(await verifyShard(pages, name));
  }
  const rows = verdicts.reduce((sum, one) => sum + one.rows, 0);
  const faults = verdicts.filter(({ fault }) => fault !== null).length;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${rows} rows in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)}/s), ${faults === 0 ? 'sound' : `${faults} journals with a fault`}`,
  );
  return faults === 0 ? 0 : 1;
});
