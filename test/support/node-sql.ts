/** The SQL port of a shard over Node's SQLite: real statements and real rollbacks without the platform. */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { SqlPort, SqlValue } from '../../src/storage/shard/sql-port.ts';

export class NodeSql implements SqlPort {
  readonly rows = { read: 0, written: 0 };
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  exec<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    let prepared = this.#statements.get(statement);
    if (!prepared) this.#statements.set(statement, (prepared = this.#database.prepare(statement)));
    if (!statement.startsWith('SELECT')) this.rows.written++;
    return prepared.all(...bindings) as Row[];
  }

  transaction<T>(work: () => T): T {
    const name = `s${this.#depth++}`;
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
    return 0;
  }

  /** What is written from now on can be taken back as a whole: a database that was set up once serves many worlds. */
  mark(): void {
    this.#database.exec('SAVEPOINT marked');
  }

  backToMark(): void {
    this.#database.exec('ROLLBACK TO marked');
  }
}
