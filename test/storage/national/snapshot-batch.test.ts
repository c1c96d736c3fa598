import { beforeEach, describe, expect, test } from 'vitest';
import type { IndexRow } from '../../../src/engine/record-kind.ts';
import { indexDatabase } from '../../../src/storage/national/databases.ts';
import type { NationalDatabases } from '../../../src/storage/national/databases.ts';
import { searchCandidates } from '../../../src/storage/national/search-patients.ts';
import {
  ADD_TOKENS,
  BURY_INDEX,
  DROP_TOKENS,
  writeCopies,
  WRITE_INDEX,
  writeSnapshot,
} from '../../../src/storage/national/snapshot-batch.ts';
import { bound, emptyNationalDatabase, snapshotRow } from '../../support/national-database.ts';

const one: NationalDatabases = { index: [bound.NATIONAL_0], records: [bound.NATIONAL_0] };

const indexRow = (row: Partial<IndexRow>): IndexRow => ({
  partition: '2010-10-22',
  tokens: ['f:smith', 's:S530'],
  document: '{"n":[["Smith","Jane"]],"b":"2010-10-22"}',
  ...row,
});

async function copies(): Promise<unknown[]> {
  return (
    await bound.NATIONAL_0.prepare('SELECT key, epoch, version, deleted, body FROM record_copies ORDER BY key').all()
  ).results;
}

async function tokens(database = bound.NATIONAL_0): Promise<string[]> {
  const { results } = await database
    .prepare(`SELECT token || ' ' || partition || ' ' || nhs_number AS line FROM patient_token ORDER BY 1`)
    .all<{ line: string }>();
  return results.map(({ line }) => line);
}

async function indexed(database = bound.NATIONAL_0): Promise<unknown[]> {
  return (
    await database.prepare('SELECT nhs_number, epoch, version, partition, document FROM patient_index ORDER BY 1').all()
  ).results;
}

/** What the index rows claim must be what the token table holds, whatever was written before. */
async function expectConsistent(database = bound.NATIONAL_0): Promise<void> {
  const { results } = await database
    .prepare(
      `SELECT value || ' ' || partition || ' ' || nhs_number AS line FROM patient_index, json_each(tokens) ORDER BY 1`,
    )
    .all<{ line: string }>();
  expect(await tokens(database)).toEqual(results.map(({ line }) => line));
}

beforeEach(async () => {
  await emptyNationalDatabase(bound.NATIONAL_0);
});

describe('record copies', () => {
  test('PDS-S60 a copy holds body and annex byte for byte', async () => {
    const body = '{"a": "quote \\" and \\u00e9 é 𝒳 \\\\ \\n",\r\n  "n": 1.0}';
    await writeSnapshot(one, [snapshotRow({ body, annex: '{"status":"superseded"}', hash: 'abc' })]);
    const row = await bound.NATIONAL_0.prepare('SELECT body, annex, hash, shard, kind FROM record_copies').first();
    expect(row).toEqual({ body, annex: '{"status":"superseded"}', hash: 'abc', shard: 3, kind: 'demographics' });
  });

  test('PDS-S60 a body too long to share a parameter arrives all the same', async () => {
    const body = `{"x":"${'é'.repeat(600_000)}"}`;
    await writeSnapshot(one, [snapshotRow({ body }), snapshotRow({ key: '9000000017', body: '{"y":1}' })]);
    const { results } = await bound.NATIONAL_0.prepare(
      'SELECT key, length(body) AS length FROM record_copies ORDER BY key',
    ).all();
    expect(results).toEqual([
      { key: '9000000009', length: body.length },
      { key: '9000000017', length: 7 },
    ]);
  });

  test('PDS-S61 versions 3, 1, 2 leave version 3', async () => {
    for (const version of [3, 1, 2]) await writeSnapshot(one, [snapshotRow({ version, body: `{"v":${version}}` })]);
    expect(await copies()).toEqual([{ key: '9000000009', epoch: 1, version: 3, deleted: 0, body: '{"v":3}' }]);
  });

  test('PDS-S61 epoch 2 version 1 beats epoch 1 version 9, in either order', async () => {
    const old = snapshotRow({ epoch: 1, version: 9, body: '"old"', index: indexRow({ document: 'old' }) });
    const restored = snapshotRow({ epoch: 2, version: 1, body: '"new"', index: indexRow({ document: 'new' }) });
    await writeSnapshot(one, [old]);
    await writeSnapshot(one, [restored]);
    await writeSnapshot(one, [old]);
    expect(await copies()).toEqual([{ key: '9000000009', epoch: 2, version: 1, deleted: 0, body: '"new"' }]);
    expect(await indexed()).toMatchObject([{ epoch: 2, version: 1, document: 'new' }]);
  });

  test('PDS-S61 an equal version is a no-op', async () => {
    await writeSnapshot(one, [snapshotRow({ body: '"first"', index: indexRow({}) })]);
    await writeSnapshot(one, [
      snapshotRow({ body: '"second"', index: indexRow({ tokens: ['f:other'], partition: '2011-01-01' }) }),
    ]);
    expect(await copies()).toMatchObject([{ body: '"first"' }]);
    expect(await tokens()).toEqual(['f:smith 2010-10-22 9000000009', 's:S530 2010-10-22 9000000009']);
  });

  test('PDS-S61 of two versions in one call the newer wins, whatever their order', async () => {
    const rows = [2, 3, 1].map((version) =>
      snapshotRow({
        version,
        body: `${version}`,
        index: indexRow({ tokens: [`f:v${version}`], document: `${version}` }),
      }),
    );
    await writeSnapshot(one, rows);
    expect(await copies()).toMatchObject([{ version: 3, body: '3' }]);
    expect(await tokens()).toEqual(['f:v3 2010-10-22 9000000009']);
  });

  test('PDS-S62 a deleted record leaves a tombstone that keeps late copies out', async () => {
    await writeSnapshot(one, [snapshotRow({ version: 2, deleted: true, body: '', index: null })]);
    await writeSnapshot(one, [snapshotRow({ version: 1, body: '"late"', index: indexRow({}) })]);
    expect(await copies()).toEqual([{ key: '9000000009', epoch: 1, version: 2, deleted: 1, body: '' }]);
    expect(await tokens()).toEqual([]);
  });

  test('PDS-S60 kinds of one key are kept apart, and only the searched kind touches the index', async () => {
    await writeSnapshot(one, [
      snapshotRow({ index: indexRow({}) }),
      snapshotRow({ kind: 'related-persons', version: 7, body: '[]' }),
    ]);
    expect(await copies()).toHaveLength(2);
    expect(await indexed()).toMatchObject([{ version: 1, partition: '2010-10-22' }]);
  });
});

describe('the index beside the copies', () => {
  test('PDS-S63 tokens follow the stored document through every order of arrival', async () => {
    const versions = [
      indexRow({ tokens: ['f:smith', 's:S530', 'z:LS16AE'] }),
      indexRow({ tokens: ['f:jones', 's:J520', 'z:LS16AE'], document: 'two' }),
      indexRow({ tokens: ['f:jones', 's:J520'], partition: '2010-10-23', document: 'three' }),
      null,
      indexRow({ tokens: ['f:smith'], document: 'five' }),
    ];
    const rows = versions.map((index, i) => snapshotRow({ version: i + 1, index }));
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
      [1, 3, 0],
      [2, 2, 1, 2],
      [3, 0],
    ]) {
      await emptyNationalDatabase(bound.NATIONAL_0);
      for (const i of order) {
        const row = rows[i];
        if (row !== undefined) await writeSnapshot(one, [row]);
        await expectConsistent();
      }
      const newest = Math.max(...order);
      const index = versions[newest] ?? null;
      expect(await indexed()).toEqual([
        {
          nhs_number: '9000000009',
          epoch: 1,
          version: newest + 1,
          partition: index?.partition ?? '',
          document: index?.document ?? '',
        },
      ]);
      expect(await tokens()).toEqual(
        (index?.tokens ?? []).map((token) => `${token} ${index?.partition} 9000000009`).sort(),
      );
    }
  });

  test('PDS-S64 a change outside the index writes one index row and no token', async () => {
    await writeSnapshot(one, [snapshotRow({ index: indexRow({}) })]);
    const entry = ['9000000009', 1, 2, '2010-10-22', ['f:smith', 's:S530'], 'same'];
    const json = JSON.stringify([entry]);
    const results = await bound.NATIONAL_0.batch(
      [DROP_TOKENS, ADD_TOKENS, WRITE_INDEX].map((sql) => bound.NATIONAL_0.prepare(sql).bind(json)),
    );
    expect(results.map(({ meta }) => meta.changes)).toEqual([0, 0, 1]);
  });

  test('PDS-S64 of changed tokens only the difference is written', async () => {
    await writeSnapshot(one, [snapshotRow({ index: indexRow({ tokens: ['f:smith', 's:S530', 'z:LS16AE'] }) })]);
    const json = JSON.stringify([['9000000009', 1, 2, '2010-10-22', ['f:smyth', 's:S530', 'z:LS16AE'], 'x']]);
    const results = await bound.NATIONAL_0.batch(
      [DROP_TOKENS, ADD_TOKENS].map((sql) => bound.NATIONAL_0.prepare(sql).bind(json)),
    );
    expect(results.map(({ meta }) => meta.changes)).toEqual([1, 1]);
  });

  test('PDS-S65 a failing batch leaves nothing behind', async () => {
    const broken = snapshotRow({
      key: '9000000017',
      index: { partition: null as unknown as string, tokens: ['f:x'], document: 'x' },
    });
    await expect(writeSnapshot(one, [snapshotRow({ index: indexRow({}) }), broken])).rejects.toThrow();
    expect(await copies()).toEqual([]);
    expect(await tokens()).toEqual([]);
  });

  test('PDS-S66 no statement of the snapshot scans a table', async () => {
    for (const statement of [writeCopies(2), DROP_TOKENS, ADD_TOKENS, WRITE_INDEX, BURY_INDEX]) {
      const { results } = await bound.NATIONAL_0.prepare(`EXPLAIN QUERY PLAN ${statement}`)
        .bind(...Array<string>(statement === writeCopies(2) ? 18 : 1).fill('[]'))
        .all<{ detail: string }>();
      for (const { detail } of results) expect(detail).not.toMatch(/SCAN (stored|patient_|record_)/);
    }
  });
});

describe.skipIf(bound.NATIONAL_1 === undefined)('several databases', () => {
  const second = bound.NATIONAL_1 ?? bound.NATIONAL_0;
  const two: NationalDatabases = { index: [bound.NATIONAL_0, second], records: [bound.NATIONAL_0, second] };
  const dates = Array.from({ length: 40 }, (_, i) => `20${10 + i}-01-01`);
  const first = dates.find((date) => indexDatabase(two, date) === bound.NATIONAL_0) ?? '';
  const other = dates.find((date) => indexDatabase(two, date) === second) ?? '';

  beforeEach(async () => {
    await emptyNationalDatabase(second);
  });

  test('PDS-S67 birth dates spread over the databases', () => {
    const inFirst = dates.filter((date) => indexDatabase(two, date) === bound.NATIONAL_0).length;
    expect(inFirst).toBeGreaterThan(8);
    expect(inFirst).toBeLessThan(32);
  });

  test('PDS-S67 a corrected birth date moves the patient and buries the old row', async () => {
    await writeSnapshot(two, [snapshotRow({ version: 1, index: indexRow({ partition: first }) })]);
    await writeSnapshot(two, [snapshotRow({ version: 2, index: indexRow({ partition: other }) })]);
    expect(await tokens()).toEqual([]);
    expect(await tokens(second)).toHaveLength(2);
    await writeSnapshot(two, [snapshotRow({ version: 1, index: indexRow({ partition: first }) })]);
    await expectConsistent();
    expect(await tokens()).toEqual([]);
    const found = await searchCandidates(two, { tokens: ['f:smith'], from: '2000-01-01', to: '2090-01-01' });
    expect(found.candidates.map(({ key }) => key)).toEqual(['9000000009']);
  });

  test('PDS-S67 a patient no longer searchable leaves both databases', async () => {
    await writeSnapshot(two, [snapshotRow({ version: 1, index: indexRow({ partition: other }) })]);
    await writeSnapshot(two, [snapshotRow({ version: 2, index: null })]);
    await writeSnapshot(two, [snapshotRow({ version: 1, index: indexRow({ partition: first }) })]);
    expect([...(await tokens()), ...(await tokens(second))]).toEqual([]);
  });
});
