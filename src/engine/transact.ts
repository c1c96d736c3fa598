/**
 * Several steps of one actor in one turn: what they write commits together or not at all, and what they saw is in the
 * packed access row of the same commit. For actors whose one act touches more than one record.
 */
import { readRecord } from './read.ts';
import { submitCommand } from './submit.ts';
import type { Effects, Repeats } from './submit.ts';
import type { CommandEnvelope, Outcome, QueryEnvelope } from './envelope.ts';
import type { Turn } from './group-commit.ts';
import type { AccessFact } from './journal.ts';
import type { ListRow } from '../storage/shard/statements.ts';
import type { ShardState } from './shard-state.ts';

export interface Steps {
  readonly now: number;
  submit(envelope: CommandEnvelope, repeats?: Repeats): Outcome;
  read(envelope: QueryEnvelope): Outcome;
  /** State of a record, or null; leaves no access fact, so it must not leave the actor unless noted. */
  state(kind: string, key: string): unknown;
  note(fact: AccessFact): void;
  /** Records of a list behind a position, in order. */
  listed(list: string, after: string, limit: number): ListRow[];
  listLength(list: string): number;
}

export function stepsOf(shard: ShardState, turn: Turn, effects: Effects): Steps {
  const { statements } = shard;
  return {
    now: turn.now,
    submit: (envelope, repeats) => submitCommand(shard, envelope, { now: turn.now, ...repeats }, effects),
    read: (envelope) => {
      const { outcome, fact } = readRecord(shard, envelope, turn.now);
      if (fact) turn.accesses.push(fact);
      return outcome;
    },
    state: (kind, key) => shard.neighbour(key)(kind),
    note: (fact) => void turn.accesses.push(fact),
    listed: (list, after, limit) => statements.listed(list, after, limit),
    listLength: (list) => statements.listLength(list),
  };
}
