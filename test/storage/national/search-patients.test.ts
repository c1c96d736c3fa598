import { drizzle } from 'drizzle-orm/d1';
import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import { candidateTokens, indexDemographics } from '../../../src/domain/pds/search-index.ts';
import {
  CANDIDATE_BUDGET,
  SCAN_BUDGET,
  candidateQuery,
  searchCandidates,
} from '../../../src/storage/national/search-patients.ts';
import { writeSnapshot } from '../../../src/storage/national/snapshot-batch.ts';
import { bound, emptyNationalDatabase, snapshotRow } from '../../support/national-database.ts';

const databases = { index: [bound.NATIONAL_0], records: [bound.NATIONAL_0] };

const criteriaOf = (query: string): SearchCriteria => parseSearch(new URLSearchParams(query)) as SearchCriteria;

async function store(key: string, family: string, birthDate: string, postalCode = 'LS1 6AE'): Promise<void> {
  const index = indexDemographics({
    resource: {
      resourceType: 'Patient',
      name: [{ use: 'usual', family, given: ['Jane'] }],
      gender: 'female',
      birthDate,
      address: [{ use: 'home', postalCode }],
    },
    annex: {},
  });
  await writeSnapshot(databases, [snapshotRow({ key, index })]);
}

async function found(query: string): Promise<string[]> {
  const { candidates, tooMany } = await searchCandidates(databases, candidateTokens(criteriaOf(query)));
  expect(tooMany).toBe(false);
  return candidates.map(({ key }) => key).sort();
}

beforeEach(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

const SHAPES = {
  'exact name and date': 'family=Smith&birthdate=2010-10-22',
  'exact name and range': 'family=Smith&birthdate=ge1990-01-01',
  'wildcard and date': 'family=Sm*&birthdate=2010-10-22',
  'wildcard and open range': 'family=Smi*&birthdate=ge1990-01-01',
  'two letters and open range': 'family=Sm*&birthdate=le1990-01-01',
  postcode: 'family=Smith&birthdate=2010-10-22&address-postalcode=LS1+6AE',
  'postcode wildcard': 'family=Smith&birthdate=2010-10-22&address-postalcode=LS*',
  'fuzzy names': '_fuzzy-match=true&family=Smith&given=Jane&birthdate=2010-10-22',
  'fuzzy place': '_fuzzy-match=true&family=Smith&gender=female&birthdate=2010-10-22&address-postalcode=LS1+6AE',
  'fuzzy all':
    '_fuzzy-match=true&family=Smith&given=Jane&gender=female&birthdate=ge2000-01-01&address-postalcode=LS1+6AE',
};

describe('searches across shards', () => {
  test.each(Object.entries(SHAPES))('PDS-S70 no full scan: %s', async (_, query) => {
    const plan = candidateQuery(candidateTokens(criteriaOf(query)));
    const steps = await drizzle(bound.NATIONAL_0).all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${plan}`);
    const details = steps.map(({ detail }) => detail);
    expect(details.join('\n')).toMatch(/SEARCH patient_token USING PRIMARY KEY \(token/);
    expect(details.join('\n')).toMatch(/SEARCH patient_index USING PRIMARY KEY \(nhs_number=\?\)/);
    for (const detail of details) expect(detail).not.toMatch(/SCAN patient_/);
  });

  test.each(Object.entries(SHAPES))('PDS-S71 one statement finds the person: %s', async (_, query) => {
    await store('9000000009', 'Smith', query.includes('le1990') ? '1980-10-22' : '2010-10-22');
    await store('9000000017', 'Jones', '2010-10-22', 'M1 1AA');
    expect(await found(query)).toEqual(['9000000009']);
  });

  test('PDS-S71 both ends of a range belong to it', async () => {
    for (const day of [20, 21, 22, 23, 24]) await store(`90000000${day}`, 'Smith', `2010-10-${day}`);
    expect(await found('family=Smith&birthdate=ge2010-10-21&birthdate=le2010-10-23')).toEqual([
      '9000000021',
      '9000000022',
      '9000000023',
    ]);
    expect(await found('family=Smith&birthdate=le2010-10-21')).toEqual(['9000000020', '9000000021']);
    expect(await found('family=Smith&birthdate=ge2010-10-23&birthdate=le2010-10-21')).toEqual([]);
  });

  test('PDS-S72 metacharacters of SQL and LIKE are data', async () => {
    await store('9000000009', `O'B"; DROP TABLE patient_index; --`, '2010-10-22');
    await store('9000000017', '%_', '2010-10-22');
    const query = new URLSearchParams({ family: `O'B"; DROP TABLE patient_index; --`, birthdate: '2010-10-22' });
    expect(await found(String(query))).toEqual(['9000000009']);
    expect(await found('family=%25_&birthdate=2010-10-22')).toEqual(['9000000017']);
    expect(await found('family=%25%25*&birthdate=2010-10-22')).toEqual([]);
    expect(await found('family=Sm%0d%0aith&birthdate=2010-10-22')).toEqual([]);
  });

  test('PDS-S73 a search too broad ends at the row budget and says so', async () => {
    const rows = Array.from({ length: CANDIDATE_BUDGET + 1 }, (_, i) =>
      snapshotRow({
        key: String(9_000_000_000 + i),
        index: { partition: '2010-10-22', tokens: ['f:smith', 'p:sm'], document: '{"n":[],"b":""}' },
      }),
    );
    await writeSnapshot(databases, rows.slice(0, CANDIDATE_BUDGET));
    const plan = candidateTokens(criteriaOf('family=Smith&birthdate=2010-10-22'));
    const all = await searchCandidates(databases, plan);
    expect([all.candidates.length, all.tooMany]).toEqual([CANDIDATE_BUDGET, false]);
    await writeSnapshot(databases, rows.slice(CANDIDATE_BUDGET));
    expect(await searchCandidates(databases, plan)).toEqual({ candidates: [], tooMany: true });
  });

  test('PDS-S73 a wildcard over many birth dates stops after so many tokens, even when none fits', async () => {
    const rows = Array.from({ length: SCAN_BUDGET + 1 }, (_, i) =>
      snapshotRow({
        key: String(9_000_000_000 + i),
        index: { partition: '2010-10-22', tokens: [`f:smith${i}`], document: '{"n":[],"b":""}' },
      }),
    );
    await writeSnapshot(databases, rows);
    const plan = candidateTokens(criteriaOf('family=Smit*&birthdate=le1950-01-01'));
    expect(await searchCandidates(databases, plan)).toEqual({ candidates: [], tooMany: true });
    const rare = candidateTokens(criteriaOf('family=Smith123*&birthdate=ge1950-01-01'));
    expect((await searchCandidates(databases, rare)).candidates).toHaveLength(111);
  });

  test('PDS-S74 a token is not found under a name that only starts with it', async () => {
    await store('9000000009', 'Smithson', '2010-10-22', 'M1 1AA');
    expect(await found('family=Smith&birthdate=2010-10-22')).toEqual([]);
    expect(await found('family=Smith*&birthdate=ge1990-01-01')).toEqual(['9000000009']);
  });
});
