/**
 * One place in a dispenser's queue. It is only a hint: the prescription itself decides who gets it. So an entry may be
 * offered twice and a stale one does no harm; what must not happen is that a waiting prescription has none.
 */
import type { Command, Decision, ListPlace, Query, RecordKind } from '../../engine/record-kind.ts';
import { refuse } from './refusals.ts';

export const QUEUE_ENTRY = 'queue-entry';

export interface QueueEntry {
  readonly ods: string;
  readonly id: string;
  readonly nhsNumber: string;
  /** ms: when it entered the queue. */
  readonly at: number;
  readonly place: 'queued' | 'leased' | 'gone';
  /** Leased: by which pull, and until when others do not see it. */
  readonly pull?: string;
  readonly until?: number;
  /** Releases to which it was offered and that never said what became of it, the last one included. */
  readonly releases?: readonly string[];
}

export interface Enqueue extends Command {
  readonly name: 'enqueue';
  readonly ods: string;
  readonly id: string;
  readonly nhsNumber: string;
  readonly at: number;
}

export interface Dequeue extends Command {
  readonly name: 'dequeue';
}

/** Offered to one pull; if that never says what became of it, it is offered again. */
export interface Lease extends Command {
  readonly name: 'lease';
  readonly pull: string;
  readonly release: string;
  readonly until: number;
}

/** The pull says what became of it: handed out or not to be had. An entry that came anew meanwhile stays. */
export interface Settle extends Command {
  readonly name: 'settle';
  readonly pull: string;
}

export type QueueCommand = Enqueue | Dequeue | Lease | Settle;

/** Queues are in organisation shards, by ODS code. */
export const queueTarget = (ods: string): string => `organization-shard/${ods}`;
export const queueKey = (ods: string, id: string): string => `${ods}/${id}`;
export const queuedList = (ods: string): string => `queued/${ods}`;
export const leasedList = (ods: string): string => `leased/${ods}`;

/** Nobody fails so often in a row, a minute apart, and still means to have it. */
const RELEASES_MAX = 30;

const position = (at: number): string => String(Math.max(0, Math.round(at))).padStart(15, '0');

export const queueEntry: RecordKind<QueueEntry, QueueCommand> = {
  name: QUEUE_ENTRY,
  decode: ({ body }) => JSON.parse(body) as QueueEntry,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide(state, command) {
    switch (command.name) {
      case 'enqueue': {
        const { ods, id, nhsNumber, at } = command;
        return accepted({ ods, id, nhsNumber, at, place: 'queued' });
      }
      case 'dequeue':
        return state === null || state.place === 'gone' ? UNCHANGED : accepted(gone(state));
      case 'lease': {
        if (state === null || state.place === 'gone') return refuse('RESOURCE_NOT_FOUND');
        const { pull, release, until } = command;
        const releases = [...(state.releases ?? []).slice(-RELEASES_MAX), release];
        return accepted({ ...state, place: 'leased', pull, until, releases });
      }
      case 'settle':
        return state?.place === 'leased' && state.pull === command.pull ? accepted(gone(state)) : UNCHANGED;
    }
  },
  view: (record, _query: Query) =>
    record === null ? refuse('RESOURCE_NOT_FOUND') : { kind: 'found', body: record.body },
  lists({ ods, at, place, until = 0 }): readonly ListPlace[] {
    if (place === 'gone') return [];
    if (place === 'queued') return [{ list: queuedList(ods), position: position(at), note: '' }];
    return [{ list: leasedList(ods), position: position(until), note: '' }];
  },
};

const UNCHANGED: Decision<QueueEntry> = { kind: 'unchanged', reply: { body: '' } };

const accepted = (state: QueueEntry): Decision<QueueEntry> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: '' },
});

function gone({ ods, id, nhsNumber, at }: QueueEntry): QueueEntry {
  return { ods, id, nhsNumber, at, place: 'gone' };
}
