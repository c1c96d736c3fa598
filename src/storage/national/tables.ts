/**
 * Tables of the national D1 databases: copies of records for restore, and the index that searches cross shards with.
 * Change them here, run `drizzle-kit generate`, and make new key-only tables WITHOUT ROWID by hand: drizzle cannot
 * say it, and without it `patient_token` keeps its key twice (one more row written per token).
 */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The newest copied version of every record; `deleted` rows are tombstones that keep late copies out. */
export const recordCopies = sqliteTable(
  'record_copies',
  {
    shard: integer('shard').notNull(),
    kind: text('kind').notNull(),
    key: text('key').notNull(),
    epoch: integer('epoch').notNull(),
    version: integer('version').notNull(),
    deleted: integer('deleted', { mode: 'boolean' }).notNull(),
    body: text('body').notNull(),
    annex: text('annex').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.shard, table.kind, table.key] })],
);

/** One row per patient that is, or was, searchable. `tokens` remembers what patient_token holds for the patient. */
export const patientIndex = sqliteTable('patient_index', {
  nhsNumber: text('nhs_number').primaryKey(),
  epoch: integer('epoch').notNull(),
  version: integer('version').notNull(),
  /** Birth date; '' in a tombstone. */
  partition: text('partition').notNull(),
  /** JSON array. */
  tokens: text('tokens').notNull(),
  document: text('document').notNull(),
});

/** Token first: every probe is one token and a range of birth dates, read in the order of the key. */
export const patientToken = sqliteTable(
  'patient_token',
  {
    token: text('token').notNull(),
    partition: text('partition').notNull(),
    nhsNumber: text('nhs_number').notNull(),
  },
  (table) => [primaryKey({ columns: [table.token, table.partition, table.nhsNumber] })],
);
