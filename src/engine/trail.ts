/**
 * The journal as auditors read it: newest first, one entry for every access and every change, and the check of its chain.
 * Reads in bounded pieces, so that a long look back never holds the shard.
 */
import { BEGINNING, JournalVerifier } from './verify-journal.ts';
import type { Agent } from './record-kind.ts';
import type { ShardState } from './shard-state.ts';
import type { TrailRow } from '../storage/shard/trail-statements.ts';

/** Journal positions that one call looks at: some ten milliseconds. */
export const SCAN_ROWS = 20_000;
/** Rows that one call checks the chain of. */
export const VERIFY_ROWS = 2_000;

/** A place in the journal: the row, and the access within a packed row. */
export interface TrailPlace {
  readonly seq: number;
  readonly index: number;
}

export interface TrailQuery {
  /** Records; absent: all. */
  readonly key?: string;
  /** Only entries of agents with these. */
  readonly user?: string;
  readonly organization?: string;
  /** Milliseconds since 1970; `since` inclusive, `until` exclusive. */
  readonly since: number;
  readonly until: number;
  /** Only what lies before this place. */
  readonly before?: TrailPlace;
  readonly limit: number;
}

export interface TrailEntry extends TrailPlace {
  readonly at: number;
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  /** `found`, `accepted`, `moved`, or the code of the refusal. */
  readonly outcome: string;
  readonly version: number;
  readonly requestId: string;
  readonly agent: Agent;
}

export interface TrailPage {
  /** `<actor class>/<shard>` */
  readonly source: string;
  readonly entries: readonly TrailEntry[];
  /** Everything down to this place has been looked at; null: everything asked for. */
  readonly frontier: (TrailPlace & { readonly at: number }) | null;
}

export function readTrail(shard: ShardState, query: TrailQuery): TrailPage {
  const { className, shard: number } = shard.ports.actor;
  const source = `${className}/${number}`;
  const first = positionAt(shard, query.since);
  const last = Math.min(positionAt(shard, query.until) - 1, query.before?.seq ?? Infinity, shard.journal.head.seq);
  const entries: TrailEntry[] = [];
  if (last < first) return { source, entries, frontier: null };
  const from = Math.max(first, last - SCAN_ROWS + 1);
  const rows = shard.statements.trail({ from, to: last, ...wordsOf(query) }, query.limit + 1);
  for (const row of rows) {
    if (entries.length >= query.limit) break;
    entries.push(...entriesOf(row).filter((entry) => isAsked(entry, query)));
  }
  const kept = entries.slice(0, query.limit);
  const oldest = kept.at(-1);
  if (oldest !== undefined && kept.length === query.limit) return { source, entries: kept, frontier: placeOf(oldest) };
  const lowest = rows.length > query.limit ? rows.at(-1) : from > first ? shard.statements.journalTime(from) : null;
  const frontier = lowest === null || lowest === undefined ? null : { at: lowest.at, seq: lowest.seq, index: 0 };
  return { source, entries: kept, frontier };
}

const placeOf = ({ at, seq, index }: TrailEntry) => ({ at, seq, index });

/** The first position written at or after a moment: the clock of a shard never goes back. */
function positionAt(shard: ShardState, at: number): number {
  let low = 1;
  let high = shard.journal.head.seq + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = shard.statements.journalTime(middle);
    if (row === null || row.at >= at) high = middle;
    else low = row.seq + 1;
  }
  return low;
}

function wordsOf({ key = '', user, organization }: TrailQuery) {
  return {
    key,
    keyWord: JSON.stringify(key),
    firstWord: user === undefined ? '' : `"user":${JSON.stringify(user)}`,
    secondWord: organization === undefined ? '' : `"organization":${JSON.stringify(organization)}`,
  };
}

const isAsked = (entry: TrailEntry, { key, user, organization, before }: TrailQuery): boolean =>
  (key === undefined || entry.key === key) &&
  (user === undefined || entry.agent.user === user) &&
  (organization === undefined || entry.agent.organization === organization) &&
  (before === undefined || entry.seq < before.seq || entry.index < before.index);

interface PackedRow {
  readonly agents: readonly Agent[];
  readonly accesses: readonly (readonly [string, string, string, string, number, string, number])[];
}

interface ChangeRow {
  readonly agent: Agent;
  readonly action: string;
  readonly requestId: string;
  readonly records?: readonly (readonly [kind: string, key: string, version: number])[];
}

const NOBODY: Agent = { client: 'unknown', mode: 'unknown', rights: [] };

/** Newest first. */
function entriesOf({ seq, at, kind, key, version, entry }: TrailRow): readonly TrailEntry[] {
  if (kind === 'reads') {
    const { accesses, agents } = JSON.parse(entry) as PackedRow;
    return accesses
      .map(([recordKind, recordKey, action, outcome, seen, requestId, agent], index) => ({
        seq,
        index,
        at,
        kind: recordKind,
        key: recordKey,
        action,
        outcome,
        version: seen,
        requestId,
        agent: agents[agent] ?? NOBODY,
      }))
      .toReversed();
  }
  const change = JSON.parse(entry) as ChangeRow;
  const told = { seq, at, agent: change.agent, outcome: 'accepted' };
  if (change.records === undefined) {
    return [{ ...told, index: 0, kind, key, action: change.action, version, requestId: change.requestId }];
  }
  return change.records
    .map(([recordKind, recordKey, stored], index) => ({
      ...told,
      index,
      kind: recordKind,
      key: recordKey,
      action: 'import',
      version: stored,
      requestId: '',
    }))
    .toReversed();
}

export interface ChainReport {
  readonly source: string;
  /** Rows checked by this call. */
  readonly checked: number;
  /** Where the chain broke first; null: nowhere. */
  readonly brokenAt: number | null;
  /** Position and hash to go on from; null: the head was reached. */
  readonly next: { readonly seq: number; readonly hash: string } | null;
  readonly head: { readonly seq: number; readonly hash: string };
}

/**
 * Follows the chain behind a position whose hash is known, or from the beginning, as `verify-journal` does; what a restore
 * declared lost breaks nothing.
 */
export function verifyChain(shard: ShardState, after: { seq: number; hash: string } | null): ChainReport {
  const { className, shard: number } = shard.ports.actor;
  const { head } = shard.journal;
  const verifier = new JournalVerifier(after ?? BEGINNING);
  const rows = shard.statements.journalAfter(verifier.position.seq, VERIFY_ROWS);
  for (const row of rows) verifier.add(row);
  const { seq, hash } = verifier.position;
  // The end must be the one that the shard remembers: rows cut off at the end leave a chain that is sound in itself.
  if (rows.length < VERIFY_ROWS && (seq !== head.seq || hash !== head.hash)) verifier.fail(seq + 1, 'truncated');
  const brokenAt = verifier.fault?.seq ?? null;
  return {
    source: `${className}/${number}`,
    checked: verifier.rows,
    brokenAt,
    next: brokenAt === null && seq < head.seq ? { seq, hash } : null,
    head,
  };
}
