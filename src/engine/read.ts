/** One query: ownership, view, and the fact that the access leaves in the journal. */
import type { AccessFact } from './journal.ts';
import type { Outcome, QueryEnvelope } from './envelope.ts';
import type { ShardState } from './shard-state.ts';

export interface Seen {
  readonly outcome: Outcome;
  /** Null for reads that are not accesses. */
  readonly fact: AccessFact | null;
}

export function readRecord(shard: ShardState, envelope: QueryEnvelope, now: number): Seen {
  const { key, agent, query, requestId } = envelope;
  if (!shard.owns(key)) return { outcome: { kind: 'refused', code: 'not-ours' }, fact: null };
  const kind = shard.kind(envelope.kind);
  const record = shard.hot.find(kind, key);
  const present = record && !record.deleted ? record : null;
  const view = kind.view(present, query, { key, now, agent, neighbour: shard.neighbour(key) });
  const version = present?.version ?? 0;
  const outcome: Outcome =
    view.kind === 'found'
      ? {
          kind: 'replied',
          effect: 'found',
          version,
          body: view.body,
          ...(view.attributes ? { attributes: view.attributes } : {}),
        }
      : view;
  if (envelope.purpose !== 'access') return { outcome, fact: null };
  const told = view.kind === 'refused' ? view.code : view.kind;
  return { outcome, fact: { kind: kind.name, key, action: query.name, outcome: told, version, requestId, agent } };
}
