/** The only file on `ctx.storage`: the SQL port of a Durable Object. */
import type { SqlPort, SqlValue } from './sql-port.ts';

export class DurableObjectSql implements SqlPort {
  readonly rows = { read: 0, written: 0 };
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  exec<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    const cursor = this.#storage.sql.exec(statement, ...bindings);
    const rows = cursor.toArray() as Row[];
    this.rows.read += cursor.rowsRead;
    this.rows.written += cursor.rowsWritten;
    return rows;
  }

  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(() => {
      const result = work();
      // transactionSync does not refuse an async callback: its writes would escape the rollback.
      if (result instanceof Promise) throw new TypeError('a storage transaction must be synchronous');
      return result;
    });
  }

  size(): number {
    return this.#storage.sql.databaseSize;
  }
}
