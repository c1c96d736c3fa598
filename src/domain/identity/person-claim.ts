/** That one person is one user: the claim of a user id on what tells the person apart. */
import type { Command, Decision, RecordKind, View } from '../../engine/record-kind.ts';

interface PersonClaim {
  readonly uid: string;
}

export interface ClaimPerson extends Command {
  readonly name: 'claim-person';
  readonly uid: string;
}

function decide(state: PersonClaim | null, { uid }: ClaimPerson): Decision<PersonClaim> {
  if (state?.uid === uid) return { kind: 'unchanged', reply: { body: '' } };
  if (state !== null) return { kind: 'refused', code: 'known-person', diagnostics: state.uid };
  return { kind: 'accepted', state: { uid }, outbox: [], reply: { body: '' } };
}

export const personClaimKind: RecordKind<PersonClaim, ClaimPerson> = {
  name: 'person-claim',
  decode: ({ body }) => JSON.parse(body) as PersonClaim,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => (record ? { kind: 'found', body: record.body } : { kind: 'refused', code: 'unknown-person' }),
};
