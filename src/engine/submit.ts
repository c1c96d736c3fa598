/**
 * One command, in the order that the guarantees need: recall, ownership, held keys, guard, version, decide, stage.
 * Runs inside the turn's storage transaction, in a savepoint of its own. A transaction decides in one turn and stages
 * in a later one; between the two the key is held, so what was decided stays true.
 */
import { remember, recall } from './idempotency.ts';
import { HotRecord } from './hot-state.ts';
import { LOCKED } from './key-locks.ts';
import { laneRefusal } from './lane.ts';
import { relist } from './lists.ts';
import { ROW_BYTES_MAX } from './limits.ts';
import type { CommandEnvelope, Outcome } from './envelope.ts';
import type { Agent, DecisionContext, OutboxEntry, Reply } from './record-kind.ts';
import type { ShardState } from './shard-state.ts';

/** What a committed command leaves for later turns. */
export interface Effects {
  changed(kind: string, key: string, sequence: number): void;
  /** Something was remembered that has to be forgotten some day. */
  remembered(): void;
  /** The outbox has entries to relay. */
  owes(): void;
}

/** An accepted command, ready to be staged. All but `state` is plain data. */
export interface Change {
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  readonly agent: Agent;
  readonly requestId: string;
  readonly fingerprint: string;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
  readonly outbox: readonly OutboxEntry[];
  readonly reply: Reply;
  /** The decoded form of `body` and `annex`, where it is at hand. */
  readonly state?: unknown;
}

export type Verdict = { readonly kind: 'change'; readonly change: Change } | Outcome;

/** What the caller knows about repeats of a command; absent: nothing. */
export interface Repeats {
  /** Nothing was ever done under this request id, so there is no reply to recall. */
  readonly first?: boolean;
  /** A repeat finds it done and answers the same by itself, so the reply need not be kept. */
  readonly harmless?: boolean;
}

export function submitCommand(
  shard: ShardState,
  envelope: CommandEnvelope,
  { now, first, harmless }: Repeats & { readonly now: number },
  effects: Effects,
): Outcome {
  const known = first === true ? null : recall(shard.statements, envelope);
  if (known) return known;
  const verdict = decideCommand(shard, envelope, now);
  if (verdict.kind !== 'change') return verdict;
  const { change } = verdict;
  const replied = { kind: 'replied', effect: 'accepted', version: change.version, ...change.reply } as const;
  if (envelope.dryRun) return replied;
  const sequence = stageChange(shard, { change, now }, effects);
  const reply = { ...replied, sequence };
  if (harmless !== true) remember(shard.statements, envelope, reply, { now, body: change.body });
  return reply;
}

/** What the command would do now; changes nothing. */
export function decideCommand(shard: ShardState, envelope: CommandEnvelope, now: number): Verdict {
  if (!shard.owns(envelope.key)) return { kind: 'refused', code: 'not-ours' };
  const closed = laneRefusal(shard.lane);
  if (closed) return { kind: 'refused', code: closed };
  if (shard.locks.isHeld(envelope.key) && !envelope.dryRun) return LOCKED;
  const kind = shard.kind(envelope.kind);
  const record = shard.hot.find(kind, envelope.key);
  const state = record && !record.deleted ? record.state() : null;
  const context = decisionContext(shard, envelope, {
    now,
    version: record?.version ?? 0,
    lost: shard.versionsLost(record),
  });
  const refusal = kind.guard?.(state, envelope.command, context);
  if (refusal) return refusal;
  if (envelope.expectedVersion !== undefined && envelope.expectedVersion !== context.version) {
    return { kind: 'refused', code: 'version-mismatch' };
  }
  const decision = kind.decide(state, envelope.command, context);
  if (decision.kind === 'refused') return decision;
  if (decision.kind === 'unchanged') {
    return { kind: 'replied', effect: 'unchanged', version: context.version, ...decision.reply };
  }
  const stored = kind.encode(decision.state);
  if (stored.body.length + stored.annex.length > ROW_BYTES_MAX) return { kind: 'refused', code: 'too-large' };
  if (shard.isFull()) return { kind: 'refused', code: 'read-only' };
  const { key, requestId, fingerprint, agent } = envelope;
  return {
    kind: 'change',
    change: {
      kind: kind.name,
      key,
      action: envelope.command.name,
      agent,
      requestId,
      fingerprint,
      version: context.nextVersion,
      body: stored.body,
      annex: stored.annex,
      outbox: decision.outbox,
      reply: decision.reply,
      state: decision.state,
    },
  };
}

interface Staging {
  readonly change: Change;
  readonly now: number;
  /** The transaction that the change is part of. */
  readonly transaction?: string;
}

/** Writes record, journal and outbox rows of a change; the answer is its place in the journal. */
export function stageChange(shard: ShardState, { change, now, transaction }: Staging, effects: Effects): number {
  const { key, version, body, annex } = change;
  const { epoch } = shard.lane;
  const kind = shard.kind(change.kind);
  const record = shard.hot.find(kind, key);
  const row = { version, epoch, body, annex, deleted: 0 };
  const id = record?.id ?? shard.statements.insertRecord(kind.name, key, row);
  if (record) shard.statements.updateRecord(record.id, row);
  if (kind.lists) {
    const before = record && !record.deleted ? record.state() : null;
    relist(shard.statements, { kind, key, before, after: change.state ?? kind.decode(change) });
  }
  const entry = journalEntry(change, epoch, transaction);
  const sequence = shard.journal.append({ at: now, kind: kind.name, key, version, entry, body, annex });
  for (const owed of change.outbox) shard.statements.insertOutbox(`${kind.name}/${key}>${owed.target}`, owed, now);
  shard.hot.put(new HotRecord(kind, { key, id, version, epoch, deleted: false }, change, change.state));
  effects.changed(kind.name, key, sequence);
  if (change.outbox.length > 0) effects.owes();
  return sequence;
}

/** The audit facts of an accepted command and its idempotency key; the bodies stand beside it. */
function journalEntry(change: Change, epoch: number, transaction: string | undefined): string {
  const { action, requestId, fingerprint, agent, outbox } = change;
  const entry = { action, epoch, requestId, fingerprint, agent, outbox: outbox.length };
  return JSON.stringify(transaction === undefined ? entry : { ...entry, transaction });
}

function decisionContext(
  shard: ShardState,
  envelope: CommandEnvelope,
  known: { now: number; version: number; lost: number },
): DecisionContext {
  return {
    key: envelope.key,
    now: known.now,
    version: known.version,
    // One more than the highest known: a record may have started at any number.
    nextVersion: known.version + 1 + known.lost,
    agent: envelope.agent,
    newId: () => shard.ports.newId(),
    neighbour: shard.neighbour(envelope.key),
  };
}
