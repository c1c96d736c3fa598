/** Every SQL statement of a shard, by name. Statement texts are constants, so the platform caches their plans. */
import { durabilityStatements } from './durability-statements.ts';
import type { OutboxRow } from './durability-statements.ts';
import type { SqlPort } from './sql-port.ts';
import { SCHEMA } from './tables.ts';
import { trailStatements } from './trail-statements.ts';
import { transactionStatements } from './transaction-statements.ts';

export type { KeptReply, OutboxRow } from './durability-statements.ts';

export interface RecordRow {
  id: number;
  version: number;
  epoch: number;
  body: string;
  annex: string;
  deleted: number;
}

export interface JournalRow {
  seq: number;
  at: number;
  kind: string;
  key: string;
  version: number;
  entry: string;
  body: string;
  annex: string;
  hash: string;
}

export interface ReplyRow {
  fingerprint: string;
  seq: number;
  version: number;
  body: string | null;
  attributes: string | null;
}

export interface ListRow {
  position: string;
  key: string;
  note: string;
}

export type ShardStatements = ReturnType<typeof shardStatements>;

/**
 * Brings the schema up to date; writes nothing when it is current. The number of shards is set at creation and checked
 * ever after, because a shard that woke under another number would hold keys that are not its own.
 */
export function migrate(sql: SqlPort, shards: number): void {
  const value = (name: string) =>
    sql.exec<{ value: string }>(`SELECT value FROM meta WHERE name = ?`, name)[0]?.value ?? '0';
  const [known] = sql.exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'`);
  const stored = known ? Number(value('schema')) : 0;
  if (stored > SCHEMA.length) throw new Error(`shard schema ${stored} is newer than this code (${SCHEMA.length})`);
  const created = stored > 0 ? value('shards') : String(shards);
  if (created !== String(shards)) throw new Error(`this data was created with ${created} shards, not ${shards}`);
  if (stored === SCHEMA.length) return;
  sql.transaction(() => {
    for (const step of SCHEMA.slice(stored)) for (const statement of step) sql.exec(statement);
    sql.exec(
      `INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?), ('shards', ?)`,
      String(SCHEMA.length),
      String(shards),
    );
  });
}

export function shardStatements(sql: SqlPort) {
  return {
    transaction: <T>(work: () => T): T => sql.transaction(work),
    size: () => sql.size(),
    rows: sql.rows,
    ...metaStatements(sql),
    ...recordStatements(sql),
    ...journalStatements(sql),
    ...replyStatements(sql),
    ...outboxStatements(sql),
    ...transactionStatements(sql),
    ...listStatements(sql),
    ...durabilityStatements(sql),
    ...trailStatements(sql),
  };
}

function metaStatements(sql: SqlPort) {
  return {
    meta: (name: string): string | null =>
      sql.exec<{ value: string }>(`SELECT value FROM meta WHERE name = ?`, name)[0]?.value ?? null,
    setMeta: (name: string, value: string) =>
      void sql.exec(`INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)`, name, value),
    /** The storage touch that stops a superseded instance from answering out of its memory. */
    touch: () => void sql.exec(`SELECT 1 FROM meta WHERE name = 'schema'`),
    wakeUps: () => sql.exec<{ name: string; due: number }>(`SELECT name, due FROM wake_up`),
    setWakeUp: (name: string, due: number) =>
      void sql.exec(`INSERT OR REPLACE INTO wake_up (name, due) VALUES (?, ?)`, name, due),
    deleteWakeUp: (name: string) => void sql.exec(`DELETE FROM wake_up WHERE name = ?`, name),
    importReport: (id: string): string | null =>
      sql.exec<{ report: string }>(`SELECT report FROM import_chunk WHERE id = ?`, id)[0]?.report ?? null,
    insertImportReport: (id: string, report: string) =>
      void sql.exec(`INSERT INTO import_chunk (id, report) VALUES (?, ?)`, id, report),
  };
}

function recordStatements(sql: SqlPort) {
  return {
    record: (kind: string, key: string): RecordRow | null =>
      sql.exec<RecordRow>(
        `SELECT id, version, epoch, body, annex, deleted FROM record WHERE kind = ? AND key = ?`,
        kind,
        key,
      )[0] ?? null,
    insertRecord: (kind: string, key: string, row: Omit<RecordRow, 'id'>): number =>
      Number(
        sql.exec<{ id: number }>(
          `INSERT INTO record (kind, key, version, epoch, body, annex, deleted) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
          kind,
          key,
          row.version,
          row.epoch,
          row.body,
          row.annex,
          row.deleted,
        )[0]?.id,
      ),
    updateRecord: (id: number, row: Omit<RecordRow, 'id'>) =>
      void sql.exec(
        `UPDATE record SET version = ?, epoch = ?, body = ?, annex = ?, deleted = ? WHERE id = ?`,
        row.version,
        row.epoch,
        row.body,
        row.annex,
        row.deleted,
        id,
      ),
    countRecords: (): number => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM record`)[0]?.n ?? 0,
  };
}

function journalStatements(sql: SqlPort) {
  return {
    journalHead: (): { seq: number; at: number; hash: string } | null =>
      sql.exec<{ seq: number; at: number; hash: string }>(
        `SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1`,
      )[0] ?? null,
    appendJournal: (row: JournalRow) =>
      void sql.exec(
        `INSERT INTO journal (seq, at, kind, key, version, entry, body, annex, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.seq,
        row.at,
        row.kind,
        row.key,
        row.version,
        row.entry,
        row.body,
        row.annex,
        row.hash,
      ),
    journalBody: (seq: number): string | null =>
      sql.exec<{ body: string }>(`SELECT body FROM journal WHERE seq = ?`, seq)[0]?.body ?? null,
    journalAfter: (seq: number, limit: number) =>
      sql.exec<JournalRow>(`SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit),
    /** What was written after a position, without the bodies: for those who follow some kinds of records. */
    writtenAfter: (seq: number, limit: number) =>
      sql.exec<{ seq: number; kind: string; key: string; entry: string }>(
        `SELECT seq, kind, key, CASE kind WHEN 'import' THEN entry ELSE '' END AS entry
           FROM journal WHERE seq > ? ORDER BY seq LIMIT ?`,
        seq,
        limit,
      ),
    /** Changed records after a position: what the snapshot still owes. */
    changesAfter: (seq: number) =>
      sql.exec<{ seq: number; kind: string; key: string; entry: string }>(
        `SELECT seq, kind, key, CASE kind WHEN 'import' THEN entry ELSE '' END AS entry
           FROM journal WHERE seq > ? AND kind <> 'reads' ORDER BY seq`,
        seq,
      ),
  };
}

function replyStatements(sql: SqlPort) {
  return {
    reply: (request: string): ReplyRow | null =>
      sql.exec<ReplyRow>(
        `SELECT fingerprint, seq, version, body, attributes FROM reply WHERE request = ?`,
        request,
      )[0] ?? null,
    insertReply: (request: string, row: ReplyRow & { expires: number }) =>
      void sql.exec(
        `INSERT INTO reply (request, fingerprint, seq, version, body, attributes, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        request,
        row.fingerprint,
        row.seq,
        row.version,
        row.body,
        row.attributes,
        row.expires,
      ),
    /** Walks the table in key order, so that no index on `expires` costs a row write per command. */
    repliesAfter: (request: string, limit: number) =>
      sql.exec<{ request: string; expires: number }>(
        `SELECT request, expires FROM reply WHERE request > ? ORDER BY request LIMIT ?`,
        request,
        limit,
      ),
    deleteReply: (request: string) => void sql.exec(`DELETE FROM reply WHERE request = ?`, request),
  };
}

function outboxStatements(sql: SqlPort) {
  return {
    insertOutbox: (stream: string, entry: { target: string; type: string; payload: string }, due: number) =>
      void sql.exec(
        `INSERT INTO outbox (stream, target, type, payload, due) VALUES (?, ?, ?, ?, ?)`,
        stream,
        entry.target,
        entry.type,
        entry.payload,
        due,
      ),
    /** The head of every stream that is due; later entries of a stream wait for its head. */
    dueOutbox: (now: number, limit: number) =>
      sql.exec<OutboxRow>(
        `SELECT id, stream, target, type, payload, attempts, due FROM outbox
          WHERE id IN (SELECT min(id) FROM outbox WHERE dead = 0 GROUP BY stream) AND due <= ? ORDER BY id LIMIT ?`,
        now,
        limit,
      ),
    nextOutboxDue: (): number | null =>
      sql.exec<{ due: number | null }>(
        `SELECT min(due) AS due FROM outbox WHERE id IN (SELECT min(id) FROM outbox WHERE dead = 0 GROUP BY stream)`,
      )[0]?.due ?? null,
    outboxCounts: () =>
      sql.exec<{ waiting: number; dead: number }>(
        `SELECT count(*) FILTER (WHERE dead = 0) AS waiting, count(*) FILTER (WHERE dead = 1) AS dead FROM outbox`,
      )[0] ?? { waiting: 0, dead: 0 },
    deleteOutbox: (id: number) => void sql.exec(`DELETE FROM outbox WHERE id = ?`, id),
    postponeOutbox: (id: number, due: number, failure: string) =>
      void sql.exec(`UPDATE outbox SET attempts = attempts + 1, due = ?, failure = ? WHERE id = ?`, due, failure, id),
    buryOutbox: (id: number, failure: string) =>
      void sql.exec(`UPDATE outbox SET attempts = attempts + 1, dead = 1, failure = ? WHERE id = ?`, failure, id),
    inboxPosition: (stream: string) =>
      sql.exec<{ epoch: number; sequence: number }>(`SELECT epoch, sequence FROM inbox WHERE stream = ?`, stream)[0] ??
      null,
    setInboxPosition: (stream: string, epoch: number, sequence: number) =>
      void sql.exec(`INSERT OR REPLACE INTO inbox (stream, epoch, sequence) VALUES (?, ?, ?)`, stream, epoch, sequence),
  };
}

function listStatements(sql: SqlPort) {
  return {
    insertListed: (place: { list: string; position: string; note: string }, key: string) =>
      void sql.exec(
        `INSERT OR REPLACE INTO listing (list, position, key, note) VALUES (?, ?, ?, ?)`,
        place.list,
        place.position,
        key,
        place.note,
      ),
    deleteListed: (list: string, position: string, key: string) =>
      void sql.exec(`DELETE FROM listing WHERE list = ? AND position = ? AND key = ?`, list, position, key),
    listed: (list: string, after: string, limit: number) =>
      sql.exec<ListRow>(
        `SELECT position, key, note FROM listing WHERE list = ? AND position > ? ORDER BY position, key LIMIT ?`,
        list,
        after,
        limit,
      ),
    listLength: (list: string): number =>
      sql.exec<{ n: number }>(`SELECT count(*) AS n FROM listing WHERE list = ?`, list)[0]?.n ?? 0,
    /** Living records of one kind in the order of their keys: for housekeeping over keys that carry their time. */
    recordsBetween: (range: { kind: string; after: string; before: string }, limit: number) =>
      sql.exec<{ key: string; version: number; body: string }>(
        `SELECT key, version, body FROM record
          WHERE kind = ? AND key > ? AND key < ? AND deleted = 0 ORDER BY key LIMIT ?`,
        range.kind,
        range.after,
        range.before,
        limit,
      ),
  };
}
