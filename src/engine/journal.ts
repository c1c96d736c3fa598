/**
 * The hash-chained journal of a shard: every accepted change with its bodies, and every seen record, in commit order.
 * hash(n) = SHA-256(hash(n-1), all columns of n), so an edit, a deletion or a swap breaks the chain at its place.
 */
import { hash } from 'node:crypto';
import type { CommandEnvelope } from './envelope.ts';
import type { Agent } from './record-kind.ts';
import type { JournalRow, ShardStatements } from '../storage/shard/statements.ts';

export const GENESIS_HASH = '0'.repeat(64);

export type JournalInput = Omit<JournalRow, 'seq' | 'hash'>;

/** One record seen by one agent, or one command refused: packed with the others of its turn. */
export interface AccessFact {
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  readonly outcome: string;
  readonly version: number;
  readonly requestId: string;
  readonly agent: Agent;
}

/** The trace that a refused command leaves. */
export function refusedFact(envelope: Omit<CommandEnvelope, 'v'>, code: string): AccessFact {
  const { kind, key, command, requestId, agent } = envelope;
  return { kind, key, action: command.name, outcome: code, version: 0, requestId, agent };
}

export function journalHash(previous: string, row: Omit<JournalRow, 'hash'>): string {
  // Lengths keep the columns apart: no other split of the same characters gives the same text.
  const head = `${previous}\n${row.seq}\n${row.at}\n${row.kind}\n${row.key}\n${row.version}\n${row.entry.length}\n${row.body.length}\n`;
  return hash('sha256', head + row.entry + row.body + row.annex, 'hex');
}

export class Journal {
  readonly #statements: ShardStatements;
  #seq: number;
  #hash: string;

  constructor(statements: ShardStatements, head: { seq: number; hash: string } | null) {
    this.#statements = statements;
    this.#seq = head?.seq ?? 0;
    this.#hash = head?.hash ?? GENESIS_HASH;
  }

  get head(): { readonly seq: number; readonly hash: string } {
    return { seq: this.#seq, hash: this.#hash };
  }

  append(input: JournalInput): number {
    const seq = this.#seq + 1;
    const unsealed = { ...input, seq };
    const sealed = journalHash(this.#hash, unsealed);
    this.#statements.appendJournal({ ...unsealed, hash: sealed });
    this.#seq = seq;
    this.#hash = sealed;
    return seq;
  }

  /** Takes the position back after a savepoint rolled its rows back. */
  rewind(head: { readonly seq: number; readonly hash: string }): void {
    this.#seq = head.seq;
    this.#hash = head.hash;
  }

  /** One row for all accesses of a turn; agents that repeat are written once. */
  appendAccesses(at: number, facts: readonly AccessFact[]): void {
    if (facts.length === 0) return;
    const agents = new Map<string, number>();
    const accesses = facts.map((fact) => {
      const agent = JSON.stringify(fact.agent);
      const index = agents.get(agent) ?? agents.size;
      agents.set(agent, index);
      return [fact.kind, fact.key, fact.action, fact.outcome, fact.version, fact.requestId, index];
    });
    const entry = `{"agents":[${[...agents.keys()].join(',')}],"accesses":${JSON.stringify(accesses)}}`;
    this.append({
      at,
      kind: 'reads',
      key: '',
      version: 0,
      entry,
      body: '',
      annex: '',
    });
  }
}
