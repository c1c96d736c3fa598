/** Prints what the bulk upsert and the search cost here; the bounds are far below what is measured, to catch collapses. */
import { beforeAll, describe, expect, test } from 'vitest';
import { candidateTokens, indexDemographics, prefilter } from '../../../src/domain/pds/search-index.ts';
import { parseSearch } from '../../../src/domain/pds/search-criteria.ts';
import type { SearchCriteria } from '../../../src/domain/pds/search-criteria.ts';
import type { Demographics } from '../../../src/domain/pds/demographics-state.ts';
import { searchCandidates } from '../../../src/storage/national/search-patients.ts';
import { writeSnapshot } from '../../../src/storage/national/snapshot-batch.ts';
import type { SnapshotRow } from '../../../src/storage/national/snapshot-batch.ts';
import { bound, emptyNationalDatabase, snapshotRow } from '../../support/national-database.ts';

const FAMILIES = 400;
const BODY = JSON.stringify({ resourceType: 'Patient', filler: 'x "y" '.repeat(250) });

function patient(i: number): Demographics {
  const year = 1930 + (i % 90);
  const month = String(1 + (i % 12)).padStart(2, '0');
  const day = String(1 + ((i * 7) % 28)).padStart(2, '0');
  return {
    resource: {
      resourceType: 'Patient',
      name: [{ use: 'usual', family: `Family${(i * 31) % FAMILIES}`, given: [`Given${i % 97}`, 'Middle'] }],
      gender: i % 2 === 0 ? 'female' : 'male',
      birthDate: `${year}-${month}-${day}`,
      address: [{ use: 'home', postalCode: `LS${i % 30} ${i % 9}A${String.fromCharCode(65 + (i % 26))}` }],
    },
    annex: {},
  };
}

function rowOf(i: number, version: number): SnapshotRow {
  return snapshotRow({
    key: String(9_000_000_000 + i * 7919),
    shard: i % 8,
    version,
    body: BODY,
    index: indexDemographics(patient(i)),
  });
}

const databases = { index: [bound.NATIONAL_0], records: [bound.NATIONAL_0] };

beforeAll(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

async function timed(label: string, count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  const perSecond = Math.round(count / ((performance.now() - start) / 1_000));
  console.info(`${label}: ${perSecond}/s`);
  return perSecond;
}

describe('the national index under load', () => {
  test('PDS-S80 10,000 new patients, the same again, and all changed', { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => rowOf(i, 1));
    const fresh = await timed('new patients', rows.length, async () => {
      for (let i = 0; i < rows.length; i += 1_000) await writeSnapshot(databases, rows.slice(i, i + 1_000));
    });
    await timed('repeats', 10_000, () => writeSnapshot(databases, rows.slice(0, 10_000)));
    const changed = rows.slice(0, 10_000).map((row) => ({ ...row, version: 2 }));
    await timed('changes that leave the index as it is', 10_000, () => writeSnapshot(databases, changed));
    expect(fresh).toBeGreaterThan(500);
  });

  test('PDS-S81 searches of 20,000 patients', { timeout: 60_000 }, async () => {
    const shapes = [
      (i: number) => `family=Family${i % FAMILIES}&birthdate=${patient(i).resource.birthDate}`,
      (i: number) => `family=Fa*&birthdate=${patient(i).resource.birthDate}&gender=male`,
      (i: number) => `family=Family${i % FAMILIES}&birthdate=ge1940-01-01&birthdate=le1950-01-01`,
      (i: number) =>
        `_fuzzy-match=true&family=Familly${i % FAMILIES}&given=Given${i % 97}&birthdate=${patient(i).resource.birthDate}`,
    ];
    for (const shape of shapes) {
      const times: number[] = [];
      let found = 0;
      for (let i = 0; i < 200; i++) {
        const criteria = parseSearch(new URLSearchParams(shape(i * 13))) as SearchCriteria;
        const start = performance.now();
        const { candidates } = await searchCandidates(databases, candidateTokens(criteria));
        found += candidates.filter(({ document }) => prefilter(document, criteria)).length;
        times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      console.info(
        `${shape(0)}: median ${times[100]?.toFixed(1)} ms, p99 ${times[197]?.toFixed(1)} ms, ${found} found`,
      );
      expect(times[100]).toBeLessThan(100);
    }
  });
});
