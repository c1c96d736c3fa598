import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityOf, matchKey, registrationVerdict, sameIdentity } from '../../../src/domain/pds/match-identity.ts';
import type { PersonIdentity } from '../../../src/domain/pds/match-identity.ts';
import type { PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { KEY, OTHER, patient } from './people.ts';

const ida: PersonIdentity = {
  given: 'IDA',
  family: 'BLYTHE',
  gender: 'FEMALE',
  birthDate: '2026-02-27',
  postcode: 'LS16AE',
};
const [mary, anne, ruth] = ['9990000034', '9990000042', '9990000050'];
const known = (key: string, changes: Partial<PersonIdentity> = {}) => ({ key, identity: { ...ida, ...changes } });
const named = (family: string, given: string[], postalCode = 'LS1 6AE'): PdsPatient => ({
  resourceType: 'Patient',
  gender: 'female',
  birthDate: '2026-02-27',
  name: [{ use: 'usual', family, given }],
  address: [{ use: 'home', postalCode }],
});
const single = (key: string) => ({
  kind: 'refused',
  code: 'SINGLE_MATCH',
  diagnostics: `Unable to create new patient. NHS number ${key} found for supplied demographic data.`,
});
const multiple = {
  kind: 'refused',
  code: 'MULTIPLE_MATCHES',
  diagnostics: 'Unable to create new patient. Multiple matches found for supplied demographic data.',
};

describe('identity', () => {
  test('PDS-C17 usual name and home address, folded', () => {
    expect(identityOf(patient())).toEqual({
      given: 'ADA JO',
      family: 'HARKER',
      gender: 'FEMALE',
      birthDate: '1971-05-26',
      postcode: 'YO211AA',
    });
  });

  test.each([
    [named('blythe', ['ida']), named('BLYTHE', ['IDA'])],
    [named('Bl\u00FDthe', ['Ida']), named('Blythe', ['Ida'])],
    [named(' Blythe ', ['Ida']), named('Blythe', [' Ida'])],
    [named('O\u2019Hara', ['Ida']), named("O'Hara", ['Ida'])],
    [named('Blythe', ['Ida'], 'ls16ae'), named('Blythe', ['Ida'], 'LS1 6AE')],
    [named('Blythe', ['Ida', 'May']), named('Blythe', ['Ida May'])],
  ])('PDS-C17 the same person, written otherwise: %#', (a, b) =>
    expect(sameIdentity(identityOf(a), identityOf(b))).toBe(true),
  );

  test.each(['given', 'family', 'gender', 'birthDate', 'postcode'] as const)(
    'PDS-C15 another %s is another person',
    (fact) => {
      expect(sameIdentity(ida, ida)).toBe(true);
      expect(sameIdentity(ida, { ...ida, [fact]: 'X' })).toBe(false);
    },
  );

  test('PDS-C16 rivals for one person share a key', () => {
    expect(matchKey({ ...ida, birthDate: '2010-10-22', family: 'SMITH' })).toBe('2010-10-22/S530');
    expect(matchKey({ ...ida, birthDate: '2010-10-22', family: 'SMYTHE' })).toBe('2010-10-22/S530');
  });

  test('PDS-C16 whoever is the same has the same key', () => {
    const person = fc.record({ family: fc.string(), given: fc.array(fc.string(), { maxLength: 3 }) });
    fc.assert(
      fc.property(person, ({ family, given }) => {
        const a = identityOf(named(family, given));
        const b = identityOf(named(family.toLowerCase(), given));
        expect(!sameIdentity(a, b) || matchKey(a) === matchKey(b)).toBe(true);
      }),
    );
  });
});

describe('verdict on a new patient', () => {
  test('PDS-C15 nobody known: to be registered', () => {
    expect(registrationVerdict(ida, [], false)).toBeNull();
    expect(registrationVerdict(ida, [known(KEY, { family: 'HARKER' })], false)).toBeNull();
  });

  test('PDS-C15 one match, several matches', () => {
    expect(registrationVerdict(ida, [known(KEY), known(OTHER, { given: 'EVE' })], false)).toEqual(single(KEY));
    expect(registrationVerdict(ida, [known(KEY), known(OTHER)], false)).toEqual(multiple);
  });

  test('PDS-C15 matches of a patient who is no newborn cannot be ignored', () => {
    expect(registrationVerdict(ida, [known(KEY)], true)).toEqual(single(KEY));
  });

  test('PDS-C15 somebody known from birth is matched by the postcode as well', () => {
    expect(registrationVerdict(ida, [known(KEY, { mother: mary })], false)).toEqual(single(KEY));
    expect(registrationVerdict(ida, [known(KEY, { mother: mary, postcode: 'X' })], false)).toBeNull();
  });
});

describe('verdict on a newborn', () => {
  const newborn = { ...ida, mother: mary };

  test.each([true, false])('PDS-B08 the same baby of the same mother is one person (ignoring: %s)', (ignore) => {
    const found = [known(OTHER, { mother: anne }), known(KEY, { mother: mary, postcode: 'MOVED' })];
    expect(registrationVerdict(newborn, found, ignore)).toEqual(single(KEY));
  });

  test('PDS-B08 of another mother it may be ignored', () => {
    const found = [known(KEY, { mother: anne, postcode: 'ELSEWHERE' })];
    expect(registrationVerdict(newborn, found, true)).toBeNull();
    expect(registrationVerdict(newborn, found, false)).toEqual(single(KEY));
  });

  test('PDS-B08 a third of a third mother matches both', () => {
    const found = [known(KEY, { mother: anne, postcode: 'A' }), known(OTHER, { mother: ruth, postcode: 'B' })];
    expect(registrationVerdict(newborn, found, false)).toEqual(multiple);
    expect(registrationVerdict(newborn, found, true)).toBeNull();
  });

  test('PDS-B08 a twin with another name is somebody else', () => {
    expect(registrationVerdict(newborn, [known(KEY, { mother: mary, given: 'EVE' })], false)).toBeNull();
  });
});
