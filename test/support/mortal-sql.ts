/** Storage of one life of a simulated actor: every commit is two numbered steps, and nothing is written after the life is over. */
import type { SqlPort, SqlValue } from '../../src/storage/shard/sql-port.ts';
import type { NodeSql } from './node-sql.ts';

export interface Mortal {
  readonly name: string;
  /** Throws once the life is over. */
  readonly alive: () => void;
  readonly step: (what: string) => void;
}

export function mortalSql(sql: NodeSql, { alive, name, step }: Mortal): SqlPort {
  let depth = 0;
  return {
    exec: <Row>(statement: string, ...bindings: readonly SqlValue[]) => {
      alive();
      return sql.exec<Row>(statement, ...bindings);
    },
    transaction: <T>(work: () => T): T => {
      alive();
      if (depth === 0) step(`${name} before commit`);
      alive();
      depth += 1;
      let result: T;
      try {
        result = sql.transaction(work);
      } finally {
        depth -= 1;
      }
      if (depth === 0) step(`${name} committed`);
      alive();
      return result;
    },
    size: () => 0,
    rows: sql.rows,
  };
}
