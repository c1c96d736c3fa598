/**
 * Brings a shard back from the vault, in steps that may be repeated after a crash: empty → segments → copies → open.
 * The journal comes back row by row with the hashes it had; what is lost is stood in for and named, never hidden. The
 * epoch rises, and the first change of every record skips the versions that may have been given out and lost.
 */
import { GENESIS_HASH, Journal } from './journal.ts';
import { restoreEntry, standIn } from './journal-segment.ts';
import type { Missing } from './journal-segment.ts';
import { RESTORE_COPIES, RESTORE_SEGMENTS, VERSION_HEADROOM } from './limits.ts';
import { readSegment } from './read-segment.ts';
import type { ReadSegment } from './read-segment.ts';
import { importedRecords } from './snapshot.ts';
import { relist } from './lists.ts';
import type { Agent, RecordKind } from './record-kind.ts';
import type { ShardState } from './shard-state.ts';
import type { JournalRow, OutboxRow, RecordRow } from '../storage/shard/statements.ts';
import type { Anchor, RecordCopy, SegmentFacts, Vault } from './vault.ts';

export interface RestoreWish {
  /** Throws away what the shard holds. Without it only an empty shard is restored. */
  readonly wipe?: boolean;
  readonly headroom?: number;
  readonly agent: Agent;
}

export interface RestoreReport {
  /** Begun: everything is thrown away, and so must the instance be that remembers it. */
  readonly phase: 'begun' | 'segments' | 'copies' | 'done';
  readonly epoch: number;
  readonly headroom: number;
  readonly segments: number;
  /** Journal rows that came back. */
  readonly rows: number;
  /** Up to where the journal is known: rows, and stand-ins for what the anchors tell of. */
  readonly sequence: number;
  /** What is lost, by sequence, with the reason. */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly why: Loss }[];
  readonly anchors: { readonly met: number; readonly unsigned: number; readonly contradicted: number };
  /** Records taken from the national copy because the journal did not hold them, or not so new. */
  readonly copiesTaken: number;
  /** Records whose copy was older than the journal: copied anew. */
  readonly copiesBehind: number;
  /** Records that an import brought in and that are nowhere any more. */
  readonly importsLost: number;
  /** Deliveries that waited when the newest segment was written; they are made again. */
  readonly deliveries: number;
}

/** Missing: no segment. Damaged: a segment that is not what was written. Unshipped: only an anchor tells of it. */
type Loss = 'missing' | 'damaged' | 'unshipped';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface RestoreState extends Mutable<Omit<RestoreReport, 'gaps'>> {
  hash: string;
  at: number;
  /** Last sequence that the vault holds a segment for, and its hash: shipping goes on behind it. */
  shipped: { seq: number; hash: string };
  gaps: { from: number; to: number; why: Loss }[];
  missing: Missing[];
  copyAfter: [kind: string, key: string];
  outbox: readonly OutboxRow[];
  agent: Agent;
}

export type RestoreAnswer = RestoreReport | { readonly refused: 'not-empty' | 'no-vault' };

const STATE = 'restore';

export class Restore {
  readonly #shard: ShardState;
  readonly #kinds: readonly RecordKind<unknown>[];

  constructor(shard: ShardState, kinds: readonly RecordKind<unknown>[]) {
    this.#shard = shard;
    this.#kinds = kinds;
  }

  /** Does the next part of the work. After `done` the instance must be given up: its memory knows nothing of it. */
  async step(wish: RestoreWish): Promise<RestoreAnswer> {
    const { vault } = this.#shard.ports;
    if (!vault) return { refused: 'no-vault' };
    const state = this.#resume();
    if (state === null) return this.#begin(wish);
    if (state.phase === 'segments') await this.#segments(vault, state);
    else if (state.phase === 'copies') await this.#copies(vault, state);
    return reportOf(state);
  }

  #resume(): RestoreState | null {
    const stored = this.#shard.statements.meta(STATE);
    return stored === null ? null : (JSON.parse(stored) as RestoreState);
  }

  #begin({ wipe = false, headroom = VERSION_HEADROOM, agent }: RestoreWish): RestoreAnswer {
    const { statements } = this.#shard;
    if (!wipe && (statements.journalHead() !== null || statements.countRecords() > 0)) {
      return { refused: 'not-empty' };
    }
    const state: RestoreState = {
      phase: 'segments',
      epoch: 0,
      headroom,
      segments: 0,
      rows: 0,
      sequence: 0,
      hash: GENESIS_HASH,
      at: 0,
      shipped: { seq: 0, hash: GENESIS_HASH },
      gaps: [],
      missing: [],
      anchors: { met: 0, unsigned: 0, contradicted: 0 },
      copiesTaken: 0,
      copiesBehind: 0,
      importsLost: 0,
      deliveries: 0,
      copyAfter: ['', ''],
      outbox: [],
      agent,
    };
    // The epoch that was reached here may be higher than any that was shipped.
    state.epoch = this.#shard.lane.epoch;
    statements.transaction(() => {
      statements.empty();
      this.#shard.close('restoring');
      this.#keep(state);
    });
    return { ...reportOf(state), phase: 'begun' };
  }

  #keep(state: RestoreState): void {
    this.#shard.statements.setMeta(STATE, JSON.stringify(state));
  }

  async #segments(vault: Vault, state: RestoreState): Promise<void> {
    const said = await vault.anchors(state.shipped.seq);
    const anchors = new Map(said.filter(({ signed }) => signed).map(({ anchor }) => [anchor.seq, anchor]));
    state.anchors = { ...state.anchors, unsigned: said.filter(({ signed }) => !signed).length };
    const facts = await vault.segments(state.shipped.seq, RESTORE_SEGMENTS);
    for (const [index, one] of facts.entries()) {
      await this.#segment(vault, { state, anchors, facts: one, next: facts[index + 1] });
    }
    if (facts.length < RESTORE_SEGMENTS) this.#endOfSegments(state, anchors);
  }

  async #segment(
    vault: Vault,
    work: {
      state: RestoreState;
      anchors: ReadonlyMap<number, Anchor>;
      facts: SegmentFacts;
      next: SegmentFacts | undefined;
    },
  ): Promise<void> {
    const { state, anchors, facts } = work;
    const text = await vault.segment(facts.first);
    const header = text === null ? null : previousOf(text);
    this.#shard.statements.transaction(() => {
      if (facts.first > state.sequence + 1) {
        const end = facts.first - 1;
        const hash = anchors.get(end)?.hash ?? header ?? facts.hash;
        this.#lose(state, { from: state.sequence + 1, to: end, hash, at: state.at }, 'missing');
      }
      const read =
        text === null ? { fault: facts.first } : readSegment(text, { seq: state.sequence, hash: state.hash });
      const anchor = anchors.get(facts.last);
      const contradicted = !('fault' in read) && anchor !== undefined && anchor.hash !== read.rows.at(-1)?.hash;
      if (contradicted) state.anchors = { ...state.anchors, contradicted: state.anchors.contradicted + 1 };
      if ('fault' in read || contradicted) {
        const range = { from: facts.first, to: facts.last, hash: anchor?.hash ?? facts.hash, at: state.at };
        this.#lose(state, range, text === null ? 'missing' : 'damaged');
      } else {
        if (anchor !== undefined) state.anchors = { ...state.anchors, met: state.anchors.met + 1 };
        this.#replay(state, read);
      }
      state.epoch = Math.max(state.epoch, facts.epoch);
      state.shipped = { seq: facts.last, hash: state.hash };
      this.#keep(state);
    });
  }

  #lose(state: RestoreState, missing: Missing, why: Loss): void {
    this.#shard.statements.appendJournal(standIn(missing));
    state.missing.push(missing);
    state.gaps.push({ from: missing.from, to: missing.to, why });
    state.sequence = missing.to;
    state.hash = missing.hash;
  }

  #replay(state: RestoreState, { header, rows, replies, outbox }: ReadSegment): void {
    const { statements, clock } = this.#shard;
    if (header.shards !== Number(statements.meta('shards'))) {
      throw new Error(`this journal was written by one of ${header.shards} shards`);
    }
    const newest = new Map<string, JournalRow>();
    for (const row of rows) {
      statements.appendJournal(row);
      if (row.kind !== 'reads' && row.kind !== 'import') newest.set(`${row.kind}/${row.key}`, row);
    }
    for (const row of newest.values()) this.#put({ ...row, ...epochOf(row), deleted: false });
    const now = clock.now();
    for (const reply of replies) if (reply.expires > now) statements.replaceReply(reply);
    const last = rows.at(-1);
    state.segments++;
    state.rows += rows.length;
    state.sequence = last?.seq ?? state.sequence;
    state.hash = last?.hash ?? state.hash;
    state.at = last?.at ?? state.at;
    state.outbox = outbox;
  }

  /** False where as new a version is held. */
  #put(copy: RecordCopy): boolean {
    const { statements } = this.#shard;
    const held = statements.record(copy.kind, copy.key);
    if (held && !isNewer(copy, held)) return false;
    const { version, epoch, body, annex } = copy;
    const row = { version, epoch, body, annex, deleted: copy.deleted ? 1 : 0 };
    if (held) statements.updateRecord(held.id, row);
    else statements.insertRecord(copy.kind, copy.key, row);
    return true;
  }

  /** What no segment holds, an anchor may still tell of; then the journal itself tells of the restore. */
  #endOfSegments(state: RestoreState, anchors: ReadonlyMap<number, Anchor>): void {
    this.#shard.statements.transaction(() => {
      const beyond = Math.max(...anchors.keys(), 0);
      const anchor = anchors.get(beyond);
      if (anchor !== undefined && beyond > state.sequence) {
        this.#lose(state, { from: state.sequence + 1, to: beyond, hash: anchor.hash, at: state.at }, 'unshipped');
        state.epoch = Math.max(state.epoch, anchor.epoch);
      }
      state.phase = 'copies';
      this.#keep(state);
    });
  }

  async #copies(vault: Vault, state: RestoreState): Promise<void> {
    const names = this.#kinds.map(({ name }) => name);
    const copies = await vault.copies(names, state.copyAfter, RESTORE_COPIES);
    const { statements } = this.#shard;
    statements.transaction(() => {
      const taken: RecordCopy[] = [];
      for (const copy of copies) {
        state.epoch = Math.max(state.epoch, copy.epoch);
        const held = statements.record(copy.kind, copy.key);
        if (this.#put(copy)) taken.push(copy);
        else if (held && isNewer(held, copy)) state.copiesBehind++;
      }
      state.copiesTaken += taken.length;
      if (taken.length > 0) this.#tellTaken(state, taken);
      const last = copies.at(-1);
      if (last !== undefined) state.copyAfter = [last.kind, last.key];
      if (copies.length < RESTORE_COPIES) this.#open(state);
      else this.#keep(state);
    });
  }

  /** In the form of an import, so that the change feed and the snapshot know what to do with them. */
  #tellTaken(state: RestoreState, taken: readonly RecordCopy[]): void {
    const records = taken.map(({ kind, key, version }) => [kind, key, version]);
    const entry = JSON.stringify({ agent: state.agent, epoch: state.epoch, digest: '', records });
    this.#append(state, `copies/${state.copyAfter.join('/')}`, entry);
  }

  #append(state: RestoreState, key: string, entry: string): void {
    const journal = new Journal(this.#shard.statements, { seq: state.sequence, hash: state.hash });
    state.at = Math.max(this.#shard.clock.now(), state.at);
    journal.append({ at: state.at, kind: 'import', key, version: 0, entry, body: '', annex: '' });
    state.sequence = journal.head.seq;
    state.hash = journal.head.hash;
  }

  #open(state: RestoreState): void {
    const { statements } = this.#shard;
    state.epoch += 1;
    state.phase = 'done';
    state.importsLost = this.#importsLost();
    state.deliveries = state.outbox.length;
    const { epoch, headroom, missing, agent } = state;
    this.#append(state, `restore/${epoch}`, restoreEntry({ epoch, headroom, missing }, agent));
    for (const row of state.outbox) statements.restoreOutbox(row);
    for (const kind of this.#kinds) this.#relistAll(kind);
    statements.setMeta('lane', JSON.stringify({ phase: 'live', master: 'ours', epoch }));
    statements.setMeta('headroom', String(headroom));
    statements.setMeta('actor', `${this.#shard.ports.actor.className}/${this.#shard.ports.actor.shard}`);
    statements.setMeta('shipped', JSON.stringify(state.shipped));
    statements.deleteMeta(STATE);
    statements.deleteMeta('closed');
  }

  #importsLost(): number {
    const { statements } = this.#shard;
    let lost = 0;
    for (let after = 0; ;) {
      const step = statements.importsAfter(after, 50);
      for (const { seq, entry } of step) {
        after = seq;
        for (const [kind, key, version] of importedRecords(entry)) {
          if ((statements.record(kind, key)?.version ?? 0) < version) lost++;
        }
      }
      if (step.length === 0) return lost;
    }
  }

  #relistAll(kind: RecordKind<unknown>): void {
    if (!kind.lists) return;
    const { statements } = this.#shard;
    for (let after = ''; ;) {
      const step = statements.recordsAfter(kind.name, after, 200);
      for (const { key, ...stored } of step) {
        after = key;
        relist(statements, { kind, key, before: null, after: kind.decode(stored) });
      }
      if (step.length === 0) return;
    }
  }
}

const isNewer = (a: Pick<RecordRow, 'epoch' | 'version'>, b: Pick<RecordRow, 'epoch' | 'version'>): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version);

const epochOf = ({ entry }: JournalRow): { readonly epoch: number } => {
  const { epoch } = JSON.parse(entry) as { epoch?: number };
  return { epoch: epoch ?? 1 };
};

/** The hash before a segment, out of its header alone: what is behind it may be damaged. */
function previousOf(text: string): string | null {
  const found = /"previous":"([0-9a-f]{64})"\}$/.exec(text.slice(0, text.indexOf('\n')));
  return found?.[1] ?? null;
}

function reportOf(state: RestoreState): RestoreReport {
  const { phase, epoch, headroom, segments, rows, sequence, gaps, anchors } = state;
  const { copiesTaken, copiesBehind, importsLost, deliveries } = state;
  const journal = { phase, epoch, headroom, segments, rows, sequence, gaps, anchors };
  return { ...journal, copiesTaken, copiesBehind, importsLost, deliveries };
}
