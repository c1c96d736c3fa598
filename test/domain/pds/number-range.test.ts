import { expect, test } from 'vitest';
import { NUMBER_RANGES, numberRange } from '../../../src/domain/pds/number-range.ts';
import type { DecisionContext } from '../../../src/engine/record-kind.ts';
import { isNhsNumber } from '../../../src/nhs/nhs-number.ts';

const context = (version: number, nextVersion: number): DecisionContext => ({
  key: 'patient',
  now: 0,
  version,
  nextVersion,
  agent: { client: 'a', mode: 'm', rights: [] },
  newId: () => '0',
  neighbour: () => null,
});

/** The numbers of `count` allocations from a state at a version. */
function issued(from: { next: number } | null, version: number, count: number, lost = 0) {
  let state = from;
  const numbers: string[] = [];
  for (let at = 0; at < count; at++) {
    const skipped = at === 0 ? lost : 0;
    const decision = numberRange.decide(state, { name: 'allocate-number' }, context(version, version + 1 + skipped));
    if (decision.kind !== 'accepted') throw new Error(decision.kind);
    numbers.push(decision.reply.body);
    state = decision.state;
    version += 1 + skipped;
  }
  return { numbers, state, version };
}

test('BAK-13 numbers issued after a restore are none of those that may have been issued and lost', () => {
  const known = issued(null, 0, 5);
  const lost = issued(known.state, known.version, 1_000);
  const after = issued(known.state, known.version, 1_000, 1_000);
  const before = new Set([...known.numbers, ...lost.numbers]);
  expect(after.numbers.filter((number) => before.has(number))).toEqual([]);
  expect(after.numbers.every(isNhsNumber)).toBe(true);
});

test('BAK-13 without a restore the range goes on number by number', () => {
  const { numbers } = issued(null, 0, 3);
  expect(numbers[0]?.startsWith(String(NUMBER_RANGES.patient).slice(0, 7))).toBe(true);
  expect(new Set(numbers).size).toBe(3);
});
