/** Statements that read the journal backwards for auditors: by time, by key, by words that occur in an entry. */
import type { SqlPort } from './sql-port.ts';

export interface TrailRow {
  seq: number;
  at: number;
  kind: string;
  key: string;
  version: number;
  entry: string;
}

export interface TrailRange {
  /** Inclusive, both. */
  readonly from: number;
  readonly to: number;
  /** '' where any key will do; otherwise the key of a change, or a word within the entry. */
  readonly key: string;
  readonly keyWord: string;
  /** '' where any entry will do. */
  readonly firstWord: string;
  readonly secondWord: string;
}

export function trailStatements(sql: SqlPort) {
  return {
    /** When the first row at or behind a position was written; null behind the head. */
    journalTime: (seq: number): { seq: number; at: number } | null =>
      sql.exec<{ seq: number; at: number }>(
        `SELECT seq, at FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1`,
        seq,
      )[0] ?? null,
    /** Newest first. The words narrow without reading JSON; who calls looks again. */
    trail: ({ from, to, key, keyWord, firstWord, secondWord }: TrailRange, limit: number): TrailRow[] =>
      sql.exec<TrailRow>(
        `SELECT seq, at, kind, key, version, entry FROM journal
          WHERE seq BETWEEN ? AND ? AND (? = '' OR key = ? OR instr(entry, ?) > 0)
            AND (? = '' OR instr(entry, ?) > 0) AND (? = '' OR instr(entry, ?) > 0)
          ORDER BY seq DESC LIMIT ?`,
        from,
        to,
        key,
        key,
        keyWord,
        firstWord,
        firstWord,
        secondWord,
        secondWord,
        limit,
      ),
  };
}
