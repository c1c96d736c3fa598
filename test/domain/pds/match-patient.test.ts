import type { Patient } from 'fhir/r4';
import { describe, expect, test } from 'vitest';
import type { Demographics, DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import { isLike } from '../../../src/domain/pds/match-facts.ts';
import { matchPatient } from '../../../src/domain/pds/match-patient.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';

/** Ada Byron, known by many names. */
const ADA: Demographics = {
  resource: {
    resourceType: 'Patient',
    name: [
      { use: 'usual', family: 'Byron', given: ['Ada', 'Augusta'] },
      { use: 'nickname', given: ['Addie'] },
      { use: 'temp', family: 'Gordon', given: ['Annabella'] },
      { use: 'maiden', family: 'Milbanke', given: ['Ada'] },
    ],
    gender: 'female',
    birthDate: '1955-12-10',
    deceasedDateTime: '2019-11-27T00:00:00+00:00',
    address: [
      { use: 'home', postalCode: 'NG15 8FZ' },
      { use: 'temp', postalCode: 'TA24 8HB' },
      { use: 'old', postalCode: 'SW1Y 4AR' },
    ],
    telecom: [
      { system: 'phone', use: 'mobile', value: '07700 900123' },
      { system: 'email', use: 'home', value: 'Ada@Example.org' },
    ],
    contact: [
      {
        telecom: [
          { system: 'phone', value: '01632 960001' },
          { system: 'email', value: 'kin@example.org' },
        ],
      },
    ],
    generalPractitioner: [{ type: 'Organization', identifier: { value: 'A20047' } }],
  },
  annex: {
    history: {
      name: [{ use: 'usual', family: 'Noel', given: ['Adah'] }],
      address: [{ use: 'home', postalCode: 'KT11 1JG' }],
      telecom: [
        { system: 'email', value: 'former@example.org' },
        { system: 'phone', value: '02079460000' },
      ],
      gender: ['unknown'],
      birthDate: ['1950-01-01'],
    },
    hidden: { name: [{ family: 'Secret', given: ['Ada'] }], address: [{ use: 'home', postalCode: 'ZZ99 3VZ' }] },
  },
};

function score(state: Demographics, query: string): number | null {
  const criteria = parseSearch(new URLSearchParams(query));
  if ('code' in criteria) throw new Error(`${criteria.code} ${criteria.diagnostics}`);
  return matchPatient(state, criteria);
}

const with_ = (resource: Partial<Patient>, annex: DemographicsAnnex = ADA.annex): Demographics => ({
  resource: { ...ADA.resource, ...resource },
  annex,
});

const BORN = 'birthdate=1955-12-10';
const BYRON = `family=Byron&${BORN}`;
const FUZZY = `_fuzzy-match=true&${BORN}`;

const MATCHES: readonly (readonly [string, string])[] = [
  ['PDS-S20', BYRON],
  ['PDS-S20', `family=BYRON&${BORN}`],
  ['PDS-S20', `family=byron&given=ADA&${BORN}`],
  ['PDS-S21', `${BYRON}&given=Ada&given=Augusta`],
  ['PDS-S21', `${BYRON}&given=Ada`],
  ['PDS-S22', `family=Gordon&given=Annabella&${BORN}`],
  ['PDS-S22', `${BYRON}&given=Addie`],
  ['PDS-S23', `family=By*&${BORN}`],
  ['PDS-S23', `family=Byr*n&${BORN}`],
  ['PDS-S23', `family=By*o*&${BORN}`],
  ['PDS-S23', `family=Byron*&${BORN}`],
  ['PDS-S23', `${BYRON}&given=Ad*`],
  ['PDS-S24', `${BYRON}&address-postalcode=NG158FZ`],
  ['PDS-S24', `${BYRON}&address-postalcode=ng15+8fz`],
  ['PDS-S24', `${BYRON}&address-postcode=TA24+8HB`],
  ['PDS-S24', `${BYRON}&address-postalcode=NG*`],
  ['PDS-S24', `${BYRON}&address-postalcode=NG15*FZ`],
  ['PDS-S25', `${BYRON}&gender=female`],
  ['PDS-S26', `family=Byron&birthdate=ge1955-12-10`],
  ['PDS-S26', `family=Byron&birthdate=le1955-12-10`],
  ['PDS-S26', `family=Byron&birthdate=ge1955-12-09&birthdate=le1955-12-11`],
  ['PDS-S27', `${BYRON}&general-practitioner=a20047`],
  ['PDS-S27', `${BYRON}&death-date=2019-11-27`],
  ['PDS-S27', `${BYRON}&death-date=le2019-12-01`],
  ['PDS-S28', `${BYRON}&email=ada@example.ORG`],
  ['PDS-S28', `${BYRON}&email=kin@example.org`],
  ['PDS-S28', `${BYRON}&phone=07700900123`],
  ['PDS-S28', `${BYRON}&phone=01632960001`],
  ['PDS-S30', `family=Noel&${BORN}&_history=true`],
  ['PDS-S30', `family=Noel&given=Adah&${BORN}&_history=true`],
  ['PDS-S30', `family=Milbanke&${BORN}&_history=true`],
  ['PDS-S30', `${BYRON}&address-postalcode=KT11+1JG&_history=true`],
  ['PDS-S30', `${BYRON}&address-postalcode=SW1Y4AR&_history=true`],
  ['PDS-S30', `${BYRON}&email=former@example.org&_history=true`],
  ['PDS-S30', `${BYRON}&phone=02079460000&_history=true`],
  ['PDS-S40', `family=Biron&given=Ada&${FUZZY}`],
  ['PDS-S40', `family=Bÿrôn&given=Áda&${FUZZY}`],
  ['PDS-S41', `family=Ada&given=Byron&${FUZZY}`],
  ['PDS-S41', `family=Aida&given=Bairn&${FUZZY}`],
  ['PDS-S42', `family=Nole&given=Ada&${FUZZY}`],
  ['PDS-S42', `family=Byron&given=Ada&gender=unknown&${FUZZY}`],
  ['PDS-S42', `family=Byron&given=Ada&email=former@example.org&${FUZZY}`],
  ['PDS-S43', `family=Byron&given=Wilma&gender=female&address-postalcode=NG158FZ&${FUZZY}`],
  ['PDS-S43', `family=Byron&gender=female&address-postalcode=KT11+1JG&${FUZZY}`],
  ['PDS-S43', `given=Ada&gender=female&address-postalcode=NG158FZ&${FUZZY}`],
  ['PDS-S43', `family=Wrong&given=Augusta&gender=female&address-postalcode=NG158FZ&${FUZZY}`],
  ['PDS-S44', `family=Byron&given=Ada&address-postalcode=NG15+8FX&${FUZZY}`],
  ['PDS-S45', `family=Byron&given=Ada&general-practitioner=B99999&${FUZZY}`],
  ['PDS-S45', `family=Byron&given=Ada&death-date=2001-01-01&${FUZZY}`],
  ['PDS-S46', `family=Noel&given=Annabella&${FUZZY}`],
];

const MISSES: readonly (readonly [string, string])[] = [
  ['PDS-S20', `family=Byro&${BORN}`],
  ['PDS-S20', `family=Bÿron&${BORN}`],
  ['PDS-S20', `family=Byron+Gordon&${BORN}`],
  ['PDS-S21', `${BYRON}&given=Augusta`],
  ['PDS-S21', `${BYRON}&given=Augusta&given=Ada`],
  ['PDS-S21', `${BYRON}&given=Ada&given=Augusta&given=Maria`],
  ['PDS-S21', `${BYRON}&given=Ada+Augusta`],
  ['PDS-S22', `family=Gordon&given=Ada&${BORN}`],
  ['PDS-S22', `family=Milbanke&${BORN}`],
  ['PDS-S23', `family=Byr*nx&${BORN}`],
  ['PDS-S23', `${BYRON}&given=Aug*`],
  ['PDS-S23', `family=Byr%25&${BORN}`],
  ['PDS-S23', `family=Byr__&${BORN}`],
  ['PDS-S24', `${BYRON}&address-postalcode=NG15`],
  ['PDS-S24', `${BYRON}&address-postalcode=KT11+1JG`],
  ['PDS-S24', `${BYRON}&address-postalcode=SW1Y+4AR`],
  ['PDS-S25', `${BYRON}&gender=male`],
  ['PDS-S25', `${BYRON}&gender=unknown`],
  ['PDS-S25', `${BYRON}&gender=unknown&_history=true`],
  ['PDS-S26', `family=Byron&birthdate=1955-12-11`],
  ['PDS-S26', `family=Byron&birthdate=ge1955-12-11`],
  ['PDS-S26', `family=Byron&birthdate=le1955-12-09`],
  ['PDS-S26', `family=Byron&birthdate=ge1955-12-11&birthdate=le1955-12-09`],
  ['PDS-S27', `${BYRON}&general-practitioner=A20048`],
  ['PDS-S27', `${BYRON}&general-practitioner=A2004`],
  ['PDS-S27', `${BYRON}&managing-organization=A20047`],
  ['PDS-S27', `${BYRON}&death-date=ge2019-11-28`],
  ['PDS-S28', `${BYRON}&email=ada@example.com`],
  ['PDS-S28', `${BYRON}&phone=0770090012`],
  ['PDS-S28', `${BYRON}&email=ada*`],
  ['PDS-S28', `${BYRON}&email=former@example.org`],
  ['PDS-S28', `${BYRON}&phone=02079460000`],
  ['PDS-S28', `${BYRON}&email=ada@example.org&phone=1`],
  ['PDS-S29', `family=Secret&${BORN}&_history=true`],
  ['PDS-S29', `${BYRON}&address-postalcode=ZZ99+3VZ&_history=true`],
  ['PDS-S29', `family=Secret&given=Ada&${FUZZY}`],
  ['PDS-S30', `family=Noel&${BORN}`],
  ['PDS-S30', 'family=Byron&birthdate=1950-01-01&_history=true'],
  ['PDS-S30', `family=Noel&given=Ada&${BORN}&_history=true`],
  ['PDS-S40', `family=Brown&given=Eve&${FUZZY}`],
  ['PDS-S40', `family=Smith&given=Ada&${FUZZY}`],
  ['PDS-S42', `family=Byron&given=Ada&gender=male&${FUZZY}`],
  ['PDS-S42', 'family=Byron&given=Ada&_fuzzy-match=true&birthdate=1950-01-01'],
  ['PDS-S43', `family=Byron&given=Wilma&gender=female&address-postalcode=NG158FX&${FUZZY}`],
  ['PDS-S43', `family=Byron&gender=female&address-postalcode=NG15&${FUZZY}`],
  ['PDS-S28', `family=Byron&given=Ada&email=nobody@example.org&${FUZZY}`],
];

describe('who is found', () => {
  test.each(MATCHES)('%s found by %s', (_id, query) => {
    expect(score(ADA, query)).not.toBeNull();
  });

  test.each(MISSES)('%s not found by %s', (_id, query) => {
    expect(score(ADA, query)).toBeNull();
  });

  test('PDS-S31 merged and invalidated records are never found', () => {
    expect(score(with_({}, { status: 'superseded', supersededBy: '9000000009' }), BYRON)).toBeNull();
    expect(score(with_({}, { status: 'invalidated' }), BYRON)).toBeNull();
    expect(score(with_({}, { confidentiality: 'REDACTED' }), BYRON)).toBeNull();
  });

  test('PDS-S32 restricted patients are found, but not by postcode or practice', () => {
    const restricted = with_({}, { ...ADA.annex, confidentiality: 'R' });
    expect(score(restricted, BYRON)).toBe(1);
    expect(score(restricted, `${BYRON}&phone=07700900123`)).toBe(1);
    expect(score(restricted, `${BYRON}&address-postalcode=NG15+8FZ`)).toBeNull();
    expect(score(restricted, `${BYRON}&address-postcode=NG*`)).toBeNull();
    expect(score(restricted, `${BYRON}&general-practitioner=A20047`)).toBeNull();
    expect(score(restricted, `family=Byron&given=Ada&general-practitioner=B99999&${FUZZY}`)).toBeNull();
  });

  test('PDS-S33 very restricted patients hide name and birth date, so no search finds them', () => {
    expect(score(with_({}, { confidentiality: 'V' }), BYRON)).toBeNull();
  });

  test('PDS-S34 a partial birth date is found by ranges that hold all of it', () => {
    const month = with_({ birthDate: '1956-02' });
    expect(score(month, 'family=Byron&birthdate=ge1956-02-01&birthdate=le1956-02-29')).toBe(1);
    expect(score(month, 'family=Byron&birthdate=ge1956-02-02')).toBeNull();
    expect(score(month, 'family=Byron&birthdate=le1956-02-28')).toBeNull();
    expect(score(month, 'family=Byron&birthdate=1956-02-01')).toBeNull();
    const year = with_({ birthDate: '1955' });
    expect(score(year, 'family=Byron&birthdate=ge1955-01-01&birthdate=le1955-12-31')).toBe(1);
    expect(score(year, 'family=Byron&birthdate=le1955-12-30')).toBeNull();
  });

  test('PDS-S34 records without birth date or name are never found', () => {
    const minimal: Demographics = { resource: { resourceType: 'Patient', id: '9000000033' }, annex: {} };
    expect(score(minimal, BYRON)).toBeNull();
    expect(score({ ...minimal, resource: { ...minimal.resource, birthDate: '1955-12-10' } }, BYRON)).toBeNull();
    expect(
      score(
        { ...minimal, resource: { ...minimal.resource, birthDate: '1955-12-10' } },
        `family=Byron&given=Ada&${FUZZY}`,
      ),
    ).toBeNull();
  });

  test('PDS-S35 _exact-match keeps only score 1', () => {
    expect(score(ADA, `${BYRON}&_exact-match=true`)).toBe(1);
    expect(score(ADA, `family=By*&${BORN}&_exact-match=true`)).toBeNull();
    expect(score(ADA, `family=Biron&given=Ada&${FUZZY}&_exact-match=true`)).toBeNull();
  });
});

describe('wildcards', () => {
  test.each([
    ['smith', 'sm*', true],
    ['smith', 'sm*h', true],
    ['smith', 'sm*t*', true],
    ['smith', 'smith*', true],
    ['smith', 'smi**th', true],
    ['smith', 'sm*x', false],
    ['smith', 'sm*th*h', false],
    ['smith', 'smith*h', false],
    ['smith', 'sm*ti*', false],
    ['aba', 'ab*ba', false],
    ['a.c', 'a.*', true],
    ['abc', 'a.*', false],
  ])('PDS-S23 %s like %s: %s', (text, pattern, like) => {
    expect(isLike(text, pattern)).toBe(like);
  });

  test('PDS-S23 a hostile pattern costs no more than its length', () => {
    const start = performance.now();
    expect(isLike('a'.repeat(10_000), `${'a*'.repeat(2_000)}b`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(200);
  });
});
