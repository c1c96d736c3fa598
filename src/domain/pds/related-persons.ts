/** The people who can be contacted about a patient: one record per patient, read only, shown only beside its demographics. */
import type { RelatedPerson } from 'fhir/r4';
import type {
  Decision,
  DecisionContext,
  MergeableKind,
  RecordView,
  View,
  ViewContext,
} from '../../engine/record-kind.ts';
import { CONTACT_RANK, NHS_NUMBER_SYSTEM } from '../../fhir/pds-extensions.ts';
import { restoreBlankLines, type AddressLines } from './address-lines.ts';
import type { Demographics } from './demographics-state.ts';
import { EMPTY_ADDRESS_LINES } from './entitlements.ts';
import { refuseOthers } from './merge-patients.ts';
import { notServed, refuseForeignRecord } from './record-access.ts';
import { isRestricted } from './redaction.ts';
import { refuse } from './refusals.ts';

export interface RelatedPersons {
  readonly resources: readonly RelatedPerson[];
  /** Per related person's id: the address lines as stored, blank ones included. */
  readonly addressLines?: AddressLines;
}

export interface GetRelatedPersons {
  readonly name: 'get-related-persons';
}

/** The list of a superseded number, for the surviving record that has none of its own. */
export interface TakeOver {
  readonly name: 'take-over';
  readonly persons: RelatedPersons;
}

/** The list of a superseded number is not served any more and stays as it was. */
export interface RetirePersons {
  readonly name: 'retire-persons';
}

export const relatedPersons: MergeableKind<RelatedPersons, TakeOver | RetirePersons, GetRelatedPersons> = {
  name: 'related-persons',
  decode: ({ body, annex }) => ({
    resources: JSON.parse(body) as RelatedPerson[],
    ...(annex === '' ? {} : (JSON.parse(annex) as Pick<RelatedPersons, 'addressLines'>)),
  }),
  encode: ({ resources, addressLines }) => ({
    body: JSON.stringify(resources),
    annex: addressLines === undefined ? '' : JSON.stringify({ addressLines }),
  }),
  // They arrive by import alone, and are taken over when their patient's number is superseded.
  decide: decideMove,
  view: (record, _query, context) => viewRelatedPersons(record, context),
  handOver: (state) => ({
    absorb: state === null || state.resources.length === 0 ? null : { name: 'take-over', persons: state },
    retire: { name: 'retire-persons' },
  }),
};

function decideMove(
  state: RelatedPersons | null,
  command: TakeOver | RetirePersons,
  { agent }: DecisionContext,
): Decision<RelatedPersons> {
  const refused = refuseOthers(agent);
  if (refused !== null) return refused;
  const reply = { body: '' };
  const hasOwn = state !== null && state.resources.length > 0;
  if (command.name === 'retire-persons' || hasOwn) return { kind: 'unchanged', reply };
  return { kind: 'accepted', state: command.persons, outbox: [], reply };
}

/** A JSON list. The demographics beside it decide whether there is anything to show. */
function viewRelatedPersons(record: RecordView<RelatedPersons> | null, context: ViewContext): View {
  const refused = refuseForeignRecord(context.agent, context.key);
  if (refused !== null) return refused;
  const patient = context.neighbour('demographics') as Demographics | null;
  if (patient === null) return refuse('RESOURCE_NOT_FOUND');
  const elsewhere = notServed(patient.annex);
  if (elsewhere !== null) return elsewhere;
  if (record === null || isRestricted(patient.annex)) return { kind: 'found', body: '[]' };
  const { addressLines } = record.state();
  if (addressLines === undefined || !context.agent.rights.includes(EMPTY_ADDRESS_LINES)) {
    return { kind: 'found', body: record.body };
  }
  return { kind: 'found', body: JSON.stringify(withLines(record.state().resources, addressLines)) };
}

/** Addresses of related persons have no id of their own; the person's id stands for its one address. */
function withLines(resources: readonly RelatedPerson[], lines: AddressLines): RelatedPerson[] {
  return resources.map((person) => {
    const stored = person.id === undefined ? undefined : lines[person.id];
    if (stored === undefined || person.address === undefined) return person;
    const address = restoreBlankLines(
      person.address.map((item) => ({ ...item, id: '' })),
      { '': stored },
    );
    return { ...person, address: address.map(({ id: _id, ...item }) => item) };
  });
}

function rankOf(person: RelatedPerson): number {
  const rank = person.extension?.find((extension) => extension.url === CONTACT_RANK);
  return rank?.valuePositiveInt ?? Infinity;
}

/** By contact rank, unranked last; equals keep their order. */
export function byContactRank(resources: readonly RelatedPerson[]): RelatedPerson[] {
  return resources.toSorted((a, b) => {
    const [first, second] = [rankOf(a), rankOf(b)];
    return first === second ? 0 : first - second;
  });
}

function referencedPatient(person: RelatedPerson): string | undefined {
  const { system, value } = person.patient?.identifier ?? {};
  return system === undefined || system === NHS_NUMBER_SYSTEM ? value : undefined;
}

/** NHS numbers of related persons who are patients themselves: where one is restricted, `withoutLocation` applies. */
export function referencedPatients(resources: readonly RelatedPerson[]): string[] {
  const numbers = resources.map(referencedPatient).filter((number) => number !== undefined);
  return [...new Set(numbers)];
}

/** Takes address and telecom from every related person who is one of the restricted patients. */
export function withoutLocations(
  resources: readonly RelatedPerson[],
  restricted: ReadonlySet<string>,
): readonly RelatedPerson[] {
  if (restricted.size === 0) return resources;
  return resources.map((person) =>
    restricted.has(referencedPatient(person) ?? '') ? withoutLocation(person) : person,
  );
}

export function withoutLocation(person: RelatedPerson): RelatedPerson {
  const { address: _address, telecom: _telecom, ...rest } = person;
  return rest;
}
