/** Searches over the copied message records: by sender and local id, and the newest of a mailbox. Newest first. */
import type { NationalDatabases } from './databases.ts';

export interface MessageSearch {
  readonly party: 'sender' | 'recipient';
  readonly mailboxId: string;
  /** Only for senders. */
  readonly localId?: string;
  /** Ids sort by their birth: only those from `from` (inclusive) to `before` (exclusive). */
  readonly from: string;
  readonly before: string;
  readonly limit: number;
}

/** After every message id. */
export const NEWEST = '~';

// Each has its partial index (migration 0001); the literals must stand here as they stand there.
const STATEMENTS = {
  sender: `SELECT key, body FROM record_copies WHERE kind = 'mesh-message' AND deleted = 0
    AND body ->> '$.sender.mailboxId' = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4`,
  recipient: `SELECT key, body FROM record_copies WHERE kind = 'mesh-message' AND deleted = 0
    AND body ->> '$.recipient.mailboxId' = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4`,
  localId: `SELECT key, body FROM record_copies WHERE kind = 'mesh-message' AND deleted = 0
    AND body ->> '$.sender.mailboxId' = ?1 AND key >= ?2 AND key < ?3 AND body ->> '$.localId' = ?5
    ORDER BY key DESC LIMIT ?4`,
} as const;

interface Row {
  readonly key: string;
  readonly body: string;
}

/** Bodies of message records. */
export async function searchMessages(
  { records }: NationalDatabases,
  search: MessageSearch,
): Promise<readonly string[]> {
  const { party, mailboxId, localId, from, before, limit } = search;
  const statement = STATEMENTS[localId === undefined ? party : 'localId'];
  const parameters = [mailboxId, from, before, limit, ...(localId === undefined ? [] : [localId])];
  const found = await Promise.all(
    [...new Set(records)].map(
      async (database) =>
        (
          await database
            .prepare(statement)
            .bind(...parameters)
            .all<Row>()
        ).results,
    ),
  );
  const rows = found.flat().sort((a, b) => (a.key < b.key ? 1 : -1));
  return rows.slice(0, limit).map(({ body }) => body);
}
