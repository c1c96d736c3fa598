/** Which D1 database holds what: D1 ends at 10 GB, so the index spreads by partition and the copies by shard. */

/** Configured lists; a list only ever grows together with a move of its data. One database may stand in both. */
export interface NationalDatabases {
  readonly index: readonly D1Database[];
  readonly records: readonly D1Database[];
}

export function recordDatabase({ records }: NationalDatabases, shard: number): D1Database {
  return pick(records, shard);
}

export function indexDatabase({ index }: NationalDatabases, partition: string): D1Database {
  return index.length === 1 ? pick(index, 0) : pick(index, fnv1a(partition));
}

function pick(databases: readonly D1Database[], number: number): D1Database {
  const database = databases[number % databases.length];
  if (database === undefined) throw new Error('no national database is configured');
  return database;
}

/** FNV-1a: birth dates differ in few digits, so their bytes are mixed before the remainder is taken. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) >>> 0;
}
