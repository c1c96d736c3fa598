import { describe, expect, test } from 'vitest';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import { birthPatient, checkBirthBundle, checkBirthShape } from '../../../src/domain/pds/record-birth.ts';
import { authority, birth, ethnicity, home, newcomer } from './births.ts';
import { birthPlace, death, decisionContext, OTHER } from './people.ts';

const told = (body: unknown): string => {
  const refusal = checkBirthBundle(body);
  return refusal === null ? 'accepted' : `${refusal.code}: ${refusal.diagnostics}`;
};
const baby = (changes: Readonly<Record<string, unknown>>) =>
  birth({ 0: newcomer({ birthDate: '2026-02-27', extension: [authority, ethnicity], ...changes }) });
const resourceOf = (position: number): Record<string, unknown> => birth().entry[position]?.resource ?? {};
const changed = (position: number, changes: object) => birth({ [position]: { ...resourceOf(position), ...changes } });

describe('the bundle', () => {
  test('PDS-B01 twelve entries by position are accepted', () => expect(told(birth())).toBe('accepted'));

  test.each([0, 1, 5, 7, 9, 11])(
    'PDS-B01 without entry %i there are too few, whatever stands out of place then',
    (position) => {
      const bundle = birth();
      bundle.entry.splice(position, 1);
      expect(told(bundle)).toBe(
        "TOO_FEW_VALUES_SUBMITTED: Too few values submitted - <json too long to display> in field 'entry'",
      );
    },
  );

  test('PDS-B01 no entry member, no resource in an entry', () => {
    expect(told({ resourceType: 'Bundle' })).toBe("MISSING_VALUE: Missing value - 'entry'");
    expect(told(birth({ 9: undefined }))).toBe("MISSING_VALUE: Missing value - 'entry/9/resource'");
  });

  test('PDS-B01 entries must stand in their place', () => {
    const swapped = birth({ 1: resourceOf(3), 3: resourceOf(1) });
    expect(told(swapped)).toBe(
      "INVALID_VALUE: Invalid value - '268477000' in field 'entry/1/resource/code/coding/0/code'",
    );
    expect(told(changed(9, { resourceType: 'CareTeam' }))).toContain("'entry/9/resource/resourceType'");
  });
});

describe('its parts', () => {
  test.each([
    [baby({ name: [{ given: ['Ida'], family: 'Blythe' }] }), 'entry/0/resource/name/0/use'],
    [baby({ birthDate: undefined }), 'entry/0/resource/birthDate'],
    [baby({ gender: undefined }), 'entry/0/resource/gender'],
    [baby({ address: undefined }), 'entry/0/resource/address'],
    [changed(1, { valueQuantity: { unit: 'grams' } }), 'entry/1/resource/valueQuantity/value'],
    [changed(7, { identifier: [{ system: 'urn:x' }] }), 'entry/7/resource/identifier/0/value'],
  ])('PDS-B02 %#: missing %s', (body, path) => expect(told(body)).toBe(`MISSING_VALUE: Missing value - '${path}'`));

  test('PDS-B02 what is missing in a later entry is told before what is wrong in an earlier one', () => {
    const body = birth({
      0: newcomer({ gender: 'other', extension: [authority, ethnicity] }),
      7: { resourceType: 'Patient' },
    });
    expect(told(body)).toContain("'entry/7/resource/identifier'");
  });

  test.each([
    [
      baby({ name: [{ use: 'usual', given: 'not an array', family: 'B' }] }),
      "'not an array' in field 'entry/0/resource/name/0/given'",
    ],
    [
      baby({ name: [{ use: 'usual', given: 'O`Brien', family: 'B' }] }),
      "'O`Brien' in field 'entry/0/resource/name/0/given'",
    ],
    [baby({ address: ['another'] }), "'another' in field 'entry/0/resource/address/0'"],
    [baby({ gender: 'other' }), "'other' in field 'gender'"],
    [baby({ birthDate: 'not-a-date' }), "'not-a-date' in field 'birthDate'"],
    [baby({ multipleBirthInteger: 100 }), "'100' in field 'entry/0/resource/multipleBirthInteger'"],
    [changed(1, { valueQuantity: { value: 35552 } }), "'35552' in field 'entry/1/resource/valueQuantity/value'"],
    [
      changed(7, { identifier: [{ value: '9990000019' }] }),
      "'9990000019' in field 'entry/7/resource/identifier/0/value'",
    ],
  ])('PDS-B03 %#: invalid %s', (body, text) => expect(told(body)).toBe(`INVALID_VALUE: Invalid value - ${text}`));

  test('PDS-B03 the ethnic category is mandatory', () => {
    expect(told(baby({ extension: [authority] }))).toContain("in field 'entry/0/resource/extension'");
  });

  test.each(['1', '2', '3', '4'])('PDS-B04 a formal death with stillbirth indication %s', (code) => {
    const body = birth({
      0: newcomer({
        birthDate: '2026-02-27',
        extension: [authority, ethnicity, death('2')],
        deceasedDateTime: '2026-02-27',
      }),
      2: { ...resourceOf(2), valueCodeableConcept: { coding: [{ code }] } },
    });
    const inconsistent = 'INSERT_BIRTH_DEATH_STATUS_INCONSISTENT: Insert Birth - Death Status Inconsistent';
    expect(told(body)).toBe(code === '1' ? inconsistent : 'accepted');
  });

  test('PDS-B04 a notification that is not formal may go with a live birth', () => {
    expect(told(baby({ extension: [authority, ethnicity, death('U')] }))).toBe('accepted');
  });

  test.each([
    [{ address: [{ ...home, line: ['24 Park Street'] }] }, 'address lines 1 and 4'],
    [
      { name: [{ use: 'usual', family: 'B', period: { start: '2026-02-27', end: '2026-02-28' } }] },
      'An end date can not be',
    ],
  ])('PDS-B05 the rules of a create hold for the baby: %#', (changes, text) => {
    expect(told(baby(changes))).toContain(`INVALID_CREATE: Invalid patient create data provided - '${text}`);
    expect(checkBirthShape(baby(changes))).toBeNull();
  });
});

describe('the record', () => {
  test('PDS-B06 the mother is told by the eighth entry', () => expect(birthPatient(birth()).mother).toBe(OTHER));

  test('PDS-B07 birth order and the coded birth place are kept; birth time, ethnicity and a status U are not', () => {
    const place = { ...birthPlace, valueAddress: { ...birthPlace.valueAddress, text: 'St Hilda Hospital' } };
    const { patient } = birthPatient(
      baby({
        multipleBirthInteger: 2,
        _birthDate: { extension: [] },
        extension: [authority, ethnicity, death('U'), place],
      }),
    );
    expect(patient).toMatchObject({ multipleBirthInteger: 2, birthDate: '2026-02-27', gender: 'female' });
    expect(patient.extension).toEqual([birthPlace]);
    expect(patient).not.toHaveProperty('_birthDate');
    expect(patient).not.toHaveProperty('deceasedDateTime');
  });

  test('PDS-B07 a death at birth is kept', () => {
    const { patient } = birthPatient(
      baby({ deceasedDateTime: '2026-02-27T04:05:06+00:00', extension: [authority, ethnicity, death('2')] }),
    );
    expect(patient.extension).toEqual([death('2')]);
    expect(patient.deceasedDateTime).toBe('2026-02-27T04:05:06+00:00');
  });

  test('PDS-B09 the answer carries a notification id, the record remembers the mother', () => {
    const { patient, mother } = birthPatient(birth());
    const decision = demographics.decide(
      null,
      { name: 'create-patient', patient, birth: { mother } },
      decisionContext(),
    );
    if (decision.kind !== 'accepted') throw new Error('refused');
    expect(decision.state.annex.birth).toEqual({ mother: OTHER });
    expect(decision.reply.attributes?.['notificationId']).toMatch(/^[0-9A-F]{8}$/);
    expect(decision.reply.body).not.toContain(OTHER);
  });
});
