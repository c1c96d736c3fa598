/** The national database of a simulation: the real statements on an SQLite in memory, shaped by the real migrations. */
import { readFileSync, readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { NationalDatabases } from '../../src/storage/national/databases.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
const MIGRATIONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .flatMap((name) => readFileSync(new URL(name, FOLDER), 'utf8').split('--> statement-breakpoint'))
  .join('');

export interface Copy {
  readonly shard: number;
  readonly kind: string;
  readonly key: string;
  readonly epoch: number;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
  readonly deleted: number;
}

interface Bound {
  run(): void;
}

export class NationalStore {
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, StatementSync>();
  readonly databases: NationalDatabases;

  constructor() {
    this.#database.exec(MIGRATIONS);
    const d1 = this.#asD1();
    this.databases = { index: [d1], records: [d1] };
  }

  copies(): Copy[] {
    return this.#prepared(`SELECT * FROM record_copies`).all() as unknown as Copy[];
  }

  version(shard: number, kind: string, key: string): number {
    const sql = `SELECT version FROM record_copies WHERE shard = ? AND kind = ? AND key = ?`;
    const [row] = this.#prepared(sql).all(shard, kind, key) as { version: number }[];
    return row?.version ?? 0;
  }

  indexedVersions(): ReadonlyMap<string, number> {
    const rows = this.#database.prepare(`SELECT nhs_number AS key, version FROM patient_index`).all();
    return new Map((rows as { key: string; version: number }[]).map(({ key, version }) => [key, version]));
  }

  close(): void {
    this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  /** As much of D1 as the snapshot uses: a batch is one transaction. */
  #asD1(): D1Database {
    const prepare = (sql: string) => ({
      bind: (...values: SQLInputValue[]): Bound => ({ run: () => void this.#prepared(sql).all(...values) }),
    });
    const batch = (statements: readonly Bound[]): Promise<unknown[]> => {
      this.#database.exec('BEGIN');
      for (const statement of statements) statement.run();
      this.#database.exec('COMMIT');
      return Promise.resolve([]);
    };
    return { prepare, batch } as unknown as D1Database;
  }
}
