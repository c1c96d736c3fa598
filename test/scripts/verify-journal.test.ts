import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GENESIS_HASH, journalHash } from '../../src/engine/journal.ts';
import { lineBytes, restoreEntry, rowLine, segmentOf, standIn } from '../../src/engine/journal-segment.ts';
import { SegmentReader } from '../../src/engine/read-segment.ts';
import { JournalVerifier } from '../../src/engine/verify-journal.ts';
import { measure } from '../../scripts/journal/measure.ts';
import { verifyFile } from '../../scripts/journal/verify-file.ts';
import type { JournalRow } from '../../src/storage/shard/statements.ts';

const RUNS = Number(process.env['VERIFY_RUNS'] ?? 600);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

function journal(count: number): JournalRow[] {
  const rows: JournalRow[] = [];
  let hash = GENESIS_HASH;
  for (let seq = 1; seq <= count; seq++) {
    const row = {
      seq,
      at: 1_800_000_000_000 + seq,
      kind: seq % 4 === 0 ? 'reads' : 'demographics',
      key: `9${seq}`,
      version: seq,
      entry: JSON.stringify({ action: 'patch', requestId: `r${seq}`, agent: { client: 'c' } }),
      body: JSON.stringify({ id: seq, name: 'Zoë \u0001 "O\u2019Neill"', tab: '\t' }),
      annex: seq % 3 === 0 ? '{"a":1}' : '',
    };
    hash = journalHash(hash, row);
    rows.push({ ...row, hash });
  }
  return rows;
}

const ROWS = journal(12);
const HEAD = ROWS.at(-1)?.hash ?? '';
/** What was said about it elsewhere: at its end. */
const ANCHORS = new Map([[12, HEAD]]);

function segments(cuts: readonly number[]): string {
  let text = '';
  let first = 0;
  for (const end of [...cuts, ROWS.length]) {
    const part = ROWS.slice(first, end);
    const previous = ROWS[first - 1]?.hash ?? GENESIS_HASH;
    const header = { segment: 1, actor: 'patient-shard/3', shards: 8, epoch: 1, first: first + 1, previous };
    const last = part.at(-1);
    if (last === undefined) continue;
    const extras = { replies: [], outbox: [], last: last.seq, hash: last.hash };
    const rows = part.map((row) => lineBytes(rowLine(row)));
    text += new TextDecoder().decode(segmentOf(header, rows, extras).bytes);
    first = end;
  }
  return text;
}

/** First bad sequence of a text, null where it is sound. */
function firstBad(text: string, anchors: ReadonlyMap<number, string> = ANCHORS): number | null {
  const reader = new SegmentReader(new JournalVerifier(undefined, anchors));
  for (const line of text.replace(/\n$/, '').split('\n')) reader.line(line);
  reader.finish();
  return reader.verifier.fault?.seq ?? null;
}

const bare = (rows: readonly JournalRow[]): string => rows.map((row) => `${rowLine(row)}\n`).join('');

describe('what was written verifies', () => {
  test('BAK-11 a journal is sound in one segment, in several, and as bare rows', () => {
    for (const text of [segments([]), segments([1]), segments([3, 7, 11]), bare(ROWS)])
      expect(firstBad(text)).toBeNull();
  });
});

describe('the first bad sequence after any fault', () => {
  test('BAK-11 one byte changed anywhere in the text is found at its row', () => {
    const text = segments([5]);
    const bytes = Buffer.from(text);
    // Which row each byte stands in: header before it, replies and end behind it.
    const lines = text.split('\n');
    const rowOf: number[] = [];
    const headers = new Set<number>();
    let last = 0;
    for (const line of lines) {
      const seq = line.startsWith('{"seq":') ? Number(/^\{"seq":(\d+)/.exec(line)?.[1]) : null;
      const place = seq ?? (line.startsWith('{"segment"') ? last + 1 : last);
      if (seq !== null) last = seq;
      else for (let at = 0; at <= Buffer.byteLength(line); at++) headers.add(rowOf.length + at);
      rowOf.push(...Array.from({ length: Buffer.byteLength(line) + 1 }, () => place));
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const spoilt = Buffer.from(bytes);
        spoilt[at] = ((spoilt[at] ?? 0) + by) % 256;
        const bad = firstBadOfBytes(spoilt);
        expect(bad, `byte ${at} changed by ${by}`).not.toBeNull();
        const row = rowOf[at] ?? 0;
        // A line's end may show at the next line; what is changed in a header shows at its first row or at its segment's end.
        expect([row, row + 1, ...(headers.has(at) ? [row <= 5 ? 5 : 12] : [])]).toContain(bad);
      }),
      { numRuns: RUNS * 4, seed: SEED },
    );
  });

  test('BAK-11 one character changed in any column of any row is found exactly there', () => {
    const columns = ['kind', 'key', 'entry', 'body', 'annex', 'hash'] as const;
    fc.assert(
      fc.property(
        fc.nat(11),
        fc.constantFrom(...columns),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
        (index, column, at, other) => {
          const row = ROWS[index] as JournalRow;
          const value = row[column];
          const place = at % (value.length + 1);
          const changed = value.slice(0, place) + other.toWellFormed() + value.slice(place + 1);
          fc.pre(changed !== value);
          expect(firstBad(bare(ROWS.with(index, { ...row, [column]: changed })))).toBe(index + 1);
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
    for (const column of ['at', 'version', 'seq'] as const) {
      for (const [index, row] of ROWS.entries())
        expect(firstBad(bare(ROWS.with(index, { ...row, [column]: row[column] + 1 })))).toBe(index + 1);
    }
  });

  test('BAK-11 rows deleted are found where they stood', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.integer({ min: 1, max: 12 }), (from, count) => {
        expect(firstBad(bare(ROWS.toSpliced(from, count)))).toBe(from + 1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test('BAK-11 two rows exchanged are found at the first of them', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.nat(11), (a, b) => {
        fc.pre(a !== b);
        const exchanged = ROWS.with(a, ROWS[b] as JournalRow).with(b, ROWS[a] as JournalRow);
        expect(firstBad(bare(exchanged))).toBe(Math.min(a, b) + 1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test('BAK-11 a row doubled, inserted or put back from elsewhere is found', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.nat(11), (from, to) => {
        expect(firstBad(bare(ROWS.toSpliced(to, 0, ROWS[from] as JournalRow)))).not.toBeNull();
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test('BAK-11 a truncated journal is found at the first row that is gone, by its anchor', () => {
    for (let length = 0; length < 12; length++) {
      expect(firstBad(bare(ROWS.slice(0, length)))).toBe(length + 1);
      // The chain alone does not know how long it was.
      if (length > 0) expect(firstBad(bare(ROWS.slice(0, length)), new Map())).toBeNull();
    }
  });

  test('BAK-11 a segment cut at any byte is found, also without an anchor', () => {
    const bytes = Buffer.from(segments([5]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length - 2 }), (length) => {
        const whole = bytes.subarray(0, length).toString('utf8').split('\n').at(-2)?.startsWith('{"end":5');
        fc.pre(whole !== true || bytes[length - 1] !== 10);
        expect(firstBadOfBytes(bytes.subarray(0, length), new Map())).not.toBeNull();
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test('BAK-11 a journal written anew from some row on contradicts its anchor', () => {
    for (let from = 0; from < 12; from++) {
      const forged = ROWS.slice(0, from);
      let hash = forged.at(-1)?.hash ?? GENESIS_HASH;
      for (const row of ROWS.slice(from)) {
        const other = { ...row, body: row.body.replace('Zo', 'Jo') };
        hash = journalHash(hash, other);
        forged.push({ ...other, hash });
      }
      expect(firstBad(bare(forged))).toBe(12);
      expect(firstBad(bare(forged), new Map([...ANCHORS, [6, ROWS[5]?.hash ?? '']]))).toBe(from < 6 ? 6 : 12);
    }
  });
});

describe('what a restore declared lost', () => {
  const missing = { from: 4, to: 6, hash: ROWS[5]?.hash ?? '', at: 5 };
  const agent = { client: 'operator', mode: 'restore', rights: [] };
  const told = (named: readonly (typeof missing)[]): JournalRow[] => {
    const rows = [...ROWS.slice(0, 3), standIn(missing), ...ROWS.slice(6)];
    const entry = restoreEntry({ epoch: 2, headroom: 10, missing: named }, agent);
    const row = { seq: 13, at: 9, kind: 'import', key: 'restore/2', version: 0, entry, body: '', annex: '' };
    return [...rows, { ...row, hash: journalHash(HEAD, row) }];
  };

  test('BAK-08 is no fault, and is named', () => {
    const verifier = new JournalVerifier(undefined, ANCHORS);
    for (const row of told([missing])) verifier.add(row);
    verifier.finish();
    expect([verifier.fault, verifier.missing]).toEqual([null, [missing]]);
  });

  test('BAK-08 is a fault where no restore names it, or names another', () => {
    expect(firstBad(bare(told([])))).toBe(4);
    expect(firstBad(bare(told([{ ...missing, at: 6 }])))).toBe(4);
    expect(firstBad(bare(told([{ ...missing, from: 5 }])))).toBe(4);
  });
});

test('BAK-12 files are read in pieces: a line may be longer than a piece, and a million rows need no more memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-spine-verify-'));
  try {
    const file = join(folder, 'journal.ndjson');
    await writeFile(file, segments([2, 9]));
    expect(await verifyFile([file], ANCHORS)).toMatchObject({ rows: 12, anchors: 1, fault: null });
    await writeFile(file, Buffer.concat([Buffer.from(bare(ROWS.slice(0, 7))), Buffer.from([0xff, 0xfe, 0x0a])]));
    expect((await verifyFile([file])).fault).toEqual({ seq: 8, reason: 'unreadable' });
  } finally {
    await rm(folder, { recursive: true });
  }
  const measured = await measure(20_000);
  expect(measured.verdict).toMatchObject({ rows: 20_000, fault: null });
  // Fourteen megabytes went through.
  expect(measured.megabytes).toBeGreaterThan(10);
});

/** As the command reads it: what is no UTF-8 is an unreadable line. */
function firstBadOfBytes(bytes: Uint8Array, anchors: ReadonlyMap<number, string> = ANCHORS): number | null {
  const reader = new SegmentReader(new JournalVerifier(undefined, anchors));
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] !== 10) continue;
    if (at === bytes.length && at === start) break;
    let line = '';
    try {
      line = decoder.decode(bytes.subarray(start, at));
    } catch {
      // Stays empty.
    }
    reader.line(line);
    start = at + 1;
  }
  reader.finish();
  return reader.verifier.fault?.seq ?? null;
}
