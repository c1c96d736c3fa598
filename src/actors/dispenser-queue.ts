/** Offers the entries of a queue to a pull, each to one at a time, and takes out what is settled: steps of one commit. */
import { NOMINATED_PULL } from '../domain/eps/nominated-pull.ts';
import type { Candidate, NotePull } from '../domain/eps/nominated-pull.ts';
import { QUEUE_ENTRY, leasedList, queueKey, queuedList } from '../domain/eps/queue-entry.ts';
import type { QueueCommand, QueueEntry } from '../domain/eps/queue-entry.ts';
import { timePosition } from '../domain/eps/prescription.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Agent } from '../engine/record-kind.ts';
import type { Steps } from '../engine/transact.ts';
import type { PullCall, SettleCall } from './organization-shard.ts';

/** A pull that is under way settles within seconds; its entries come back after this long. */
const LEASE_MS = 60_000;

export function pullFrom(steps: Steps, call: PullCall): readonly Candidate[] {
  const { ods, agent, pull, release, limit } = call;
  const note = (candidates: readonly Candidate[], dryRun: boolean) => {
    const command: NotePull = { name: 'note-pull', pull, candidates };
    const effect = { requestId: `pull/${ods}/${pull}`, fingerprint: '', dryRun };
    return steps.submit({ v: ENVELOPE_VERSION, kind: NOMINATED_PULL, key: ods, command, agent, ...effect });
  };
  const known = note([], true);
  if (known.kind === 'replied' && known.replayed === true) return JSON.parse(known.body) as Candidate[];
  const candidates = offered(steps, ods, limit);
  // An empty queue is asked again and again: that leaves no trace.
  if (candidates.length === 0) return [];
  const noted = note(candidates, false);
  if (noted.kind !== 'replied') throw new Error(`pull not noted: ${noted.kind}`);
  const lease: QueueCommand = { name: 'lease', pull, release, until: steps.now + LEASE_MS };
  for (const { id } of candidates) change(steps, { ods, id, agent, requestId: `lease/${pull}` }, lease);
  return candidates;
}

/** First what an earlier pull left behind, then in the order of coming. */
function offered(steps: Steps, ods: string, limit: number): readonly Candidate[] {
  const due = timePosition(steps.now);
  const left = steps.listed(leasedList(ods), '', limit).filter(({ position }) => position <= due);
  const waiting = left.length < limit ? steps.listed(queuedList(ods), '', limit - left.length) : [];
  return [...left, ...waiting].flatMap(({ key }) => {
    const entry = steps.state(QUEUE_ENTRY, key) as QueueEntry | null;
    return entry === null ? [] : [{ id: entry.id, nhsNumber: entry.nhsNumber, again: entry.releases ?? [] }];
  });
}

export function settlePull(steps: Steps, { ods, agent, pull, ids }: SettleCall): void {
  for (const id of ids) change(steps, { ods, id, agent, requestId: `settle/${pull}` }, { name: 'settle', pull });
}

interface Change {
  readonly ods: string;
  readonly id: string;
  readonly agent: Agent;
  readonly requestId: string;
}

function change(steps: Steps, { ods, id, agent, requestId }: Change, command: QueueCommand): void {
  const key = queueKey(ods, id);
  const effect = { requestId: `${requestId}/${key}`, fingerprint: '' };
  const outcome = steps.submit({ v: ENVELOPE_VERSION, kind: QUEUE_ENTRY, key, command, agent, ...effect });
  if (outcome.kind !== 'replied') throw new Error(`${command.name} not done: ${outcome.kind}`);
}
