/** The SQL of backup and restore: what a segment tells beside the journal, and the emptying of a shard. */
import type { SqlPort } from './sql-port.ts';

/** A reply as it is kept for the repeats of its request. */
export interface KeptReply {
  request: string;
  fingerprint: string;
  seq: number;
  version: number;
  body: string | null;
  attributes: string | null;
  expires: number;
}

export interface OutboxRow {
  id: number;
  stream: string;
  target: string;
  type: string;
  payload: string;
  attempts: number;
  due: number;
}

const EMPTY = [
  `DELETE FROM meta WHERE name NOT IN ('schema', 'shards')`,
  `DELETE FROM record`,
  `DELETE FROM journal`,
  `DELETE FROM reply`,
  `DELETE FROM outbox`,
  `DELETE FROM inbox`,
  `DELETE FROM wake_up`,
  `DELETE FROM import_chunk`,
  `DELETE FROM listing`,
  `DELETE FROM prepared`,
  `DELETE FROM coordinated`,
];

export function durabilityStatements(sql: SqlPort) {
  return {
    /** Replies of the requests that the rows of a range tell of. One of a transaction stands under its members' request. */
    repliesBetween: (first: number, last: number) =>
      sql.exec<KeptReply>(
        `SELECT DISTINCT reply.request, reply.fingerprint, reply.seq, reply.version, reply.body, reply.attributes, reply.expires
           FROM journal CROSS JOIN reply
             ON reply.request = (journal.entry ->> '$.agent.client') || char(10) || (journal.entry ->> '$.requestId')
          WHERE journal.seq BETWEEN ? AND ? AND journal.kind NOT IN ('reads', 'import')`,
        first,
        last,
      ),
    replaceReply: (row: KeptReply) =>
      void sql.exec(
        `INSERT OR REPLACE INTO reply (request, fingerprint, seq, version, body, attributes, expires) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        row.request,
        row.fingerprint,
        row.seq,
        row.version,
        row.body,
        row.attributes,
        row.expires,
      ),
    waitingOutbox: (limit: number) =>
      sql.exec<OutboxRow>(
        `SELECT id, stream, target, type, payload, attempts, due FROM outbox WHERE dead = 0 ORDER BY id LIMIT ?`,
        limit,
      ),
    restoreOutbox: (row: OutboxRow) =>
      void sql.exec(
        `INSERT OR REPLACE INTO outbox (id, stream, target, type, payload, attempts, due) VALUES (?, ?, ?, ?, ?, 0, ?)`,
        row.id,
        row.stream,
        row.target,
        row.type,
        row.payload,
        row.due,
      ),
    importsAfter: (seq: number, limit: number) =>
      sql.exec<{ seq: number; entry: string }>(
        `SELECT seq, entry FROM journal WHERE seq > ? AND kind = 'import' ORDER BY seq LIMIT ?`,
        seq,
        limit,
      ),
    recordsAfter: (kind: string, key: string, limit: number) =>
      sql.exec<{ key: string; body: string; annex: string }>(
        `SELECT key, body, annex FROM record WHERE kind = ? AND key > ? AND deleted = 0 ORDER BY key LIMIT ?`,
        kind,
        key,
        limit,
      ),
    deleteMeta: (name: string) => void sql.exec(`DELETE FROM meta WHERE name = ?`, name),
    /** Everything goes but the schema and the number of shards. */
    empty: () => {
      for (const statement of EMPTY) sql.exec(statement);
    },
  };
}
