/** The last pull of a dispenser. Its reply is kept by the engine, so that a repeated pull is given the same prescriptions. */
import type { Command, Query, RecordKind } from '../../engine/record-kind.ts';
import { refuse } from './refusals.ts';

export const NOMINATED_PULL = 'nominated-pull';

/** A prescription that may be had. */
export interface Candidate {
  readonly id: string;
  readonly nhsNumber: string;
  /** Earlier releases of this dispenser to which it was offered and that never came to their end. */
  readonly again: readonly string[];
}

export interface NominatedPull {
  readonly at: number;
  readonly pull: string;
  readonly offered: number;
}

export interface NotePull extends Command {
  readonly name: 'note-pull';
  readonly pull: string;
  readonly candidates: readonly Candidate[];
}

export const nominatedPull: RecordKind<NominatedPull, NotePull> = {
  name: NOMINATED_PULL,
  decode: ({ body }) => JSON.parse(body) as NominatedPull,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide(_state, { pull, candidates }, { now }) {
    const state: NominatedPull = { at: now, pull, offered: candidates.length };
    return { kind: 'accepted', state, outbox: [], reply: { body: JSON.stringify(candidates) } };
  },
  view: (record, _query: Query) =>
    record === null ? refuse('RESOURCE_NOT_FOUND') : { kind: 'found', body: record.body },
};
