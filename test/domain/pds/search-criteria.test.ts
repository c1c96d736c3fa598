import { describe, expect, test } from 'vitest';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';

const parse = (query: string): ReturnType<typeof parseSearch> => parseSearch(new URLSearchParams(query));
const criteriaOf = (query: string): SearchCriteria => {
  const parsed = parse(query);
  if ('code' in parsed) throw new Error(`${parsed.code} ${parsed.diagnostics}`);
  return parsed;
};

const BASE = 'family=Smith&birthdate=2010-10-22';
const MINIMUM =
  "Invalid search data provided - 'No searches were performed as the search criteria did not meet the minimum requirements'";
const FUZZY =
  "Invalid search data provided - 'A fuzzy search was requested however the data given did not meet the fuzzy search criteria'";
const MISSING = "Missing value - 'birth_date/birth_date_range_start/birth_date_range_end'";
const invalid = (value: string, field: string): string => `Invalid value - '${value}' in field '${field}'`;
const unexpected = (list: string): string =>
  `Invalid request with error - Additional properties are not allowed (${list} unexpected)`;

const REFUSALS: readonly (readonly [string, string, string, string | undefined])[] = [
  ['PDS-S01', '', 'UNSUPPORTED_SERVICE', undefined],
  ['PDS-S02', 'year=2003', 'ADDITIONAL_PROPERTIES', unexpected("'year' was")],
  [
    'PDS-S02',
    'manufacturer=Ford&model=focus&year=2003',
    'ADDITIONAL_PROPERTIES',
    unexpected("'manufacturer', 'model', 'year' were"),
  ],
  ['PDS-S02', `${BASE}&invalidParam=123&invalidParam=4`, 'ADDITIONAL_PROPERTIES', unexpected("'invalidParam' was")],
  ['PDS-S02', 'birthdate=20101022&year=1', 'ADDITIONAL_PROPERTIES', unexpected("'year' was")],
  ['PDS-S02', `${BASE}&Family=x`, 'ADDITIONAL_PROPERTIES', unexpected("'Family' was")],
  ['PDS-S03', 'family=Smith&birthdate=20101022', 'INVALID_VALUE', invalid('20101022', 'birthdate')],
  ['PDS-S03', 'family=Smith&death-date=20101022', 'INVALID_VALUE', invalid('20101022', 'death-date')],
  ['PDS-S03', 'family=Smith&birthdate=', 'INVALID_VALUE', invalid('', 'birthdate')],
  ['PDS-S03', 'family=Smith&birthdate=gt2010-10-22', 'INVALID_VALUE', invalid('gt2010-10-22', 'birthdate')],
  ['PDS-S03', 'family=Smith&birthdate=2010-02-30', 'INVALID_VALUE', invalid('2010-02-30', 'birthdate')],
  ['PDS-S03', 'family=Smith&birthdate=2011-02-29', 'INVALID_VALUE', invalid('2011-02-29', 'birthdate')],
  ['PDS-S03', 'family=Smith&birthdate=2010-13-01', 'INVALID_VALUE', invalid('2010-13-01', 'birthdate')],
  ['PDS-S03', 'family=Smith&birthdate=2010-10-22%0a', 'INVALID_VALUE', invalid('2010-10-22\n', 'birthdate')],
  ['PDS-S03', 'birthdate=2010-10-22&birthdate=x', 'INVALID_VALUE', invalid('x', 'birthdate')],
  [
    'PDS-S04',
    `${BASE}&birthdate=2010-10-23&birthdate=2010-10-24`,
    'TOO_MANY_VALUES_SUBMITTED',
    "Too many values submitted - ['2010-10-22', '2010-10-23', '2010-10-24'] in field 'birthdate'",
  ],
  ['PDS-S04', `${BASE}&family=Jones`, 'INVALID_VALUE', invalid("['Smith', 'Jones']", 'family')],
  ['PDS-S04', `${BASE}&gender=male&gender=female`, 'INVALID_VALUE', invalid("['male', 'female']", 'gender')],
  ['PDS-S05', `${BASE}&gender=m`, 'INVALID_VALUE', invalid('m', 'gender')],
  ['PDS-S05', `${BASE}&gender=`, 'INVALID_VALUE', invalid('', 'gender')],
  ['PDS-S06', `${BASE}&_fuzzy-match=test`, 'INVALID_VALUE', invalid('test', '_fuzzy-match')],
  ['PDS-S06', `${BASE}&_exact-match=1`, 'INVALID_VALUE', invalid('1', '_exact-match')],
  ['PDS-S06', `${BASE}&_history=TRUE`, 'INVALID_VALUE', invalid('TRUE', '_history')],
  ['PDS-S07', `${BASE}&_max-results=`, 'INVALID_VALUE', invalid('', '_max-results')],
  ['PDS-S07', `${BASE}&_max-results=0`, 'INVALID_VALUE', invalid('0', '_max-results')],
  ['PDS-S07', `${BASE}&_max-results=51`, 'INVALID_VALUE', invalid('51', '_max-results')],
  ['PDS-S07', `${BASE}&_max-results=-1`, 'INVALID_VALUE', invalid('-1', '_max-results')],
  ['PDS-S07', `${BASE}&_max-results=1.5`, 'INVALID_VALUE', invalid('1.5', '_max-results')],
  ['PDS-S08', `${BASE}&general-practitioner=A-1`, 'INVALID_VALUE', invalid('A-1', 'general-practitioner')],
  [
    'PDS-S08',
    `${BASE}&general-practitioner=${'A'.repeat(17)}`,
    'INVALID_VALUE',
    invalid('A'.repeat(17), 'general-practitioner'),
  ],
  ['PDS-S09', `${BASE}&address-postalcode=LS1;6AE`, 'INVALID_VALUE', invalid('LS1;6AE', 'address-postalcode')],
  ['PDS-S09', `${BASE}&address-postcode=LS1%256AE`, 'INVALID_VALUE', invalid('LS1%6AE', 'address-postcode')],
  ['PDS-S09', `${BASE}&address-postalcode=+`, 'INVALID_VALUE', invalid(' ', 'address-postalcode')],
  [
    'PDS-S09',
    `${BASE}&address-postalcode=${'L'.repeat(17)}`,
    'INVALID_VALUE',
    invalid('L'.repeat(17), 'address-postalcode'),
  ],
  ['PDS-S10', `${BASE}&email=`, 'INVALID_VALUE', invalid('', 'email')],
  ['PDS-S10', `${BASE}&phone=${'1'.repeat(65)}`, 'INVALID_VALUE', invalid('1'.repeat(65), 'phone')],
  ['PDS-S11', 'gender=female', 'MISSING_VALUE', MISSING],
  ['PDS-S11', 'email=j.smith@example.com&phone=0163', 'MISSING_VALUE', MISSING],
  ['PDS-S11', 'family=Smith&death-date=2010-10-22', 'MISSING_VALUE', MISSING],
  ['PDS-S11', '_fuzzy-match=true&family=Smith&given=Jane', 'MISSING_VALUE', MISSING],
  ['PDS-S12', 'birthdate=eq2010-10-22', 'INVALID_SEARCH_DATA', MINIMUM],
  [
    'PDS-S12',
    'given=Jane&gender=female&address-postalcode=LS1+6AE&birthdate=eq2010-10-22',
    'INVALID_SEARCH_DATA',
    MINIMUM,
  ],
  ['PDS-S13', `${BASE}&_fuzzy-match=true`, 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S13', `${BASE}&_fuzzy-match=true&gender=female`, 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S13', `${BASE}&_fuzzy-match=true&address-postalcode=LS1+6AE`, 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S13', 'family=Smi*&given=Jane&birthdate=2010-10-22&_fuzzy-match=true', 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S13', `${BASE}&given=Jan*&_fuzzy-match=true`, 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S13', `${BASE}&given=Jane&address-postalcode=LS1*&_fuzzy-match=true`, 'INVALID_SEARCH_DATA', FUZZY],
  ['PDS-S14', 'family=S*&birthdate=2010-10-22', 'INVALID_SEARCH_DATA', "Invalid search data provided - 'name.family'"],
  [
    'PDS-S14',
    'family=*mith&birthdate=2010-10-22',
    'INVALID_SEARCH_DATA',
    "Invalid search data provided - 'name.family'",
  ],
  ['PDS-S14', `${BASE}&given=J*`, 'INVALID_SEARCH_DATA', "Invalid search data provided - 'name.given'"],
  [
    'PDS-S14',
    `${BASE}&address-postalcode=L+*`,
    'INVALID_SEARCH_DATA',
    "Invalid search data provided - 'address.postalCode'",
  ],
  [
    'PDS-S15',
    `family=${'S'.repeat(36)}&birthdate=2010-10-22`,
    'INVALID_SEARCH_DATA',
    "Invalid search data provided - 'name.family'",
  ],
  ['PDS-S15', `${BASE}&given=${'J'.repeat(36)}`, 'INVALID_SEARCH_DATA', "Invalid search data provided - 'name.given'"],
  ['PDS-S15', 'family=+&birthdate=2010-10-22', 'INVALID_SEARCH_DATA', "Invalid search data provided - 'name.family'"],
  ['PDS-S15', `${BASE}&given=`, 'INVALID_SEARCH_DATA', "Invalid search data provided - 'name.given'"],
  [
    'PDS-S16',
    `${BASE}&address-postalcode=LS1+6AE&address-postcode=LS1+6AE`,
    'INVALID_SEARCH_DATA',
    "Invalid search data provided - 'address.postalCode'",
  ],
];

describe('refused searches', () => {
  test.each(REFUSALS)('%s %s', (_id, query, code, diagnostics) => {
    const parsed = parse(query);
    expect(parsed).toEqual({ kind: 'refused', code, ...(diagnostics !== undefined && { diagnostics }) });
  });
});

describe('criteria', () => {
  test('PDS-S17 every parameter arrives, trimmed, and nothing else is set', () => {
    const criteria = criteriaOf(
      'family=+Smith+&given=John+Paul&given=James&gender=Male&birthdate=ge2000-01-01&birthdate=le2001-01-01' +
        '&death-date=eq2010-10-22&address-postalcode=LS1*&general-practitioner=A20047&email=+a@b.c&phone=0163+2' +
        '&_history=true&_exact-match=true&_max-results=7&history=whatever',
    );
    expect(criteria).toEqual({
      family: { text: 'Smith', wildcard: false },
      given: [
        { text: 'John Paul', wildcard: false },
        { text: 'James', wildcard: false },
      ],
      gender: 'male',
      birthDate: { from: '2000-01-01', to: '2001-01-01' },
      deathDate: { from: '2010-10-22', to: '2010-10-22' },
      postcode: { text: 'LS1*', wildcard: true },
      generalPractitioner: 'A20047',
      email: 'a@b.c',
      phone: '0163 2',
      fuzzy: false,
      exact: true,
      history: true,
      excludesRestricted: true,
      registration: false,
      maxResults: 7,
      maxResultsGiven: true,
    });
    expect(structuredClone(criteria)).toEqual(criteria);
  });

  test('PDS-S17 defaults', () => {
    expect(criteriaOf(BASE)).toEqual({
      family: { text: 'Smith', wildcard: false },
      given: [],
      birthDate: { from: '2010-10-22', to: '2010-10-22' },
      fuzzy: false,
      exact: false,
      history: false,
      excludesRestricted: false,
      registration: false,
      maxResults: 50,
      maxResultsGiven: false,
    });
  });

  test.each([
    ['birthdate=2010-10-22', { from: '2010-10-22', to: '2010-10-22' }],
    ['birthdate=eq2010-10-22', { from: '2010-10-22', to: '2010-10-22' }],
    ['birthdate=ge2010-10-22', { from: '2010-10-22' }],
    ['birthdate=le2010-10-22', { to: '2010-10-22' }],
    ['birthdate=le2010-10-23&birthdate=ge2010-10-21', { from: '2010-10-21', to: '2010-10-23' }],
    ['birthdate=ge2010-10-23&birthdate=ge2010-10-21', { from: '2010-10-23' }],
    ['birthdate=2010-10-23&birthdate=2010-10-21', { from: '2010-10-23', to: '2010-10-21' }],
    ['birthdate=2012-02-29', { from: '2012-02-29', to: '2012-02-29' }],
  ])('PDS-S18 %s', (query, range) => {
    expect(criteriaOf(`family=Smith&${query}`).birthDate).toEqual(range);
  });

  test.each([
    ['address-postalcode=LS1', true],
    ['address-postcode=LS1', true],
    ['general-practitioner=A1', true],
    ['managing-organization=A1', true],
    ['phone=1', false],
    ['email=a', false],
    ['gender=male', false],
  ])('PDS-S19 restricted patients and %s', (query, excludes) => {
    expect(criteriaOf(`${BASE}&${query}`).excludesRestricted).toBe(excludes);
  });

  test.each(['given=Jane', 'gender=female&address-postalcode=LS1+6AE'])(
    'PDS-S13 fuzzy on family, birth date and %s',
    (query) => {
      expect(criteriaOf(`${BASE}&_fuzzy-match=true&${query}`).fuzzy).toBe(true);
    },
  );

  test('PDS-S13 fuzzy on given, birth date, gender and postcode needs no family', () => {
    const criteria = criteriaOf(
      'given=Jane&birthdate=2010-10-22&gender=female&address-postalcode=LS1+6AE&_fuzzy-match=true',
    );
    expect(criteria.family).toBeUndefined();
  });

  test.each([`O'Brien`, `Smith-Jones`, 'x"); DROP TABLE patient_index;--', '100%', 'a_b', 'Sm\r\nith', 'Ñandú'])(
    'PDS-S20 %j is data',
    (family) => {
      const parsed = parseSearch(new URLSearchParams({ family, birthdate: '2010-10-22' }));
      expect(parsed).toMatchObject({ family: { text: family, wildcard: false } });
    },
  );
});
