/** Reads the record copies of one shard back, in the order of their key: the other half of a restore. */
import { recordDatabase } from './databases.ts';
import type { NationalDatabases } from './databases.ts';

export interface CopiesWish {
  readonly shard: number;
  readonly kinds: readonly string[];
  readonly after: readonly [kind: string, key: string];
  readonly limit: number;
}

interface CopyRow {
  readonly kind: string;
  readonly key: string;
  readonly epoch: number;
  readonly version: number;
  readonly deleted: number;
  readonly body: string;
  readonly annex: string;
}

const COPIES = `SELECT kind, key, epoch, version, deleted, body, annex FROM record_copies
  WHERE shard = ?1 AND (kind, key) > (?2, ?3) AND kind IN (SELECT value FROM json_each(?4)) ORDER BY kind, key LIMIT ?5`;

export async function copiesAfter(databases: NationalDatabases, wish: CopiesWish) {
  const { shard, kinds, after, limit } = wish;
  const { results } = await recordDatabase(databases, shard)
    .prepare(COPIES)
    .bind(shard, after[0], after[1], JSON.stringify(kinds), limit)
    .all<CopyRow>();
  return results.map(({ deleted, ...copy }) => ({ ...copy, deleted: deleted === 1 }));
}
