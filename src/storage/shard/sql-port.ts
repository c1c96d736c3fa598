/** The little of SQLite that a shard needs, so that the same statements run in an actor and in the simulator. */

export type SqlValue = string | number | null;

export interface SqlPort {
  /** Runs one statement and returns all its rows; `Row` is what the statement's columns are known to be. */
  exec<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[];
  /** Atomic and nestable; a throw rolls back just this part. The callback must be synchronous. */
  transaction<T>(work: () => T): T;
  /** Size of the database in bytes. */
  size(): number;
  /** Rows read and written since the port was made, as the platform bills them. */
  readonly rows: { read: number; written: number };
}
