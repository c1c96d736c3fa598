/**
 * Several steps of one actor in one turn: what they write commits together or not at all, and what they saw is in the
 * packed access row of the same commit. For actors whose one act touches more than one record.
 */
import { readRecord } from './read.ts';
import { submitCommand } from './submit.ts';
import type { Effects } from './submit.ts';
import type { CommandEnvelope, Outcome, QueryEnvelope } from './envelope.ts';
import type { Turn } from './group-commit.ts';
import type { AccessFact } from './journal.ts';
import type { ListRow } from '../storage/shard/statements.ts';
import type { ShardState } from './shard-state.ts';

export interface Steps {
  readonly now: number;
  submit(envelope: CommandEnvelope): Outcome;
  read(envelope: QueryEnvelope): Outcome;
  /** State of a record, or null; leaves no access fact, so it must not leave the actor unless noted. */
  state(kind: string, key: string): unknown;
  note(fact: AccessFact): void;
  /** True where nobody else took the key before; it stays taken until `expires`. The same owner may take it again. */
  take(key: string, owner: string, expires: number): boolean;
  /** Whether somebody took the key. */
  taken(key: string): boolean;
  /** Gives a key back, for an act that did not happen. */
  release(key: string): void;
  /** Records of a list behind a position, in order. */
  listed(list: string, after: string, limit: number): ListRow[];
  listLength(list: string): number;
}

/** Keys that are taken share the table of replies: same life, same expiry. */
const TAKEN = 'taken\n';

export function stepsOf(shard: ShardState, turn: Turn, effects: Effects): Steps {
  const { statements } = shard;
  return {
    now: turn.now,
    submit: (envelope) => submitCommand(shard, envelope, turn.now, effects),
    read: (envelope) => {
      const { outcome, fact } = readRecord(shard, envelope, turn.now);
      if (fact) turn.accesses.push(fact);
      return outcome;
    },
    state: (kind, key) => shard.neighbour(key)(kind),
    note: (fact) => void turn.accesses.push(fact),
    take: (key, owner, expires) => {
      const holder = statements.reply(TAKEN + key);
      if (holder) return holder.fingerprint === owner;
      const row = { fingerprint: owner, seq: 0, version: 0, body: '', attributes: null, expires };
      statements.insertReply(TAKEN + key, row);
      effects.remembered();
      return true;
    },
    taken: (key) => statements.reply(TAKEN + key) !== null,
    release: (key) => statements.deleteReply(TAKEN + key),
    listed: (list, after, limit) => statements.listed(list, after, limit),
    listLength: (list) => statements.listLength(list),
  };
}
