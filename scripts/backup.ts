/**
 * `npm run backup`: brings what is kept apart from the shards up to now – journal segments and anchors in R2, record copies in
 * D1 – and says how far each shard is. With --export the segments are fetched into a folder as well.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { operatorPages, parseArgs, runScript, TARGET_OPTIONS, TARGET_USAGE } from './journal/operator-pages.ts';
import type { OperatorPages, ShardName } from './journal/operator-pages.ts';

const USAGE = `npm run backup -- [options]
${TARGET_USAGE}
  --export DIR         also fetch the segments: one file a shard, as verify-journal reads it
Exit codes: 0 all up to date, 1 some copies are not, 2 wrong use, 3 the server did not do it.`;

interface Facts extends ShardName {
  readonly seq: number;
  readonly hash: string;
  readonly epoch: number;
  readonly records: number;
  readonly copied: boolean;
}

async function exportShard(pages: OperatorPages, name: ShardName, folder: string): Promise<number> {
  const at = `class=${name.class}&shard=${name.shard}&at=`;
  const firsts: number[] = [];
  for (let after = 0; ;) {
    const { segments } = (await (await pages.get(`/operator/segments?${at}${after}`)).json()) as {
      segments: { first: number }[];
    };
    if (segments.length === 0) break;
    firsts.push(...segments.map(({ first }) => first));
    after = firsts.at(-1) ?? after;
  }
  if (firsts.length === 0) return 0;
  const file = createWriteStream(join(folder, `${name.class}-${String(name.shard).padStart(6, '0')}.ndjson`));
  for (const first of firsts) {
    file.write(await (await pages.get(`/operator/segment?${at}${first}`)).text());
  }
  await new Promise<void>((resolve) => file.end(resolve));
  return firsts.length;
}

await runScript(USAGE, async () => {
  const { values } = parseArgs({ options: { ...TARGET_OPTIONS, export: { type: 'string' } } });
  const pages = await operatorPages(values);
  if (values.export !== undefined) await mkdir(values.export, { recursive: true });
  let behind = 0;
  let rows = 0;
  for (const name of await pages.shards(values)) {
    const facts = await pages.post<Facts>('/operator/backup', name);
    rows += facts.seq;
    if (!facts.copied) behind++;
    const segments =
      values.export === undefined ? '' : `, ${await exportShard(pages, name, values.export)} segments exported`;
    if (facts.seq > 0)
      console.log(
        `${name.class}/${name.shard}: epoch ${facts.epoch}, journal to ${facts.seq} (${facts.hash.slice(0, 12)}…), ${facts.records} records${facts.copied ? '' : ', COPIES BEHIND'}${segments}`,
      );
  }
  console.log(`backed up: ${rows} journal rows${behind === 0 ? '' : `; ${behind} shards' copies are behind`}`);
  return behind === 0 ? 0 : 1;
});
