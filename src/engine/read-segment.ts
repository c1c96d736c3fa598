/** Reads the text of a segment line by line and verifies it on the way; a damaged line is a value, never an exception. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { rowLine, SEGMENT_FORMAT } from './journal-segment.ts';
import type { SegmentEnd, SegmentExtras, SegmentHeader } from './journal-segment.ts';
import { BEGINNING, JournalVerifier } from './verify-journal.ts';
import type { Position } from './verify-journal.ts';
import type { JournalRow } from '../storage/shard/statements.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const NUMBERS = ['seq', 'at', 'version'] as const;
const TEXTS = ['kind', 'key', 'entry', 'body', 'annex', 'hash'] as const;

function isRow(value: Record<string, unknown>): boolean {
  for (const name of NUMBERS) if (typeof value[name] !== 'number') return false;
  for (const name of TEXTS) if (typeof value[name] !== 'string') return false;
  return true;
}

/**
 * The row that a line tells of, or null. What a row says is proved by its hash; here only other spellings of the same
 * are refused, and writing a line anew is dear: spaces show at both ends, another escape only where there is one.
 */
export function rowOf(line: string): JournalRow | null {
  const value = parsed(line);
  if (value === null || !isRow(value)) return null;
  const row = value as unknown as JournalRow;
  const framed =
    line.startsWith(`{"seq":${row.seq},"at":${row.at},"kind":"`) && line.endsWith(`","hash":"${row.hash}"}`);
  return framed && (!line.includes('\\u') || rowLine(row) === line) ? row : null;
}

/**
 * Follows the lines of one segment after the other, or of bare rows. Hands on what it reads, so that a file of any size
 * needs the memory of one line.
 */
export class SegmentReader {
  readonly verifier: JournalVerifier;
  header: SegmentHeader | null = null;
  extras: SegmentExtras | null = null;
  segments = 0;
  readonly #onRow: ((row: JournalRow) => void) | undefined;
  #digest: Hash | null = null;
  #begun = false;
  #rowsBefore = 0;

  constructor(verifier = new JournalVerifier(), onRow?: (row: JournalRow) => void) {
    this.verifier = verifier;
    this.#onRow = onRow;
  }

  /** True between two segments, where a file may end. */
  get closed(): boolean {
    return this.#digest === null;
  }

  line(line: string): void {
    if (this.verifier.fault !== null) return;
    const digest = this.#digest;
    if (line.startsWith('{"seq":')) this.#row(line);
    else if (line.startsWith('{"segment":') && digest === null) this.#open(line);
    else if (line.startsWith('{"replies":') && digest !== null) this.#more(line);
    else if (line.startsWith('{"end":') && digest !== null) return this.#close(line, digest);
    else this.#bad();
    this.#digest?.update(`${line}\n`);
  }

  /** To be called behind the last line. */
  finish(): void {
    if (!this.closed) this.#bad('truncated');
    this.verifier.finish();
  }

  #bad(reason: 'unreadable' | 'truncated' = 'unreadable'): void {
    this.verifier.fail(this.verifier.position.seq + 1, reason);
  }

  #open(line: string): void {
    const value = parsed(line);
    const sound = value !== null && value['segment'] === SEGMENT_FORMAT && JSON.stringify(value) === line;
    if (!sound) return this.#bad();
    this.header = value as unknown as SegmentHeader;
    const { seq, hash } = this.verifier.position;
    if (this.header.first !== seq + 1) return this.verifier.fail(seq + 1, 'sequence');
    if (this.header.previous !== hash) return this.verifier.fail(seq + 1, 'hash');
    this.#digest = createHash('sha256');
    this.#begun = true;
    this.#rowsBefore = this.verifier.rows;
    this.extras = null;
  }

  #row(line: string): void {
    const row = rowOf(line);
    if (row === null || (this.#begun && this.closed) || this.extras !== null) return this.#bad();
    this.verifier.add(row);
    if (this.verifier.fault === null) this.#onRow?.(row);
  }

  #more(line: string): void {
    const value = parsed(line);
    if (value === null || !Array.isArray(value['replies']) || !Array.isArray(value['outbox'])) return this.#bad();
    this.extras = value as unknown as SegmentExtras;
  }

  #close(line: string, digest: Hash): void {
    const end = parsed(line) as SegmentEnd | null;
    const { seq, hash } = this.verifier.position;
    const rows = this.verifier.rows - this.#rowsBefore;
    const sound =
      end !== null && end.end === seq && end.hash === hash && end.rows === rows && JSON.stringify(end) === line;
    // The rows follow from each other: what is wrong stands beside them, at the segment's end.
    if (!sound || this.extras === null || end.sha256 !== digest.digest('hex'))
      return this.verifier.fail(seq, 'unreadable');
    this.#digest = null;
    this.extras = null;
    this.segments++;
  }
}

export interface ReadSegment extends SegmentExtras {
  readonly header: SegmentHeader;
  readonly rows: readonly JournalRow[];
}

/** A segment that follows on `start`, or why it does not. */
export function readSegment(text: string, start: Position = BEGINNING): ReadSegment | { readonly fault: number } {
  const rows: JournalRow[] = [];
  const reader = new SegmentReader(new JournalVerifier(start), (row) => rows.push(row));
  let extras: SegmentExtras | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    extras = reader.extras ?? extras;
    reader.line(line);
  }
  reader.finish();
  const { header, verifier } = reader;
  if (verifier.fault !== null || header === null || extras === null)
    return { fault: verifier.fault?.seq ?? start.seq + 1 };
  return { header, rows, replies: extras.replies, outbox: extras.outbox };
}
