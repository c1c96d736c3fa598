/** Everything the engine needs from outside, so that the same code runs in an actor and in the simulator. */
import type { SqlPort } from '../storage/shard/sql-port.ts';
import type { IndexRow } from './record-kind.ts';
import type { Fate } from './transaction.ts';
import type { Vault } from './vault.ts';

/** One outbox entry on its way. The receiver applies `sequence` of a stream once and acknowledges repeats. */
export interface Delivery {
  readonly v: number;
  /** `<actor>/<record kind>/<key>><target>`: deliveries of one stream arrive in order. */
  readonly stream: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly type: string;
  readonly payload: string;
}

/** The newest version of one record, on its way to the national copy. */
export interface SnapshotRecord {
  readonly kind: string;
  readonly key: string;
  readonly shard: number;
  readonly epoch: number;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
  readonly deleted: boolean;
  readonly index: IndexRow | null;
}

/** Facts for operators; never a key or a body. */
export interface Observer {
  count(name: string, by?: number): void;
  failure(name: string, error: unknown): void;
}

export interface EnginePorts {
  /** Name of the actor's class and its number within the class, as in outbox targets. */
  readonly actor: { readonly className: string; readonly shard: number };
  readonly sql: SqlPort;
  now(): number;
  newId(): string;
  /** Runs `work` in a later turn of the event loop; the answer cancels it. */
  defer(work: () => void, delayMs: number): () => void;
  setAlarm(at: number): void;
  send(target: string, delivery: Delivery): Promise<void>;
  /** What a coordinator decided about a transaction; absent where a shard takes part in none. */
  askFate?(coordinator: string, id: string): Promise<Fate | 'undecided'>;
  writeSnapshot(records: readonly SnapshotRecord[]): Promise<void>;
  /** Where the journal is kept apart; absent: nowhere. */
  readonly vault?: Vault;
  /** Shortest time between two shipments to the vault, ms; absent or 0: only when asked. */
  readonly shipEveryMs?: number;
  /** Gives the instance up: nothing it held in memory may answer again. */
  abort(reason: string): void;
  readonly observer: Observer;
}
