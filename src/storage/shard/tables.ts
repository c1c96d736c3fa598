/**
 * The tables of one shard, as append-only DDL: step n brings a shard from schema n to n + 1 and is never edited.
 * A shard whose stored schema is newer than this list refuses to start (an older bundle must not guess).
 *
 * One accepted command writes three rows: `record` is updated in place (its index does not change), `journal` and
 * `reply` get one row each. Tables with long rows are ordinary rowid tables, since a WITHOUT ROWID b-tree would carry
 * the long rows in its inner pages.
 */
export const SCHEMA: readonly (readonly string[])[] = [
  [
    `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE record (
       id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, epoch INTEGER NOT NULL,
       body TEXT NOT NULL, annex TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, key))`,
    `CREATE TABLE journal (
       seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
       entry TEXT NOT NULL, body TEXT NOT NULL, annex TEXT NOT NULL, hash TEXT NOT NULL)`,
    `CREATE TABLE reply (
       request TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL,
       body TEXT, attributes TEXT, expires INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE outbox (
       id INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, target TEXT NOT NULL, type TEXT NOT NULL,
       payload TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, failure TEXT,
       dead INTEGER NOT NULL DEFAULT 0)`,
    `CREATE TABLE inbox (stream TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE wake_up (name TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE import_chunk (id TEXT PRIMARY KEY, report TEXT NOT NULL) WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE listing (
       list TEXT NOT NULL, position TEXT NOT NULL, key TEXT NOT NULL, note TEXT NOT NULL,
       PRIMARY KEY (list, position, key)) WITHOUT ROWID`,
  ],
];
