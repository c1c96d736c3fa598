import type { HumanName } from 'fhir/r4';
import { describe, expect, test } from 'vitest';
import type { DemographicsHistory } from '../../../src/domain/pds/demographics-state.ts';
import { matchPatient } from '../../../src/domain/pds/match-patient.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';

interface Person {
  readonly name: HumanName;
  readonly gender: 'male' | 'female';
  readonly birthDate: string;
  readonly postcode?: string;
  readonly practice?: string;
  readonly deceased?: string;
  readonly history?: DemographicsHistory;
}

function score(
  { name, gender, birthDate, postcode, practice, deceased, history }: Person,
  query: string,
): number | null {
  const criteria = parseSearch(new URLSearchParams(query));
  if ('code' in criteria) throw new Error(`${criteria.code} ${criteria.diagnostics}`);
  return matchPatient(
    {
      resource: {
        resourceType: 'Patient',
        name: [{ use: 'usual', ...name }],
        gender,
        birthDate,
        ...(postcode !== undefined && { address: [{ use: 'home', postalCode: postcode }] }),
        ...(practice !== undefined && { generalPractitioner: [{ identifier: { value: practice } }] }),
        ...(deceased !== undefined && { deceasedDateTime: deceased }),
      },
      annex: history === undefined ? {} : { history },
    },
    criteria,
  );
}

const SAM: Person = {
  name: { family: 'Smith', given: ['Sam', 'Matt'] },
  gender: 'male',
  birthDate: '2000-05-05',
  postcode: 'DN17 4AA',
};
const MEEK: Person = {
  name: { family: 'MEEK', given: ['Bart'] },
  gender: 'male',
  birthDate: '2015-10-22',
  practice: 'A20047',
};
const ACCENTED: Person = { name: { family: 'attisón', given: ['Pauline'] }, gender: 'female', birthDate: '1960-07-14' };
const PLAIN: Person = { ...ACCENTED, name: { family: 'attison', given: ['Pauline', 'Mary', 'Jane'] } };
const ROWENA: Person = {
  name: { family: 'MED', given: ['Rowenad'] },
  gender: 'male',
  birthDate: '1999-09-09',
  history: { name: [{ family: 'HUME', given: ['Casey'] }], gender: ['female'] },
};
const UNICODE = `_fuzzy-match=true&${new URLSearchParams({ family: 'ATTSÖN', given: 'PÀULINÉ', birthdate: '1960-07-14' })}`;
const PLACE =
  '_fuzzy-match=true&family=Smythe&given=Mat&gender=male&birthdate=ge2000-05-03&address-postalcode=DN17+4AA';

describe('scores that the public material shows', () => {
  test.each([
    ['postcode wildcard', SAM, 'family=Smith&gender=male&birthdate=2000-05-05&address-postalcode=DN17*', 0.965],
    ['family wildcard and practice', MEEK, 'family=Me*&birthdate=2015-10-22&general-practitioner=A20047', 0.9259],
    ['accents, both accented', ACCENTED, UNICODE, 0.9317],
    ['accents, stored plain', PLAIN, UNICODE, 0.9077],
    ['found by place, given name far off', SAM, PLACE, 0.8827],
    [
      'current family, former given name and gender',
      ROWENA,
      '_fuzzy-match=true&family=MED&given=Casey&gender=female&birthdate=1999-09-09',
      0.6806,
    ],
  ] as const)('PDS-S51 %s', (_label, person, query, expected) => {
    expect(score(person, query)).toBe(expected);
  });
});

describe('scores', () => {
  test.each([
    'family=Smith&birthdate=2000-05-05',
    'family=SMITH&birthdate=ge2000-01-01',
    'family=Smith&given=Sam&given=Matt&gender=male&birthdate=2000-05-05',
    'family=Smith&birthdate=2000-05-05&address-postalcode=dn174aa',
    '_fuzzy-match=true&family=smith&given=sam&birthdate=2000-05-05',
  ])('PDS-S50 all equal is 1: %s', (query) => {
    expect(score(SAM, query)).toBe(1);
  });

  test('PDS-S50 a wildcard hit stays below 1, even where the wildcard stands for nothing', () => {
    expect(score(SAM, 'family=Sm*&birthdate=2000-05-05')).toBeLessThan(1);
    expect(score(SAM, 'family=Smith*&birthdate=2000-05-05')).toBeLessThan(1);
  });

  test('PDS-S53 more fitting criteria raise the score of a partial match', () => {
    const scores = ['', '&gender=male', '&gender=male&address-postalcode=DN17+4AA'].map(
      (more) => score(SAM, `family=Sm*&birthdate=2000-05-05${more}`) ?? 0,
    );
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(new Set(scores).size).toBe(3);
  });

  test('PDS-S53 a longer literal start scores higher', () => {
    const [short = 0, long = 0] = ['Sm*', 'Smit*'].map(
      (family) => score(SAM, `family=${family}&birthdate=2000-05-05`) ?? 0,
    );
    expect(long).toBeGreaterThan(short);
  });

  test('PDS-S54 phone and e-mail filter without counting', () => {
    expect(score({ ...SAM, history: { telecom: [{ system: 'email', value: 'a@b.c' }] } }, `${PLACE}&email=a@b.c`)).toBe(
      0.8827,
    );
  });

  test('PDS-S45 in a fuzzy search a wrong practice or date of death lowers the score and excludes nobody', () => {
    const fuzzy = '_fuzzy-match=true&family=Meek&given=Bart&birthdate=2015-10-22';
    const right = score(MEEK, `${fuzzy}&general-practitioner=A20047`);
    const wrong = score(MEEK, `${fuzzy}&general-practitioner=Z99999`);
    expect(right).toBe(1);
    expect(wrong).toBeLessThan(1);
    expect(score({ ...MEEK, deceased: '2020-01-01' }, `${fuzzy}&death-date=2020-01-01`)).toBe(1);
    expect(score({ ...MEEK, deceased: '2020-01-01' }, `${fuzzy}&death-date=2020-01-02`)).toBeLessThan(1);
    expect(score(MEEK, `${fuzzy}&death-date=ge2020-01-02`)).toBeLessThan(1);
  });

  test('PDS-S55 names the wrong way round score high, but below 1', () => {
    const swapped = score(SAM, '_fuzzy-match=true&family=Sam&given=Smith&birthdate=2000-05-05') ?? 0;
    expect(swapped).toBeGreaterThan(0.9);
    expect(swapped).toBeLessThan(1);
  });

  test('PDS-S56 a searched given name that is not stored counts as nothing alike', () => {
    const one = score(MEEK, '_fuzzy-match=true&family=Meek&given=Bart&birthdate=2015-10-22') ?? 0;
    const two = score(MEEK, '_fuzzy-match=true&family=Meek&given=Bart&given=John&birthdate=2015-10-22') ?? 0;
    expect([one, two]).toEqual([1, 0.75]);
  });
});
