/**
 * Pages of the memory of tokens: what one flush took, in one row, filed by the minute that the tokens name. Rows are added
 * at the end and removed from the beginning, so that a token costs a part of one page where a row of its own, under a key
 * of chance, would cost a page.
 */
import type { SqlPort } from './sql-port.ts';

/** Pages of one minute, far above what a shard can flush in one. */
export const PAGES_PER_MINUTE = 2 ** 20;

const TABLE = `CREATE TABLE IF NOT EXISTS token_page (id INTEGER PRIMARY KEY, uses TEXT NOT NULL)`;
const ADD = `INSERT INTO token_page (id, uses) VALUES (?, ?)`;
const ONE = `SELECT id, uses FROM token_page WHERE id = ?`;
const OF_MINUTE = `SELECT id, uses FROM token_page WHERE id >= ? AND id < ? ORDER BY id`;
const OLDEST = `SELECT id FROM token_page WHERE id < ? ORDER BY id LIMIT ?`;
const FORGET = `DELETE FROM token_page WHERE id <= ?`;

interface PageRow {
  readonly id: number;
  readonly uses: string;
}

export class TokenPages {
  readonly #sql: SqlPort;

  constructor(sql: SqlPort) {
    this.#sql = sql;
    sql.exec(TABLE);
  }

  add(minute: number, page: number, uses: string): void {
    this.#sql.exec(ADD, minute * PAGES_PER_MINUTE + page, uses);
  }

  read(minute: number, page: number): string | null {
    return this.#sql.exec<PageRow>(ONE, minute * PAGES_PER_MINUTE + page)[0]?.uses ?? null;
  }

  /** The pages of a minute in the order in which they were written. */
  ofMinute(minute: number): readonly { readonly page: number; readonly uses: string }[] {
    const first = minute * PAGES_PER_MINUTE;
    const rows = this.#sql.exec<PageRow>(OF_MINUTE, first, first + PAGES_PER_MINUTE);
    return rows.map(({ id, uses }) => ({ page: id - first, uses }));
  }

  /** Removes pages of minutes before this one, at most so many; true: there may be more. */
  forgetBefore(minute: number, limit: number): boolean {
    const ids = this.#sql.exec<{ id: number }>(OLDEST, minute * PAGES_PER_MINUTE, limit);
    const last = ids.at(-1);
    if (last !== undefined) this.#sql.exec(FORGET, last.id);
    return ids.length === limit;
  }
}
