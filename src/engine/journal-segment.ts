/**
 * A journal segment, UTF-8, one JSON value a line: header, journal rows as they stand in the table, what the rows do
 * not tell (kept replies, waiting deliveries), end. The end line carries the digest of every byte before it.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Agent } from './record-kind.ts';
import type { JournalRow, KeptReply, OutboxRow } from '../storage/shard/statements.ts';

export const SEGMENT_FORMAT = 1;

export interface SegmentHeader {
  readonly segment: number;
  /** `<actor class>/<number>`. */
  readonly actor: string;
  /** Shards of the class when this was written: rows fit into no other division. */
  readonly shards: number;
  readonly epoch: number;
  readonly first: number;
  /** Hash of the row before `first`. */
  readonly previous: string;
}

export interface SegmentExtras {
  readonly replies: readonly KeptReply[];
  readonly outbox: readonly OutboxRow[];
}

export interface SegmentEnd {
  readonly end: number;
  readonly rows: number;
  readonly hash: string;
  readonly sha256: string;
}

/** One fixed order of names: a row has exactly one text. */
export const rowLine = (row: JournalRow): string =>
  `{"seq":${row.seq},"at":${row.at},"kind":${JSON.stringify(row.kind)},"key":${JSON.stringify(row.key)},"version":${row.version},` +
  `"entry":${JSON.stringify(row.entry)},"body":${JSON.stringify(row.body)},"annex":${JSON.stringify(row.annex)},"hash":"${row.hash}"}`;

export interface Segment {
  readonly bytes: Uint8Array;
  /** Of all of them. */
  readonly sha256: string;
}

const encoder = new TextEncoder();

/** A line at a time: among thousands of rows a few have names beyond Latin-1, and one such makes the slow way of all that it is joined with. */
export const lineBytes = (line: string): Uint8Array => encoder.encode(`${line}\n`);

export function segmentOf(
  header: SegmentHeader,
  rows: readonly Uint8Array[],
  tail: SegmentExtras & { last: number; hash: string },
): Segment {
  const { replies, outbox } = tail;
  const body = Buffer.concat([
    lineBytes(JSON.stringify(header)),
    ...rows,
    lineBytes(JSON.stringify({ replies, outbox })),
  ]);
  const end: SegmentEnd = { end: tail.last, rows: rows.length, hash: tail.hash, sha256: hash('sha256', body, 'hex') };
  const bytes = Buffer.concat([body, lineBytes(JSON.stringify(end))]);
  return { bytes, sha256: hash('sha256', bytes, 'hex') };
}

/** Rows that are lost, and what is known of the last of them. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly hash: string;
  readonly at: number;
}

const MISSING = '{"missing":';
const RESTORED = '{"restore":';

/**
 * The stand-in for lost rows: it carries the hash of the last of them, so that the chain goes on behind it. Reads as an
 * access row that tells of no access, for whoever only follows accesses.
 */
export const standIn = ({ from, to, hash, at }: Missing): JournalRow => ({
  seq: to,
  at,
  kind: 'reads',
  key: '',
  version: 0,
  entry: `${MISSING}${JSON.stringify([from, to])},"agents":[],"accesses":[]}`,
  body: '',
  annex: '',
  hash,
});

/** What a stand-in stands for; null for any other row. */
export function missingIn(row: JournalRow): Missing | null {
  if (!row.entry.startsWith(MISSING)) return null;
  const end = row.entry.indexOf(']');
  const [from, to] = row.entry
    .slice(MISSING.length + 1, end)
    .split(',')
    .map(Number);
  const missing = { from: from ?? Number.NaN, to: to ?? Number.NaN, hash: row.hash, at: row.at };
  const alike = standIn(missing);
  return Object.entries(alike).every(([name, value]) => row[name as keyof JournalRow] === value) ? missing : null;
}

export interface RestoreFacts {
  readonly epoch: number;
  readonly headroom: number;
  readonly missing: readonly Missing[];
}

/** The entry of the row that closes the replay of a restore: only what it names may be missing. */
export const restoreEntry = (facts: RestoreFacts, agent: Agent): string =>
  `${RESTORED}${JSON.stringify(facts)},"agent":${JSON.stringify(agent)},"epoch":${facts.epoch},"digest":"","records":[]}`;

export function restoreIn(row: Pick<JournalRow, 'kind' | 'entry'>): RestoreFacts | null {
  if (row.kind !== 'import' || !row.entry.startsWith(RESTORED)) return null;
  return (JSON.parse(row.entry) as { restore: RestoreFacts }).restore;
}
