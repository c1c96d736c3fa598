/** The gate counts what is under way and keeps places free for those who need them more. */
import { describe, expect, test } from 'vitest';
import { Gate, UNDER_WAY, UNDER_WAY_PER_SHARD } from '../../src/routes/gate.ts';
import type { Pass } from '../../src/routes/gate.ts';

const HOT = 'http://spine/personal-demographics/FHIR/R4/Patient/9000000009';
const OTHER = 'http://spine/personal-demographics/FHIR/R4/Patient/9000000017';

function gate(): { gate: Gate; told: boolean[] } {
  const told: boolean[] = [];
  return {
    gate: new Gate({
      shardOf: (key) => (key === '9000000009' ? 0 : 1),
      retryAfterSeconds: () => 3,
      note: (refused) => void told.push(refused),
    }),
    told,
  };
}

const enter = (at: Gate, method: string, count: number, address = HOT): (Pass | null)[] =>
  Array.from({ length: count }, () => at.enter(method, address));

describe('the gate', () => {
  test('OVL-G01 reads stop before writes, writes before urgent care, and all at the bound', () => {
    const { gate: at, told } = gate();
    const reads = enter(at, 'GET', UNDER_WAY_PER_SHARD);
    expect(reads.filter((pass) => pass?.reserved === false)).toHaveLength(Math.ceil((UNDER_WAY_PER_SHARD * 2) / 3));
    expect(enter(at, 'GET', 1)).toEqual([null]);
    for (const pass of reads.slice(0, 10)) pass?.leave();
    // 86 under way: beyond the places of writes as well.
    expect(at.enter('PATCH', HOT)?.reserved).toBe(true);
    for (const pass of reads.slice(10, 25)) pass?.leave();
    expect(at.enter('PATCH', HOT)?.reserved).toBe(false);
    expect(at.enter('GET', HOT)?.reserved).toBe(true);
    expect(told).toEqual([true]);
  });

  test('OVL-G02 a full shard closes no other; what leaves makes room', () => {
    const { gate: at } = gate();
    const held = enter(at, 'PATCH', UNDER_WAY_PER_SHARD);
    expect(at.enter('PATCH', HOT)).toBe(null);
    expect(at.enter('PATCH', OTHER)?.reserved).toBe(false);
    for (const pass of held) pass?.leave();
    expect(at.enter('GET', HOT)?.reserved).toBe(false);
    expect(at.underWay).toBe(2);
  });

  test('OVL-G03 what names no patient counts in all, up to the bound of the isolate', () => {
    const { gate: at } = gate();
    const address = 'http://spine/personal-demographics/FHIR/R4/Patient?family=Smith&birthdate=eq2010-10-22';
    expect(enter(at, 'GET', UNDER_WAY, address).every((pass) => pass !== null)).toBe(true);
    expect(at.enter('GET', address)).toBe(null);
    expect(at.enter('PATCH', OTHER)).toBe(null);
  });
});
