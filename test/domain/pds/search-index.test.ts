import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Demographics } from '../../../src/domain/pds/demographics-state.ts';
import { matchPatient } from '../../../src/domain/pds/match-patient.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import {
  candidateTokens,
  criteriaForCreate,
  indexDemographics,
  prefilter,
} from '../../../src/domain/pds/search-index.ts';

function person(family: string, given: readonly string[], more: Partial<Demographics['resource']> = {}): Demographics {
  return {
    resource: {
      resourceType: 'Patient',
      name: [{ use: 'usual', family, given: [...given] }],
      gender: 'female',
      birthDate: '2010-10-22',
      address: [{ use: 'home', postalCode: 'LS1 6AE' }],
      ...more,
    },
    annex: {},
  };
}

const criteriaOf = (query: string): SearchCriteria => {
  const parsed = parseSearch(new URLSearchParams(query));
  if ('code' in parsed) throw new Error(`${parsed.code} ${parsed.diagnostics}`);
  return parsed;
};

/** What the national index would answer. */
function indexFinds(state: Demographics, criteria: SearchCriteria): boolean {
  const row = indexDemographics(state);
  if (row === null) return false;
  const { tokens, prefix, from, to } = candidateTokens(criteria);
  const hit =
    prefix === undefined
      ? row.tokens.some((token) => tokens.includes(token))
      : row.tokens.some((token) => token.startsWith(prefix));
  return hit && row.partition >= from && row.partition <= to && prefilter(row.document, criteria);
}

describe('the row of the national index', () => {
  test('PDS-S75 four tokens for an ordinary patient, partitioned by birth date', () => {
    expect(indexDemographics(person('Smith', ['Jane']))).toEqual({
      partition: '2010-10-22',
      tokens: ['f:smith', 'p:sm', 's:S530', 'z:LS16AE'],
      document: '{"n":[["Smith","Jane"]],"g":"female","b":"2010-10-22","p":["LS1 6AE"]}',
    });
  });

  test('PDS-S75 a change of telecom or practice leaves the row as it is', () => {
    const before = indexDemographics(person('Smith', ['Jane']));
    const after = indexDemographics(
      person('Smith', ['Jane'], {
        telecom: [{ system: 'phone', value: '1' }],
        generalPractitioner: [{ identifier: { value: 'A1' } }],
      }),
    );
    expect(after).toEqual(before);
  });

  test.each([
    ['1955', '1955-01-01'],
    ['1955-07', '1955-07-01'],
    ['1955-07-09', '1955-07-09'],
  ])('PDS-S34 birth date %s stands at %s', (birthDate, partition) => {
    expect(indexDemographics(person('Smith', [], { birthDate }))?.partition).toBe(partition);
  });

  test('PDS-S76 nothing is indexed of records that no search may find', () => {
    const { resource } = person('Smith', ['Jane']);
    expect(indexDemographics({ resource, annex: { status: 'superseded' } })).toBeNull();
    expect(indexDemographics({ resource, annex: { status: 'invalidated' } })).toBeNull();
    expect(indexDemographics({ resource: { resourceType: 'Patient', id: '9000000033' }, annex: {} })).toBeNull();
    expect(indexDemographics({ resource: { ...resource, name: [] }, annex: {} })).toBeNull();
  });

  test('PDS-S29 hidden data is not indexed', () => {
    const { resource } = person('Smith', ['Jane']);
    const row = indexDemographics({
      resource,
      annex: { hidden: { name: [{ family: 'Secret' }], address: [{ postalCode: 'ZZ9 9ZZ' }] } },
    });
    expect(JSON.stringify(row)).not.toMatch(/secret|ZZ9/i);
  });
});

describe('the plan of a search', () => {
  test.each([
    ['family=Smith&birthdate=2010-10-22', { tokens: ['f:smith'], from: '2010-10-22', to: '2010-10-22' }],
    ['family=Smith&birthdate=ge2010-10-22', { tokens: ['f:smith'], from: '2010-10-22', to: '9999-99-99' }],
    ['family=Sm*&birthdate=2010-10-22', { tokens: ['p:sm'], from: '2010-10-22', to: '2010-10-22' }],
    ['family=Smi*&birthdate=le2010-10-22', { tokens: [], prefix: 'f:smi', from: '0000-00-00', to: '2010-10-22' }],
    [
      'family=Smith&birthdate=le2010-10-22&address-postalcode=ls1+6ae',
      { tokens: ['z:LS16AE'], from: '0000-00-00', to: '2010-10-22' },
    ],
    [
      'family=Smith&given=Jane&birthdate=2010-10-22&_fuzzy-match=true',
      { tokens: ['s:S530', 's:J500'], from: '2010-10-22', to: '2010-10-22' },
    ],
    [
      'given=Jane&gender=female&address-postalcode=LS1+6AE&birthdate=2010-10-22&_fuzzy-match=true',
      { tokens: ['z:LS16AE'], from: '2010-10-22', to: '2010-10-22' },
    ],
  ])('PDS-S77 %s', (query, plan) => {
    expect(candidateTokens(criteriaOf(query))).toEqual(plan);
  });
});

const name = fc.constantFrom('Smith', 'Smythe', 'Ñandú', 'Nandu', '李');
const postcode = fc.constantFrom('LS1 6AE', 'ls16ae', 'M1 1AA', 'BAP4WG');
const date = fc.constantFrom('2010', '2010-10', '2010-10-22', '2010-10-31');
const gender = fc.constantFrom('male', 'female', 'unknown', 'other') as fc.Arbitrary<
  'male' | 'female' | 'unknown' | 'other'
>;
const humanName = fc.record({
  use: fc.constantFrom('usual', 'nickname', 'temp', 'old', 'maiden'),
  family: name,
  given: fc.array(name, { maxLength: 2 }),
});

const anybody: fc.Arbitrary<Demographics> = fc
  .record({
    names: fc.array(humanName, { maxLength: 3 }),
    former: fc.array(humanName, { maxLength: 1 }),
    gender,
    formerGender: gender,
    date,
    postcodes: fc.array(postcode, { maxLength: 2 }),
    formerPostcode: postcode,
    confidentiality: fc.constantFrom(undefined, undefined, undefined, 'R' as const, 'V' as const),
  })
  .map((facts) => ({
    resource: {
      resourceType: 'Patient',
      name: facts.names.map((item) => ({ ...item, use: item.use as 'usual' })),
      gender: facts.gender,
      birthDate: facts.date,
      address: facts.postcodes.map((postalCode) => ({ postalCode })),
    },
    annex: {
      history: {
        name: facts.former.map((item) => ({ ...item, use: 'usual' as const })),
        gender: [facts.formerGender],
        address: [{ postalCode: facts.formerPostcode }],
      },
      ...(facts.confidentiality !== undefined && { confidentiality: facts.confidentiality }),
    },
  }));

const pattern = fc.oneof(
  name,
  name.map((text) => `${text.slice(0, 2)}*`),
  name.map((text) => `${text.slice(0, 3)}*${text.slice(4)}`),
);
const anyQuery = fc
  .record({
    family: fc.option(pattern, { freq: 4 }),
    given: fc.array(pattern, { maxLength: 1 }),
    gender: fc.option(gender, { freq: 1 }),
    birthdate: fc.constantFrom(['2010-10-22'], ['ge2010-01-01'], ['le2010-12-31'], ['ge2010-10-01', 'le2010-10-31']),
    postcode: fc.option(fc.oneof(postcode, fc.constantFrom('LS1*', 'BA*'))),
    fuzzy: fc.boolean(),
    history: fc.boolean(),
  })
  .map((facts) => {
    const query = new URLSearchParams(facts.birthdate.map((value) => ['birthdate', value]));
    if (facts.family !== null) query.set('family', facts.family);
    for (const given of facts.given) query.append('given', given);
    if (facts.gender !== null) query.set('gender', facts.gender);
    if (facts.postcode !== null) query.set('address-postalcode', facts.postcode);
    query.set('_fuzzy-match', String(facts.fuzzy));
    query.set('_history', String(facts.history));
    return query;
  });

describe('index and match', () => {
  test('PDS-S78 whoever matches is found through the index', () => {
    let matched = 0;
    fc.assert(
      fc.property(anybody, anyQuery, (state, query) => {
        const criteria = parseSearch(query);
        if ('code' in criteria) return;
        if (matchPatient(state, criteria) === null) return;
        matched++;
        expect(indexFinds(state, criteria)).toBe(true);
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(matched).toBeGreaterThan(300);
  });

  test('PDS-S79 the prefilter leaves out whom the index knows not to match', () => {
    const row = indexDemographics(person('Smith', ['Jane']));
    expect(prefilter(row?.document ?? '', criteriaOf('family=Sm*&given=Eve&birthdate=2010-10-22'))).toBe(false);
    expect(prefilter(row?.document ?? '', criteriaOf('family=Sm*&birthdate=2010-10-22&gender=male'))).toBe(false);
    expect(prefilter(row?.document ?? '', criteriaOf('family=Sm*&birthdate=2010-10-22&phone=1'))).toBe(true);
  });
});

describe('match before allocate', () => {
  const newcomer = person('Smith', ['Jane']).resource;

  test.each([
    ['the same person', person('SMITH', ['jane']), true],
    ['another given name', person('Smith', ['Janet']), false],
    ['another family', person('Smyth', ['Jane']), false],
    ['another gender', person('Smith', ['Jane'], { gender: 'male' }), false],
    ['another birth date', person('Smith', ['Jane'], { birthDate: '2010-10-23' }), false],
    ['another postcode', person('Smith', ['Jane'], { address: [{ use: 'home', postalCode: 'M1 1AA' }] }), false],
  ] as const)('PDS-S57 %s', (_label, state, known) => {
    expect(matchPatient(state, criteriaForCreate(newcomer)) !== null).toBe(known);
  });

  test('PDS-S57 restricted and very restricted people are known too', () => {
    for (const confidentiality of ['R', 'V'] as const) {
      const state = { ...person('Smith', ['Jane']), annex: { confidentiality } };
      expect(matchPatient(state, criteriaForCreate(newcomer))).toBe(1);
      expect(indexFinds(state, criteriaForCreate(newcomer))).toBe(true);
    }
  });

  test('PDS-S57 a star in a name is a star', () => {
    expect(matchPatient(person('Smith', ['Jane']), criteriaForCreate(person('Sm*', ['Jane']).resource))).toBeNull();
  });

  test('PDS-S58 candidates are all who sound alike on that day, whatever their address', () => {
    expect(candidateTokens(criteriaForCreate(newcomer))).toEqual({
      tokens: ['s:S530'],
      from: '2010-10-22',
      to: '2010-10-22',
    });
  });
});
