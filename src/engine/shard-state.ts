/** What one shard holds in memory, rebuilt from its tables alone: the engine's parts share it. */
import { ActorClock } from './clock.ts';
import { HotState } from './hot-state.ts';
import { Journal } from './journal.ts';
import { KeyLocks } from './key-locks.ts';
import { readLane } from './lane.ts';
import { FLUSH_SPACING_MS, SIZE_EVERY_MS, STORAGE_BYTES_MAX } from './limits.ts';
import type { Lane } from './lane.ts';
import type { EnginePorts } from './ports.ts';
import type { RecordKind } from './record-kind.ts';
import { migrate, shardStatements } from '../storage/shard/statements.ts';
import type { ShardStatements } from '../storage/shard/statements.ts';

/** Restoring: what it holds is not whole yet. Foreign: the vault knows another past of this shard than its tables do. */
export type Closed = 'restoring' | 'foreign';

export interface ShardOptions {
  readonly kinds: readonly RecordKind<unknown>[];
  /** Whether a key belongs to this shard; others are refused, never decided. */
  owns(key: string): boolean;
  readonly hotBytes: number;
  /**
   * Shortest time between two flushes, where the shard's clients wait for an answer before they ask again: a flush is then
   * also due when as many operations wait as usually share one. Absent: FLUSH_SPACING_MS, for clients in no such step.
   */
  readonly flushSpacingMs?: number;
  /** Number of shards of this class, fixed when the first one is created: another number would move every key. */
  readonly shards: number;
}

export class ShardState {
  readonly ports: EnginePorts;
  readonly statements: ShardStatements;
  readonly hot: HotState;
  readonly journal: Journal;
  readonly clock: ActorClock;
  readonly locks = new KeyLocks();
  readonly owns: (key: string) => boolean;
  readonly flushSpacingMs: number;
  readonly companions: boolean;
  readonly #kinds: ReadonlyMap<string, RecordKind<unknown>>;
  lane: Lane;
  /** Why this shard takes no work at all; null: it does. */
  closed: Closed | null;
  /** Versions skipped by the first change of a record since the last restore. */
  readonly #headroom: number;
  #sizeAskedAt = 0;
  #full = false;

  constructor(ports: EnginePorts, options: ShardOptions) {
    migrate(ports.sql, options.shards);
    this.ports = ports;
    this.statements = shardStatements(ports.sql);
    const head = this.statements.journalHead();
    this.journal = new Journal(this.statements, head);
    this.clock = new ActorClock(() => ports.now(), head?.at ?? 0);
    this.hot = new HotState(this.statements, options.hotBytes);
    this.lane = readLane(this.statements);
    this.closed = this.statements.meta('closed') as Closed | null;
    this.#headroom = Number(this.statements.meta('headroom') ?? 0);
    this.companions = options.flushSpacingMs !== undefined;
    this.flushSpacingMs = options.flushSpacingMs ?? FLUSH_SPACING_MS;
    this.owns = (key) => options.owns(key);
    this.#kinds = new Map(options.kinds.map((kind) => [kind.name, kind]));
  }

  kind(name: string): RecordKind<unknown> {
    const kind = this.#kinds.get(name);
    if (!kind) throw new Error(`record kind '${name}' is not hosted by ${this.ports.actor.className}`);
    return kind;
  }

  /** In the order in which they were given. */
  kinds(): Iterable<RecordKind<unknown>> {
    return this.#kinds.values();
  }

  /** How many versions of a record may have been given out and lost: it was last changed before a restore. */
  versionsLost(record: { readonly epoch: number } | null): number {
    return this.#headroom > 0 && (record?.epoch ?? 0) < this.lane.epoch ? this.#headroom : 0;
  }

  /** Survives a restart; opened again by a restore alone. */
  close(why: Closed): void {
    this.statements.setMeta('closed', why);
    this.closed = why;
  }

  /** Whether growth must be refused. Asked of the database once a second at most: it is a query of its own. */
  isFull(): boolean {
    const now = this.ports.now();
    if (now - this.#sizeAskedAt >= SIZE_EVERY_MS) {
      this.#sizeAskedAt = now;
      this.#full = this.statements.size() > STORAGE_BYTES_MAX;
    }
    return this.#full;
  }

  /** State of another kind under the same key, or null. */
  neighbour(key: string): (kind: string) => unknown {
    return (name) => {
      const record = this.hot.find(this.kind(name), key);
      return record && !record.deleted ? record.state() : null;
    };
  }
}
