/**
 * Copies the newest version of every dirty record to the national store, in bulk and coalesced: a record written a
 * hundred times between two passes is copied once. Nothing is sent before it is durable (the output gate), a pass that
 * fails is tried again later, and a write never waits for any of it.
 *
 * The bookmark says: everything up to this journal position has been copied. After a crash the dirty set is read back
 * from the journal behind it; copying a record twice is harmless, because the national store keeps the newest version.
 */
import {
  SNAPSHOT_BATCH,
  SNAPSHOT_DELAY_MS,
  SNAPSHOT_RETRY_MAX_MS,
  SNAPSHOT_RETRY_MS,
  SNAPSHOT_TIMEOUT_MS,
} from './limits.ts';
import { within } from './within.ts';
import type { SnapshotRecord } from './ports.ts';
import type { ShardState } from './shard-state.ts';
import type { WakeUps } from './wake-ups.ts';

interface Dirty {
  readonly kind: string;
  readonly key: string;
  /** Journal position of the newest change. */
  readonly seq: number;
  /** When the first change since the last copy was made. */
  readonly since: number;
}

const WAKE_UP = 'snapshot';

export class Snapshot {
  readonly #shard: ShardState;
  readonly #wakeUps: WakeUps;
  readonly #dirty = new Map<string, Dirty>();
  #pass: Promise<void> | null = null;
  #timerSet = false;
  #failures = 0;
  #bookmark: number;
  /** Whether the bookmark of the tables is the one in memory. */
  #noted = true;

  constructor(shard: ShardState, wakeUps: WakeUps) {
    this.#shard = shard;
    this.#wakeUps = wakeUps;
    this.#bookmark = Number(shard.statements.meta('bookmark') ?? 0);
    wakeUps.on(WAKE_UP, () => this.settle());
    this.#restore();
  }

  /** Journal position up to which the national copy is complete. */
  get bookmark(): number {
    return this.#bookmark;
  }

  get pending(): number {
    return this.#dirty.size;
  }

  /** Age of the oldest change not yet copied, milliseconds. */
  lag(now: number): number {
    const [first] = this.#dirty.values();
    return first ? now - first.since : 0;
  }

  /** To be called in the turn that changed the record. */
  changed(kind: string, key: string, seq: number): void {
    const name = `${kind}/${key}`;
    const since = this.#dirty.get(name)?.since ?? this.#shard.clock.now();
    this.#dirty.set(name, { kind, key, seq, since });
  }

  /** After a rollback: what the failed work changed counts from where the copy is known to be complete. */
  rolledBack(): void {
    // The bookmark may be one of the rows that are gone.
    this.#noted = false;
    const { seq: head } = this.#shard.journal.head;
    for (const [name, dirty] of this.#dirty) {
      if (dirty.seq > head) this.#dirty.set(name, { ...dirty, seq: this.#bookmark + 1 });
    }
  }

  /** To be called after a flush: starts the timer of the next pass, and the alarm under it. */
  arm(): void {
    if (this.#dirty.size === 0 || this.#timerSet) return;
    this.#timerSet = true;
    const delay =
      this.#failures === 0
        ? SNAPSHOT_DELAY_MS
        : Math.min(SNAPSHOT_RETRY_MAX_MS, SNAPSHOT_RETRY_MS * 2 ** this.#failures);
    this.#wakeUps.ensure(WAKE_UP, this.#shard.clock.now() + SNAPSHOT_RETRY_MAX_MS);
    this.#shard.ports.defer(() => {
      this.#timerSet = false;
      // A failed pass has been reported and has re-armed itself.
      this.settle().catch(() => undefined);
    }, delay);
  }

  /** Copies until everything committed before the call is in the national store; throws when it cannot. */
  async settle(): Promise<void> {
    const upTo = this.#shard.journal.head.seq;
    try {
      while (this.#dirty.size > 0 && this.#bookmark < upTo) {
        this.#pass ??= this.#copy().finally(() => (this.#pass = null));
        await this.#pass;
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#shard.ports.observer.failure('snapshot', error);
      throw error;
    } finally {
      this.arm();
    }
  }

  async #copy(): Promise<void> {
    const batch = [...this.#dirty].slice(0, SNAPSHOT_BATCH);
    const upTo = this.#shard.journal.head.seq;
    const records = batch.map(([, dirty]) => this.#record(dirty)).filter((record) => record !== null);
    await within(SNAPSHOT_TIMEOUT_MS, this.#shard.ports.writeSnapshot(records), this.#shard.ports);
    for (const [name, copied] of batch) {
      // Changed again meanwhile: stays dirty. Not by its position: one that was rolled back is given again.
      if (this.#dirty.get(name) === copied) this.#dirty.delete(name);
      else this.#refresh(name);
    }
    this.#shard.ports.observer.count('snapshotRecords', records.length);
    this.#moveBookmark(upTo);
  }

  /** What is left of a record changed during the copy counts its age from now. */
  #refresh(name: string): void {
    const dirty = this.#dirty.get(name);
    if (!dirty) return;
    this.#dirty.delete(name);
    this.#dirty.set(name, { ...dirty, since: this.#shard.clock.now() });
  }

  #moveBookmark(upTo: number): void {
    let next = upTo;
    for (const { seq } of this.#dirty.values()) next = Math.min(next, seq - 1);
    if (next <= this.#bookmark) return;
    this.#bookmark = next;
    this.#noted = false;
  }

  /** To be called within a flush: a commit of its own would cost more than a few copies repeated after a restart. */
  noteBookmark(): void {
    if (this.#noted) return;
    this.#noted = true;
    this.#shard.statements.setMeta('bookmark', String(this.#bookmark));
  }

  #record(dirty: Dirty): SnapshotRecord | null {
    const kind = this.#shard.kind(dirty.kind);
    const record = this.#shard.hot.find(kind, dirty.key);
    if (!record) return null;
    return {
      kind: dirty.kind,
      key: dirty.key,
      shard: this.#shard.ports.actor.shard,
      epoch: record.epoch,
      version: record.version,
      body: record.body,
      annex: record.annex,
      deleted: record.deleted,
      index: record.deleted ? null : (kind.index?.(record.state()) ?? null),
    };
  }

  #restore(): void {
    for (const { seq, kind, key, entry } of this.#shard.statements.changesAfter(this.#bookmark)) {
      if (kind !== 'import') this.changed(kind, key, seq);
      else
        for (const [importedKind, importedKey] of importedRecords(entry)) this.changed(importedKind, importedKey, seq);
    }
  }
}

/** The records an import wrote, as its journal entry lists them. */
export function importedRecords(entry: string): readonly (readonly [kind: string, key: string, version: number])[] {
  return (JSON.parse(entry) as { records: [string, string, number][] }).records;
}
