import { describe, expect, test } from 'vitest';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import { importPatientGroup } from '../../../src/domain/pds/import-patient-group.ts';
import { relatedPersons } from '../../../src/domain/pds/related-persons.ts';
import { KEY, OTHER, patient } from './people.ts';

const card = (changes: object = {}) => ({
  resourceType: 'Coverage',
  status: 'active',
  identifier: [{ value: 'FR1', assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: 'FRA' } } }],
  beneficiary: { identifier: { value: 'B1' } },
  payor: [{ identifier: { value: 'P1' } }],
  subscriber: { identifier: { value: KEY } },
  period: { end: '2030-12-31' },
  ...changes,
});
const person = (changes: object = {}) => ({
  resourceType: 'RelatedPerson',
  id: 'P1',
  active: true,
  patient: { identifier: { value: OTHER } },
  ...changes,
});

function group(...others: unknown[]) {
  const records = importPatientGroup(JSON.parse(JSON.stringify([patient(), ...others])) as unknown[]);
  if (typeof records === 'string') throw new Error(records);
  const [first, second] = records;
  if (first === undefined) throw new Error('no record');
  return { first, second, annex: demographics.decode(first).annex, people: second && relatedPersons.decode(second) };
}

describe('the card', () => {
  test('PDS-I20 becomes part of the demographics, with the country and the types', () => {
    const { annex, first, second } = group(card());
    expect(annex.coverage).toMatchObject({
      identifier: [{ assigner: { display: 'France' } }],
      beneficiary: { type: 'Patient' },
      subscriber: { type: 'Patient' },
    });
    expect(first).toMatchObject({ version: 3, body: JSON.stringify(patient()) });
    expect(second).toBeUndefined();
  });

  test.each([
    [card({ meta: { security: [{ code: 'REDACTED' }] } })],
    [card({ beneficiary: { identifier: {} } })],
    [card({ payor: [{ identifier: {} }] })],
  ])('PDS-I21 is kept but hidden: %#', (hidden) => {
    const { annex } = group(hidden);
    expect(annex).not.toHaveProperty('coverage');
    expect(annex.hiddenCoverage).not.toHaveProperty('meta');
    expect(annex.hiddenCoverage?.resourceType).toBe('Coverage');
  });
});

describe('related persons', () => {
  test('PDS-I22 become one record under the number of the patient before them', () => {
    const { second, people } = group(person(), card(), person({ id: 'P2' }));
    expect(second).toMatchObject({ kind: 'related-persons', key: KEY, version: 1, annex: '' });
    expect(people?.resources.map(({ id }) => id)).toEqual(['P1', 'P2']);
  });

  test('PDS-I22 stand by contact rank, versions and ids filled in', () => {
    const rank = (value: number) => [
      { url: 'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-ContactRank', valuePositiveInt: value },
    ];
    const { second, people } = group(
      person({ id: undefined, meta: { versionId: '4' } }),
      person({ id: 'b', extension: rank(2) }),
      person({ id: 'a', extension: rank(1) }),
    );
    expect(second?.version).toBe(4);
    expect(people?.resources.map(({ id }) => id)).toEqual(['a', 'b', expect.stringMatching(/^[0-9A-F]{8}$/)]);
    expect(people?.resources[2]).not.toHaveProperty('meta');
  });

  test('PDS-I23 an indicator to copy letters that is false is left out', () => {
    const copy = (valueBoolean: boolean) => [
      { url: 'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-CopyCorrespondenceIndicator', valueBoolean },
    ];
    const { people } = group(person({ extension: copy(false) }), person({ id: 'P2', extension: copy(true) }));
    expect(people?.resources[0]).not.toHaveProperty('extension');
    expect(people?.resources[1]?.extension).toEqual(copy(true));
  });

  test('PDS-I24 blank address lines are kept beside them', () => {
    const { people } = group(person({ address: [{ use: 'home', line: ['', '1 High Street', '', 'LEEDS'] }] }));
    expect(people).toEqual({
      resources: [person({ address: [{ use: 'home', line: ['1 High Street', 'LEEDS'] }] })],
      addressLines: { P1: [null, '1 High Street', null, 'LEEDS'] },
    });
  });
});

test.each([
  [[], 'not a Patient'],
  [[card(), patient()], 'not a Patient'],
  [[patient(), patient({ id: OTHER })], 'Patient cannot follow'],
  [[patient(), { resourceType: 'Observation' }], 'Observation cannot follow'],
  [[patient(), null], 'undefined cannot follow'],
  [[patient(), card(), card()], 'more than one Coverage'],
  [[patient(), card({ subscriber: { identifier: { value: OTHER } } })], `for subscriber ${OTHER}`],
  [[patient(), person(), person()], 'one id'],
  [[patient(), person({ meta: { versionId: 'x' } })], 'versionId'],
])('PDS-I25 the whole patient is refused with a reason: %#', (resources, reason) => {
  expect(importPatientGroup(JSON.parse(JSON.stringify(resources)) as unknown[])).toEqual(
    expect.stringContaining(reason),
  );
});
