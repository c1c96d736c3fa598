/** Under which NHS number a prescription is to be found; whoever claims an id first has it for good. */
import type { Command, Query, RecordKind } from '../../engine/record-kind.ts';
import { refuse } from './refusals.ts';

export const PRESCRIPTION_LOCATION = 'prescription-location';

export interface PrescriptionLocation {
  readonly nhsNumber: string;
}

/** Answers whose it is: the claimant's, or who was there before. */
export interface ClaimId extends Command {
  readonly name: 'claim-id';
  readonly nhsNumber: string;
}

/** After a merge of NHS numbers. */
export interface Relocate extends Command {
  readonly name: 'relocate';
  readonly nhsNumber: string;
}

export const prescriptionLocation: RecordKind<PrescriptionLocation, ClaimId | Relocate> = {
  name: PRESCRIPTION_LOCATION,
  decode: ({ body }) => ({ nhsNumber: body }),
  encode: ({ nhsNumber }) => ({ body: nhsNumber, annex: '' }),
  decide(state, { name, nhsNumber }) {
    const stays = state !== null && (name === 'claim-id' || state.nhsNumber === nhsNumber);
    if (stays) return { kind: 'unchanged', reply: { body: state.nhsNumber } };
    return { kind: 'accepted', state: { nhsNumber }, outbox: [], reply: { body: nhsNumber } };
  },
  view: (record, _query: Query) =>
    record === null ? refuse('RESOURCE_NOT_FOUND') : { kind: 'found', body: record.body },
};
