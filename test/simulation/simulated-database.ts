/**
 * SQLite of one shard as the platform keeps it: the writes of a turn are one batch, batches become durable in order and
 * later, and a crash keeps a prefix of those that were not confirmed yet. Batches are nested savepoints of one open
 * transaction, so that any prefix can be kept.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { SqlPort, SqlValue } from '../../src/storage/shard/sql-port.ts';

/** Statements that change rows. */
const isWrite = (statement: string): boolean => !statement.startsWith('SELECT');

export class SimulatedDatabase implements SqlPort {
  readonly rows = { read: 0, written: 0 };
  /** Throws where a statement is to fail. */
  fault: () => void = () => undefined;
  bytes = 0;
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  /** Batches that are complete and not confirmed, oldest first. */
  #waiting: number[] = [];
  #open: number | null = null;
  #changed = false;
  #numbers = 0;
  #depth = 0;

  constructor() {
    this.#database.exec(`CREATE TABLE platform_alarm (id INTEGER PRIMARY KEY, at INTEGER NOT NULL)`);
  }

  exec<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    if (isWrite(statement)) {
      this.fault();
      this.#begin();
      this.#changed = true;
      this.rows.written++;
    }
    this.rows.read++;
    return this.ask<Row>(statement, ...bindings);
  }

  /** As exec, for the simulator's own looks: never fails, opens no batch. */
  ask<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    let prepared = this.#statements.get(statement);
    if (!prepared) {
      prepared = this.#database.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    return prepared.all(...bindings) as Row[];
  }

  transaction<T>(work: () => T): T {
    this.#begin();
    const name = `inner${++this.#depth}`;
    this.#database.exec(`SAVEPOINT ${name}`);
    try {
      const result = work();
      this.#database.exec(`RELEASE ${name}`);
      return result;
    } catch (error) {
      this.#database.exec(`ROLLBACK TO ${name}`);
      this.#database.exec(`RELEASE ${name}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  size(): number {
    return this.bytes;
  }

  get alarmAt(): number | null {
    return this.ask<{ at: number }>(`SELECT at FROM platform_alarm`)[0]?.at ?? null;
  }

  setAlarm(at: number | null): void {
    this.#begin();
    this.#changed = true;
    if (at === null) this.ask(`DELETE FROM platform_alarm`);
    else this.ask(`INSERT OR REPLACE INTO platform_alarm (id, at) VALUES (1, ?)`, at);
  }

  /** Number of the newest batch with unconfirmed writes, the open one included; null when all is durable. */
  get unconfirmed(): number | null {
    if (this.#open !== null && this.#changed) return this.#open;
    return this.#waiting.at(-1) ?? null;
  }

  /** Ends the batch of a turn; null when the turn wrote nothing. */
  endTurn(): number | null {
    if (this.#open === null || !this.#changed) return null;
    const number = this.#open;
    this.#waiting.push(number);
    this.#open = null;
    this.#changed = false;
    return number;
  }

  /** The oldest waiting batch is durable. */
  confirm(number: number): void {
    if (this.#waiting[0] !== number) throw new Error('batches become durable in order');
    this.#waiting.shift();
    if (this.#waiting.length === 0 && !this.#changed) this.#commit();
  }

  /** The process is gone: `keep` of the waiting batches had reached the disk, the others never happened. */
  crash(keep: (waiting: number) => number): void {
    const lost = this.#waiting[keep(this.#waiting.length)] ?? this.#open;
    if (lost !== null) this.#database.exec(`ROLLBACK TO batch${lost}`);
    this.#waiting = [];
    this.#changed = false;
    this.#commit();
  }

  close(): void {
    this.#database.close();
  }

  #begin(): void {
    if (this.#open !== null) return;
    this.#open = ++this.#numbers;
    this.#database.exec(`SAVEPOINT batch${this.#open}`);
  }

  #commit(): void {
    this.#open = null;
    if (this.#database.isTransaction) this.#database.exec('COMMIT');
  }
}
