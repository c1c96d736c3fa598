/**
 * Things that are worth remembering for a while and then all at once no longer: ids of assertions that were used, and
 * tickets that are good once. They stand in tables by time window, so that forgetting is a DROP of a whole table instead
 * of a row written per row forgotten. Not part of the journal: one row per use is all that a token may cost.
 */
import type { SqlPort } from './sql-port.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** 30 days are promised: with windows of ten days, three full ones lie behind the current one. */
const REPLAY_WINDOW_MS = 10 * DAY_MS;
const REPLAY_SLOTS = 4;
/** Tickets live for minutes: the current and the previous hour. */
const TICKET_WINDOW_MS = HOUR_MS;
const TICKET_SLOTS = 2;

interface Slot {
  readonly drop: string;
  readonly create: string;
}

const slots = (name: string, count: number, columns: string): readonly Slot[] =>
  Array.from({ length: count }, (_, slot) => ({
    drop: `DROP TABLE IF EXISTS ${name}_${slot}`,
    create: `CREATE TABLE IF NOT EXISTS ${name}_${slot} (${columns}) WITHOUT ROWID`,
  }));

const REPLAY = slots('used_assertion', REPLAY_SLOTS, 'id TEXT PRIMARY KEY, caller TEXT NOT NULL');
const TICKETS = slots(
  'ticket',
  TICKET_SLOTS,
  'id TEXT PRIMARY KEY, holder TEXT NOT NULL, facts TEXT NOT NULL, until INTEGER NOT NULL, caller TEXT',
);

const texts = (count: number, text: (slot: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, slot) => text(slot));

const FIND_USED = texts(REPLAY_SLOTS, (slot) => `SELECT caller FROM used_assertion_${slot} WHERE id = ?`);
const ADD_USED = texts(REPLAY_SLOTS, (slot) => `INSERT INTO used_assertion_${slot} (id, caller) VALUES (?, ?)`);
const ADD_TICKET = texts(
  TICKET_SLOTS,
  (slot) => `INSERT OR IGNORE INTO ticket_${slot} (id, holder, facts, until) VALUES (?, ?, ?, ?)`,
);
const FIND_TICKET = texts(
  TICKET_SLOTS,
  (slot) => `SELECT holder, facts, until, caller FROM ticket_${slot} WHERE id = ?`,
);
const USE_TICKET = texts(TICKET_SLOTS, (slot) => `UPDATE ticket_${slot} SET caller = ? WHERE id = ?`);

interface Ticket {
  readonly holder: string;
  readonly facts: string;
  readonly until: number;
  readonly caller: string | null;
}

/** One ring of windows: which slot is current, and the clearing of a slot before it is used again. */
class Windows {
  readonly #sql: SqlPort;
  readonly #name: string;
  readonly #slots: readonly Slot[];
  readonly #windowMs: number;
  #current: number;

  constructor(sql: SqlPort, name: string, ring: { slots: readonly Slot[]; windowMs: number }) {
    this.#sql = sql;
    this.#name = name;
    this.#slots = ring.slots;
    this.#windowMs = ring.windowMs;
    for (const { create } of ring.slots) sql.exec(create);
    const [row] = sql.exec<{ value: string }>(`SELECT value FROM meta WHERE name = ?`, `window/${name}`);
    this.#current = row === undefined ? -1 : Number(row.value);
  }

  /** The slot that takes new rows now. Time never goes back: a clock set back keeps the current window. */
  slotAt(now: number): number {
    const wanted = Math.floor(now / this.#windowMs);
    if (wanted > this.#current) {
      const first = this.#current === -1 ? wanted : Math.max(this.#current + 1, wanted - this.#slots.length + 1);
      for (let window = first; window <= wanted; window++) this.#clear(window % this.#slots.length);
      this.#current = wanted;
      this.#sql.exec(`INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)`, `window/${this.#name}`, String(wanted));
    }
    return this.#current % this.#slots.length;
  }

  #clear(index: number): void {
    const slot = this.#slots[index];
    if (slot === undefined) return;
    this.#sql.exec(slot.drop);
    this.#sql.exec(slot.create);
  }
}

export class Ephemeral {
  readonly #sql: SqlPort;
  readonly #replays: Windows;
  readonly #tickets: Windows;

  /** The shard's own tables must exist already. */
  constructor(sql: SqlPort) {
    this.#sql = sql;
    this.#replays = new Windows(sql, 'replays', { slots: REPLAY, windowMs: REPLAY_WINDOW_MS });
    this.#tickets = new Windows(sql, 'tickets', { slots: TICKETS, windowMs: TICKET_WINDOW_MS });
  }

  /** True for the first use within 30 days. `caller` makes a repeated call of the same use tell the same. */
  firstUse(id: string, caller: string, options: { readonly now: number; readonly remember: boolean }): boolean {
    return this.#sql.transaction(() => {
      const slot = this.#replays.slotAt(options.now);
      for (const statement of FIND_USED) {
        const [row] = this.#sql.exec<{ caller: string }>(statement, id);
        if (row !== undefined) return row.caller === caller;
      }
      if (options.remember) this.#sql.exec(ADD_USED[slot] ?? '', id, caller);
      return true;
    });
  }

  issueTicket(
    id: string,
    ticket: { readonly holder: string; readonly facts: string; readonly until: number },
    now: number,
  ): void {
    this.#sql.transaction(() => {
      this.#sql.exec(ADD_TICKET[this.#tickets.slotAt(now)] ?? '', id, ticket.holder, ticket.facts, ticket.until);
    });
  }

  /** The facts, once and only to the holder; null ever after. A stranger's attempt does not use the ticket up. */
  useTicket(id: string, holder: string, use: { readonly caller: string; readonly now: number }): string | null {
    return this.#sql.transaction(() => {
      this.#tickets.slotAt(use.now);
      for (const [slot, find] of FIND_TICKET.entries()) {
        const [ticket] = this.#sql.exec<Ticket>(find, id);
        if (ticket === undefined) continue;
        if (ticket.holder !== holder || use.now >= ticket.until) return null;
        if (ticket.caller !== null) return ticket.caller === use.caller ? ticket.facts : null;
        this.#sql.exec(USE_TICKET[slot] ?? '', use.caller, id);
        return ticket.facts;
      }
      return null;
    });
  }
}
