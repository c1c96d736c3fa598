/**
 * Follows a journal row by row and names the first sequence at which it is not what was written. Knows the journal's
 * own chain and, where anchors are given, what was said about it elsewhere. Needs memory for one row only.
 */
import { GENESIS_HASH, journalHash } from './journal.ts';
import { missingIn, restoreIn } from './journal-segment.ts';
import type { Missing } from './journal-segment.ts';
import type { JournalRow } from '../storage/shard/statements.ts';

export type FaultReason =
  /** Not the next sequence: rows are gone, doubled or out of place. */
  | 'sequence'
  /** The row is not what its hash was made of, or the row before it is not. */
  | 'hash'
  /** The line cannot be read as what was written. */
  | 'unreadable'
  /** A signed anchor says otherwise. */
  | 'anchor'
  /** An anchor tells of more than there is. */
  | 'truncated'
  /** Rows are missing that no restore names. */
  | 'undeclared';

export interface Fault {
  readonly seq: number;
  readonly reason: FaultReason;
}

export interface Position {
  readonly seq: number;
  readonly hash: string;
  /** Stand-ins met so far that no restore has named yet. */
  readonly unnamed?: readonly Missing[];
}

const same = (a: Missing, b: Missing): boolean =>
  a.from === b.from && a.to === b.to && a.hash === b.hash && a.at === b.at;

export const BEGINNING: Position = { seq: 0, hash: GENESIS_HASH };

export class JournalVerifier {
  #seq: number;
  #hash: string;
  #rows = 0;
  #fault: Fault | null = null;
  #anchorsSeen = 0;
  readonly #missing: Missing[] = [];
  /** Stand-ins that no restore has named yet. */
  #unnamed: readonly Missing[];
  readonly #anchors: Map<number, string>;

  /** `anchors`: hash by sequence. */
  constructor(start: Position = BEGINNING, anchors: ReadonlyMap<number, string> = new Map()) {
    this.#seq = start.seq;
    this.#hash = start.hash;
    this.#unnamed = start.unnamed ?? [];
    this.#anchors = new Map([...anchors].filter(([seq]) => seq > start.seq));
  }

  get position(): Position {
    return { seq: this.#seq, hash: this.#hash, unnamed: this.#unnamed };
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  get rows(): number {
    return this.#rows;
  }

  get anchorsSeen(): number {
    return this.#anchorsSeen;
  }

  /** Ranges that a restore declared lost. They break nothing, and whoever looks must know of them. */
  get missing(): readonly Missing[] {
    return this.#missing;
  }

  add(row: JournalRow): void {
    if (this.#fault !== null) return;
    const missing = missingIn(row);
    const expected = this.#seq + 1;
    if (missing !== null) this.#standIn(missing);
    else if (row.seq !== expected) this.fail(expected, 'sequence');
    else if (journalHash(this.#hash, row) !== row.hash) this.fail(expected, 'hash');
    if (this.#fault !== null) return;
    this.#seq = row.seq;
    this.#hash = row.hash;
    this.#rows++;
    this.#compare(row.seq, row.hash);
    const restored = restoreIn(row);
    if (restored !== null)
      this.#unnamed = this.#unnamed.filter((one) => !restored.missing.some((named) => same(named, one)));
  }

  /** The next row could not even be read, or something around it is wrong. */
  fail(seq: number, reason: FaultReason): void {
    this.#fault ??= { seq, reason };
  }

  /** To be called behind the last row: every anchor must have been met. */
  finish(): void {
    const [undeclared] = this.#unnamed;
    if (undeclared !== undefined) this.fail(undeclared.from, 'undeclared');
    const [beyond] = [...this.#anchors.keys()].toSorted((a, b) => a - b);
    if (beyond !== undefined) this.fail(this.#seq + 1, 'truncated');
  }

  #standIn(missing: Missing): void {
    const { from, to } = missing;
    if (from !== this.#seq + 1 || to < from) this.fail(this.#seq + 1, 'sequence');
    this.#missing.push(missing);
    this.#unnamed = [...this.#unnamed, missing];
    // Anchors of what is lost cannot be compared any more, but the one at its end.
    for (const seq of this.#anchors.keys()) if (seq >= from && seq < to) this.#anchors.delete(seq);
  }

  #compare(seq: number, hash: string): void {
    const said = this.#anchors.get(seq);
    if (said === undefined) return;
    this.#anchors.delete(seq);
    this.#anchorsSeen++;
    if (said !== hash) this.fail(seq, 'anchor');
  }
}
