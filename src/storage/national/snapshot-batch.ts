/**
 * The bulk upsert of the snapshot. Per database one D1 batch (one transaction), per statement one JSON parameter (and the bodies).
 * Order within a batch matters: tokens are exchanged against the stored index row, so that row is written last.
 * Every statement is monotonic on (epoch, version): a repeated, late or reordered row changes nothing.
 */
import type { IndexRow } from '../../engine/record-kind.ts';
import { indexDatabase, recordDatabase } from './databases.ts';
import type { NationalDatabases } from './databases.ts';

export interface SnapshotRow {
  readonly kind: string;
  readonly key: string;
  readonly shard: number;
  readonly epoch: number;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
  readonly hash: string;
  readonly deleted: boolean;
  readonly index: IndexRow | null;
}

/** The one kind that is searched across shards; a row of it without an index row leaves a tombstone in the index. */
const SEARCHED_KIND = 'demographics';

/** D1 takes 2 MB a parameter; so many characters stay below even where each needs three bytes. */
const PARAMETER_LENGTH = 500_000;
/** One transaction and one fsync; larger ones gain little and hold the database longer. */
const BATCH_LENGTH = 4_000_000;
type IndexEntry = readonly [
  key: string,
  epoch: number,
  version: number,
  partition: string,
  tokens: readonly string[],
  document: string,
];

const COPY_COLUMNS = 'shard, kind, key, epoch, version, deleted, body, annex, hash';
const COPY_NEWER = `ON CONFLICT (shard, kind, key) DO UPDATE SET
    epoch = excluded.epoch, version = excluded.version, deleted = excluded.deleted,
    body = excluded.body, annex = excluded.annex, hash = excluded.hash
  WHERE (excluded.epoch, excluded.version) > (record_copies.epoch, record_copies.version)`;

/**
 * Every value is a parameter of its own: inside one JSON parameter bodies would be escaped, parsed and written again three
 * times. D1 takes a hundred parameters a statement, so eleven rows of nine.
 */
const ROWS_PER_STATEMENT = 11;

/** Statement texts, hence plans, are as many as there are sizes. */
export function writeCopies(rows: number): string {
  const slots = Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ');
  return `INSERT INTO record_copies (${COPY_COLUMNS}) VALUES ${slots} ${COPY_NEWER}`;
}

/** Tokens that the newer row no longer has, or has under another partition. Rows whose tokens are all the same are let be at once. */
export const DROP_TOKENS = `DELETE FROM patient_token WHERE (token, partition, nhs_number) IN (
  SELECT gone.value, stored.partition, stored.nhs_number
  FROM json_each(?1) AS entry
  CROSS JOIN patient_index AS stored ON stored.nhs_number = entry.value ->> 0
  CROSS JOIN json_each(stored.tokens) AS gone
  WHERE (entry.value ->> 1, entry.value ->> 2) > (stored.epoch, stored.version)
    AND (stored.partition <> entry.value ->> 3 OR stored.tokens <> entry.value -> 4)
    AND (stored.partition <> entry.value ->> 3
      OR gone.value NOT IN (SELECT value FROM json_each(entry.value -> 4))))`;

/** Tokens of rows that are newer than the stored one, in key order (a third faster); those already there cost a look, not a write. */
export const ADD_TOKENS = `INSERT INTO patient_token (token, partition, nhs_number)
  SELECT fresh.value, entry.value ->> 3, entry.value ->> 0
  FROM json_each(?1) AS entry CROSS JOIN json_each(entry.value -> 4) AS fresh
  WHERE NOT EXISTS (
    SELECT 1 FROM patient_index AS stored
    WHERE stored.nhs_number = entry.value ->> 0
      AND ((stored.epoch, stored.version) >= (entry.value ->> 1, entry.value ->> 2)
        OR (stored.partition = entry.value ->> 3 AND stored.tokens = entry.value -> 4)))
  ORDER BY 1, 2, 3
  ON CONFLICT DO NOTHING`;

export const WRITE_INDEX = `INSERT INTO patient_index (nhs_number, epoch, version, partition, tokens, document)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value -> 4, value ->> 5 FROM json_each(?1) WHERE true
  ON CONFLICT (nhs_number) DO UPDATE SET
    epoch = excluded.epoch, version = excluded.version, partition = excluded.partition,
    tokens = excluded.tokens, document = excluded.document
  WHERE (excluded.epoch, excluded.version) > (patient_index.epoch, patient_index.version)`;

/** What is left behind in a database that a patient's partition no longer belongs to; rows never there stay away. */
export const BURY_INDEX = `UPDATE patient_index SET
    epoch = entry.value ->> 1, version = entry.value ->> 2, partition = '', tokens = '[]', document = ''
  FROM json_each(?1) AS entry
  WHERE nhs_number = entry.value ->> 0
    AND (entry.value ->> 1, entry.value ->> 2) > (patient_index.epoch, patient_index.version)`;

/** All or nothing per database and chunk; after a failure the same rows may simply be sent again. */
export async function writeSnapshot(databases: NationalDatabases, rows: readonly SnapshotRow[]): Promise<void> {
  for (const chunk of cut(newestOnly(rows), BATCH_LENGTH, rowLength)) {
    await writeChunk(databases, chunk);
    // Second, so that a patient who moves between databases is never in none.
    if (databases.index.length > 1) await buryElsewhere(databases, chunk);
  }
}

function newestOnly(rows: readonly SnapshotRow[]): readonly SnapshotRow[] {
  const newest = new Map<string, SnapshotRow>();
  for (const row of rows) {
    const name = `${row.kind}/${row.key}`;
    const known = newest.get(name);
    if (known === undefined || isNewer(row, known)) newest.set(name, row);
  }
  return [...newest.values()];
}

function isNewer(a: SnapshotRow, b: SnapshotRow): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version);
}

/** Cuts a list where the next item would exceed `limit`; an item longer than that stands alone. */
function* cut<Item>(
  items: readonly Item[],
  limit: number,
  lengthOf: (item: Item) => number,
): Generator<readonly Item[]> {
  let piece: Item[] = [];
  let length = 0;
  for (const item of items) {
    const more = lengthOf(item);
    if (length + more > limit && piece.length > 0) {
      yield piece;
      piece = [];
      length = 0;
    }
    piece.push(item);
    length += more;
  }
  if (piece.length > 0) yield piece;
}

function rowLength({ body, annex, index }: SnapshotRow): number {
  return body.length + annex.length + (index?.document.length ?? 0) + 400;
}

async function writeChunk(databases: NationalDatabases, rows: readonly SnapshotRow[]): Promise<void> {
  const work = new Map<D1Database, { copies: SnapshotRow[]; entries: IndexEntry[] }>();
  const workOf = (database: D1Database): { copies: SnapshotRow[]; entries: IndexEntry[] } => {
    const known = work.get(database) ?? { copies: [], entries: [] };
    work.set(database, known);
    return known;
  };
  for (const row of rows) {
    workOf(recordDatabase(databases, row.shard)).copies.push(row);
    if (row.index !== null)
      workOf(indexDatabase(databases, row.index.partition)).entries.push(indexEntry(row, row.index));
    else if (row.kind === SEARCHED_KIND)
      for (const database of databases.index) workOf(database).entries.push(tombstone(row));
  }
  await Promise.all(
    [...work].map(([database, { copies, entries }]) =>
      database.batch([...copyStatements(database, copies), ...indexStatements(database, entries)]),
    ),
  );
}

async function buryElsewhere(databases: NationalDatabases, rows: readonly SnapshotRow[]): Promise<void> {
  await Promise.all(
    databases.index.map(async (database) => {
      const moved = rows.flatMap((row) =>
        row.index !== null && indexDatabase(databases, row.index.partition) !== database ? [tombstone(row)] : [],
      );
      if (moved.length === 0) return;
      await database.batch(bulk(database, [DROP_TOKENS, BURY_INDEX], moved));
    }),
  );
}

function indexEntry({ key, epoch, version }: SnapshotRow, { partition, tokens, document }: IndexRow): IndexEntry {
  return [key, epoch, version, partition, tokens, document];
}

function tombstone({ key, epoch, version }: SnapshotRow): IndexEntry {
  return [key, epoch, version, '', [], ''];
}

function copyStatements(database: D1Database, copies: readonly SnapshotRow[]): D1PreparedStatement[] {
  return [...cut(copies, ROWS_PER_STATEMENT, () => 1)].map((piece) => {
    const values = piece.flatMap(({ shard, kind, key, epoch, version, deleted, body, annex, hash }) => [
      shard,
      kind,
      key,
      epoch,
      version,
      deleted ? 1 : 0,
      body,
      annex,
      hash,
    ]);
    return database.prepare(writeCopies(piece.length)).bind(...values);
  });
}

/** Documents are most of the text and no business of the tokens, whose two statements need not parse them. */
function indexStatements(database: D1Database, entries: readonly IndexEntry[]): D1PreparedStatement[] {
  const withoutDocument = entries.map((entry) => entry.slice(0, -1));
  return [...bulk(database, [DROP_TOKENS, ADD_TOKENS], withoutDocument), ...bulk(database, [WRITE_INDEX], entries)];
}

function bulk(database: D1Database, statements: readonly string[], entries: readonly unknown[]): D1PreparedStatement[] {
  const texts = entries.map((entry) => JSON.stringify(entry));
  return [...cut(texts, PARAMETER_LENGTH, (text) => text.length + 1)].flatMap((piece) => {
    const json = `[${piece.join(',')}]`;
    return statements.map((sql) => database.prepare(sql).bind(json));
  });
}
