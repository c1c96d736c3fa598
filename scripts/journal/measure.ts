/** A journal of many rows, made up and written to a temporary file: how long does it take to verify, and in how much memory? */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GENESIS_HASH, journalHash } from '../../src/engine/journal.ts';
import { rowLine } from '../../src/engine/journal-segment.ts';
import { verifyFile } from './verify-file.ts';
import type { Verdict } from './verdict.ts';

/** About what one change of a small record leaves, and after every four changes a packed row of accesses. */
const BODY = JSON.stringify({
  resourceType: 'Patient',
  name: [{ given: ['Zoë'], family: 'O’Neill' }],
  note: 'x'.repeat(350),
});
const ENTRY = JSON.stringify({
  action: 'patch-patient',
  epoch: 1,
  requestId: 'r',
  agent: { client: 'c', mode: 'm', rights: [] },
});
const ACCESSES = JSON.stringify({
  agents: [],
  accesses: Array.from({ length: 5 }, (_, at) => ['demographics', `k${at}`, 'get', 'found', 1]),
});

export interface Measured {
  readonly verdict: Verdict;
  readonly seconds: number;
  readonly megabytes: number;
  /** Growth of the process while it verified. */
  readonly grownMegabytes: number;
}

export async function measure(rows: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-spine-journal-'));
  try {
    const file = join(folder, 'journal.ndjson');
    const bytes = await write(file, rows);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const verdict = await verifyFile([file]);
    const seconds = (performance.now() - began) / 1000;
    const grown = (process.memoryUsage().rss - before) / 1e6;
    return { verdict, seconds, megabytes: bytes / 1e6, grownMegabytes: Math.max(0, grown) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(file: string, rows: number): Promise<number> {
  const stream = createWriteStream(file, { highWaterMark: 1 << 20 });
  let previous = GENESIS_HASH;
  let bytes = 0;
  for (let seq = 1; seq <= rows; seq++) {
    const reads = seq % 5 === 0;
    const unsealed = {
      seq,
      at: 1_800_000_000_000 + seq,
      kind: reads ? 'reads' : 'demographics',
      key: reads ? '' : `k${seq % 1000}`,
      version: reads ? 0 : seq,
      entry: reads ? ACCESSES : ENTRY,
      body: reads ? '' : BODY,
      annex: '',
    };
    previous = journalHash(previous, unsealed);
    const line = `${rowLine({ ...unsealed, hash: previous })}\n`;
    bytes += Buffer.byteLength(line);
    if (!stream.write(line)) await new Promise<void>((resolve) => void stream.once('drain', resolve));
  }
  await new Promise<void>((resolve) => stream.end(resolve));
  return bytes;
}
