import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RelatedPerson } from 'fhir/r4';
import type { RecordView } from '../../../src/engine/record-kind.ts';
import type { Demographics, DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import {
  byContactRank,
  referencedPatients,
  relatedPersons,
  withoutLocation,
  withoutLocations,
  type RelatedPersons,
} from '../../../src/domain/pds/related-persons.ts';
import { agent, decisionContext, KEY, OTHER, patient, viewContext } from './people.ts';

const rank = (valuePositiveInt: number) => ({
  url: 'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-ContactRank',
  valuePositiveInt,
});
const person = (id: string, changes: Partial<RelatedPerson> = {}): RelatedPerson => ({
  resourceType: 'RelatedPerson',
  id,
  active: true,
  patient: {},
  relationship: [{ coding: [{ code: 'MTH' }] }],
  telecom: [{ system: 'phone', value: '01632960003' }],
  address: [{ use: 'home', line: ['4 The Crescent', 'WHITBY'] }],
  ...changes,
});
const known = (number: string, system?: string) => ({
  patient: { identifier: { value: number, ...(system === undefined ? {} : { system }) } },
});

function record(state: RelatedPersons): RecordView<RelatedPersons> {
  const stored = relatedPersons.encode(state);
  return { ...stored, key: KEY, version: 1, state: () => relatedPersons.decode(stored) };
}

function get(state: RelatedPersons | null, annex: DemographicsAnnex | null, by = agent()) {
  const beside: Demographics | null = annex === null ? null : { resource: patient(), annex };
  const neighbour = (kind: string): unknown => (kind === 'demographics' ? beside : null);
  const view = state === null ? null : record(state);
  return relatedPersons.view(view, { name: 'get-related-persons' }, viewContext({ agent: by, neighbour }));
}

const two: RelatedPersons = { resources: [person('P1'), person('P2')] };
const empty = { kind: 'found', body: '[]' };

describe('the list', () => {
  test('PDS-R01 is served as it is stored', () =>
    expect(get(two, {})).toEqual({ kind: 'found', body: JSON.stringify(two.resources) }));
  test('PDS-R02 nobody related: an empty list', () => expect(get(null, {})).toEqual(empty));

  test.each(['R', 'V'] as const)(
    'PDS-R03 of a restricted patient (%s) it is empty, for privileged access too',
    (confidentiality) => {
      expect(get(two, { confidentiality })).toEqual(empty);
      expect(get(two, { confidentiality }, agent('privileged-application-restricted'))).toEqual(empty);
    },
  );

  test('PDS-R04 the demographics decide about the patient', () => {
    expect(get(two, null)).toEqual({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
    expect(get(two, { status: 'invalidated' })).toEqual({ kind: 'refused', code: 'INVALIDATED_RESOURCE' });
    expect(get(two, { status: 'superseded', supersededBy: OTHER })).toEqual({ kind: 'moved', key: OTHER });
  });

  test('PDS-R05 patients see their own only', () => {
    expect(get(two, {}, agent('patient-access', { subject: KEY })).kind).toBe('found');
    expect(get(two, {}, agent('patient-access', { subject: OTHER }))).toMatchObject({ code: 'PATIENT_ACCESS_DENIED' });
  });

  test('PDS-R06 blank address lines return for entitled systems', () => {
    const state = { resources: [person('P1'), person('P2')], addressLines: { P2: ['4 The Crescent', null, 'WHITBY'] } };
    const view = get(state, {}, agent('user-restricted', { rights: ['return-empty-address-lines'] }));
    const people = view.kind === 'found' ? (JSON.parse(view.body) as RelatedPerson[]) : [];
    expect(people[1]?.address).toMatchObject([{ line: ['4 The Crescent', null, 'WHITBY'] }]);
    expect(people[1]?.address?.[0]).not.toHaveProperty('id');
    expect(people[0]).toEqual(state.resources[0]);
    expect(get(state, {})).toEqual({ kind: 'found', body: JSON.stringify(state.resources) });
  });

  test('PDS-R07 nothing writes related persons', () => {
    const persons = { resources: [] };
    const decisions = [{ name: 'take-over', persons } as const, { name: 'retire-persons' } as const].map((command) =>
      relatedPersons.decide(null, command, decisionContext()),
    );
    expect(decisions).toEqual([{}, {}].map(() => ({ kind: 'refused', code: 'ACCESS_DENIED' })));
  });

  test.each([[two], [{ ...two, addressLines: { P1: [null, 'x'] } }]])(
    'PDS-R01 what is stored is what was given: %#',
    (state) => {
      expect(relatedPersons.decode(relatedPersons.encode(state))).toEqual(state);
    },
  );
});

describe('order', () => {
  test('PDS-R08 by contact rank, unranked last, equals in their order', () => {
    const people = [
      person('a'),
      person('b', { extension: [rank(9)] }),
      person('c', { extension: [rank(1)] }),
      person('d'),
      person('e', { extension: [rank(1)] }),
    ];
    expect(byContactRank(people).map(({ id }) => id)).toEqual(['c', 'e', 'b', 'a', 'd']);
  });

  test('PDS-R08 loses nobody and leaves the given list alone', () => {
    const ranks = fc.array(fc.option(fc.integer({ min: 1, max: 99 })));
    fc.assert(
      fc.property(ranks, (given) => {
        const people = given.map((value, i) => person(String(i), value === null ? {} : { extension: [rank(value)] }));
        const ordered = byContactRank(people);
        expect(people.map(({ id }) => id)).toEqual(given.map((_, i) => String(i)));
        expect(new Set(ordered)).toEqual(new Set(people));
        const sorted = ordered.map(({ extension }) => extension?.[0]?.valuePositiveInt ?? 100);
        expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('related persons who are patients', () => {
  test('PDS-R09 are told by their NHS number, once', () => {
    const people = [
      person('a', known(OTHER, 'https://fhir.nhs.uk/Id/nhs-number')),
      person('b'),
      person('c', known(OTHER)),
      person('d', known('X1', 'urn:other')),
      person('e', known(KEY)),
    ];
    expect(referencedPatients(people)).toEqual([OTHER, KEY]);
  });

  test('PDS-R09 lose address and telecom where they are restricted', () => {
    const people = [person('a', known(OTHER)), person('b', known(KEY)), person('c')];
    const seen = withoutLocations(people, new Set([OTHER]));
    expect(seen[0]).toEqual(withoutLocation(person('a', known(OTHER))));
    expect(seen[0]).not.toHaveProperty('address');
    expect(seen[0]).not.toHaveProperty('telecom');
    expect(seen[0]).toHaveProperty('relationship');
    expect(seen.slice(1)).toEqual(people.slice(1));
    expect(withoutLocations(people, new Set())).toBe(people);
  });
});
