/** Recently used records of one shard, decoded at most once per version, bounded in bytes (least recently used go). */
import type { RecordKind, RecordView, Stored } from './record-kind.ts';
import type { ShardStatements } from '../storage/shard/statements.ts';

export interface RecordHeader {
  readonly key: string;
  /** Row of the record table. */
  readonly id: number;
  readonly version: number;
  readonly epoch: number;
  readonly deleted: boolean;
}

/** One stored version of one record. */
export class HotRecord implements RecordView<unknown> {
  readonly kind: RecordKind<unknown>;
  readonly key: string;
  readonly id: number;
  readonly version: number;
  readonly epoch: number;
  readonly deleted: boolean;
  readonly body: string;
  readonly annex: string;
  #state: unknown;
  #decoded = false;

  /** `state`: what `stored` decodes to, where it is at hand already. */
  constructor(kind: RecordKind<unknown>, header: RecordHeader, stored: Stored, state?: unknown) {
    this.kind = kind;
    this.key = header.key;
    this.id = header.id;
    this.version = header.version;
    this.epoch = header.epoch;
    this.deleted = header.deleted;
    this.body = stored.body;
    this.annex = stored.annex;
    if (state !== undefined) {
      this.#state = state;
      this.#decoded = true;
    }
  }

  state(): unknown {
    if (!this.#decoded) {
      this.#state = this.kind.decode(this);
      this.#decoded = true;
    }
    return this.#state;
  }

  /** Strings of mostly one-byte characters; the decoded objects take about twice as much again. */
  get bytes(): number {
    return 200 + (this.body.length + this.annex.length) * (this.#decoded ? 3 : 1);
  }
}

interface Counted {
  readonly record: HotRecord;
  readonly bytes: number;
}

export class HotState {
  /** What each record was last counted as: one that is decoded meanwhile is counted again when it is next used. */
  readonly #records = new Map<string, Counted>();
  readonly #statements: ShardStatements;
  readonly #bytesMax: number;
  #bytes = 0;
  /** The last name that the tables did not know: one that is created is looked for twice. */
  #missing = '';

  constructor(statements: ShardStatements, bytesMax: number) {
    this.#statements = statements;
    this.#bytesMax = bytesMax;
  }

  /** The newest stored version, tombstones included; null when the key was never used. */
  find(kind: RecordKind<unknown>, key: string): HotRecord | null {
    const name = `${kind.name}/${key}`;
    const hot = this.#records.get(name);
    if (hot) {
      // Moving to the end of the insertion order marks it as recently used.
      this.#records.delete(name);
      this.#count(name, hot.record, hot.bytes);
      return hot.record;
    }
    if (name === this.#missing) return null;
    const row = this.#statements.record(kind.name, key);
    if (!row) {
      this.#missing = name;
      return null;
    }
    const record = new HotRecord(kind, { ...row, key, deleted: row.deleted === 1 }, row);
    this.put(record);
    return record;
  }

  put(record: HotRecord): void {
    const name = `${record.kind.name}/${record.key}`;
    this.forget(name);
    if (name === this.#missing) this.#missing = '';
    this.#count(name, record, 0);
    for (const oldest of this.#records.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.forget(oldest);
    }
  }

  #count(name: string, record: HotRecord, before: number): void {
    const { bytes } = record;
    this.#records.set(name, { record, bytes });
    this.#bytes += bytes - before;
  }

  /** After a rollback: whatever the failed work put here may be ahead of the tables. */
  clear(): void {
    this.#records.clear();
    this.#missing = '';
    this.#bytes = 0;
  }

  forget(name: string): void {
    const known = this.#records.get(name);
    if (!known) return;
    this.#records.delete(name);
    this.#bytes -= known.bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
