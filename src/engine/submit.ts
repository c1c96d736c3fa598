/**
 * One command, in the order that the guarantees need: recall, ownership, guard, version, decide, stage.
 * Runs inside the turn's storage transaction, in a savepoint of its own.
 */
import { remember, recall } from './idempotency.ts';
import { HotRecord } from './hot-state.ts';
import { laneRefusal } from './lane.ts';
import { relist } from './lists.ts';
import { ROW_BYTES_MAX } from './limits.ts';
import type { CommandEnvelope, Outcome } from './envelope.ts';
import type { DecisionContext, Decision, RecordKind } from './record-kind.ts';
import type { ShardState } from './shard-state.ts';

type Accepted = Extract<Decision<unknown>, { kind: 'accepted' }>;

/** What a committed command leaves for later turns. */
export interface Effects {
  changed(kind: string, key: string, sequence: number): void;
  /** A key was remembered that has to be forgotten some day. */
  remembered(): void;
  /** The outbox has entries to relay. */
  owes(): void;
}

export function submitCommand(shard: ShardState, envelope: CommandEnvelope, now: number, effects: Effects): Outcome {
  const known = recall(shard.statements, envelope);
  if (known) return known;
  if (!shard.owns(envelope.key)) return { kind: 'refused', code: 'not-ours' };
  const closed = laneRefusal(shard.lane);
  if (closed) return { kind: 'refused', code: closed };
  const kind = shard.kind(envelope.kind);
  const record = shard.hot.find(kind, envelope.key);
  const state = record && !record.deleted ? record.state() : null;
  const context = decisionContext(shard, envelope, { now, version: record?.version ?? 0 });
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
  return stage(shard, { envelope, kind, record, decision, now, version: context.nextVersion }, effects);
}

interface Staging {
  readonly envelope: CommandEnvelope;
  readonly kind: RecordKind<unknown>;
  readonly record: HotRecord | null;
  readonly decision: Accepted;
  readonly now: number;
  readonly version: number;
}

function stage(shard: ShardState, staging: Staging, effects: Effects): Outcome {
  const { envelope, kind, record, decision, now, version } = staging;
  const stored = kind.encode(decision.state);
  if (stored.body.length + stored.annex.length > ROW_BYTES_MAX) return { kind: 'refused', code: 'too-large' };
  if (shard.isFull()) return { kind: 'refused', code: 'read-only' };
  const replied = { kind: 'replied', effect: 'accepted', version, ...decision.reply } as const;
  if (envelope.dryRun) return replied;
  const { epoch } = shard.lane;
  const row = { version, epoch, body: stored.body, annex: stored.annex, deleted: 0 };
  const id = record?.id ?? shard.statements.insertRecord(kind.name, envelope.key, row);
  if (record) shard.statements.updateRecord(record.id, row);
  relist(shard.statements, {
    kind,
    key: envelope.key,
    before: record && !record.deleted ? record.state() : null,
    after: decision.state,
  });
  const sequence = shard.journal.append({
    at: now,
    kind: kind.name,
    key: envelope.key,
    version,
    entry: journalEntry(envelope, epoch, decision),
    body: stored.body,
    annex: stored.annex,
  });
  const reply = { ...replied, sequence };
  remember(shard.statements, envelope, reply, { now, body: stored.body });
  for (const entry of decision.outbox) {
    shard.statements.insertOutbox(`${kind.name}/${envelope.key}>${entry.target}`, entry, now);
  }
  const header = { key: envelope.key, id, version, epoch, deleted: false };
  shard.hot.put(new HotRecord(kind, header, stored, decision.state));
  effects.changed(kind.name, envelope.key, sequence);
  if (decision.outbox.length > 0) effects.owes();
  return reply;
}

/** The audit facts of an accepted command and its idempotency key; the bodies stand beside it. */
function journalEntry(envelope: CommandEnvelope, epoch: number, decision: Accepted): string {
  const { requestId, fingerprint, agent, command } = envelope;
  return JSON.stringify({ action: command.name, epoch, requestId, fingerprint, agent, outbox: decision.outbox.length });
}

function decisionContext(
  shard: ShardState,
  envelope: CommandEnvelope,
  known: { now: number; version: number },
): DecisionContext {
  return {
    key: envelope.key,
    now: known.now,
    version: known.version,
    // One more than the highest known: a record may have started at any number.
    nextVersion: known.version + 1,
    agent: envelope.agent,
    newId: () => shard.ports.newId(),
    neighbour: shard.neighbour(envelope.key),
  };
}
