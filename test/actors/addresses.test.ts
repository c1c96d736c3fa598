import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { placement, shardCount, shardOf } from '../../src/actors/addresses.ts';
import type { PatientShard } from '../../src/actors/patient-shard.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import { AGENT, spine } from '../support/engine.ts';
import { SHARDS } from '../support/registration.ts';

/** The n-th valid number of the form 99 + counter + check digit: neighbours, as allocations are. */
const numbers = Array.from({ length: 88_000 }, (_, index) => {
  const base = String(990_000_000 + index);
  const check = nhsNumberCheckDigit(base);
  return check === null ? [] : [`${base}${check}`];
}).flat();

/** Why a call failed; '' when it did not. */
async function failure(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return '';
  } catch (error) {
    return String(error);
  }
}

describe('addresses', () => {
  test('PDS-N21 every text has a shard, always a whole number within the count', () => {
    for (const key of [
      '',
      '9000000009',
      '1990-05-04/B430',
      'app/60E0B220-8136-4CA5-AE46-1D97EF59D068',
      'ü€😀',
      '\0'.repeat(1_000),
    ]) {
      for (const shards of [1, 2, 3, 8, 64, 4_096]) {
        const shard = shardOf(key, shards);
        expect([key, shards, Number.isInteger(shard) && shard >= 0 && shard < shards]).toEqual([key, shards, true]);
      }
    }
  });

  test('PDS-N22 the map never changes: data stays where it was put', () => {
    const shards = (count: number) =>
      ['9000000009', '9000000017', '5182663366', '1990-05-04/B430'].map((key) => shardOf(key, count));
    expect(shards(8)).toEqual([5, 2, 4, 7]);
    expect(shards(256)).toEqual([253, 178, 252, 31]);
  });

  test.each([2, 8, 32, 256])('PDS-N23 neighbouring numbers spread evenly over %i shards', (shards) => {
    const counts = Array.from({ length: shards }, () => 0);
    for (const number of numbers) counts[shardOf(number, shards)] = (counts[shardOf(number, shards)] ?? 0) + 1;
    const expected = numbers.length / shards;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    const freedom = shards - 1;
    // Mean + 5 standard deviations: chance alone does not get there once in a million.
    expect(chiSquare).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });

  test('PDS-N24 actors are named by numbers, and nothing else opens one', async () => {
    await spine.PATIENT_SHARD.getByName('3').status();
    for (const name of ['9000000009x', 'Smith', '', ' 3', '3.0', '1e3']) {
      expect([name, await failure(async () => spine.PATIENT_SHARD.getByName(name).status())]).toEqual([
        name,
        expect.stringContaining('shard number'),
      ]);
    }
  });

  test('PDS-N25 a key sent to another shard is refused and leaves no row', async () => {
    const key = '9000000009';
    const wrong = spine.PATIENT_SHARD.getByName(String((shardOf(key, SHARDS) + 1) % SHARDS));
    const envelope = {
      v: ENVELOPE_VERSION,
      kind: 'demographics',
      key,
      agent: AGENT,
      requestId: crypto.randomUUID(),
      fingerprint: '',
    };
    const refusal = { kind: 'refused', code: 'not-ours' };
    expect(await wrong.submit({ ...envelope, command: { name: 'create-patient' } })).toEqual(refusal);
    expect(await wrong.read({ ...envelope, query: { name: 'get-patient' }, purpose: 'access' })).toEqual(refusal);
    const record = { kind: 'demographics', key, version: 1, body: '{}', annex: '' };
    const importing = async () => wrong.import({ v: ENVELOPE_VERSION, chunkId: 'c', agent: AGENT, records: [record] });
    expect(await failure(importing)).toContain('another shard');
    const rows = await runInDurableObject(wrong as DurableObjectStub<PatientShard>, (_actor, state) =>
      ['record', 'reply', 'outbox'].map(
        (table) => state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one()['n'],
      ),
    );
    expect(rows).toEqual([0, 0, 0]);
  });

  test('PDS-N26 a shard count or a place that makes no sense is not guessed at', () => {
    expect(shardCount({ ...spine, SHARDS: '16' })).toBe(16);
    for (const SHARDS of ['', '0', '-1', '2.5', 'eight'])
      expect(() => shardCount({ ...spine, SHARDS })).toThrow('SHARDS');
    expect(placement({ ...spine, LOCATION_HINT: 'weur' })).toEqual({ locationHint: 'weur' });
    expect(placement({ ...spine, LOCATION_HINT: 'leeds' })).toEqual({});
  });
});
