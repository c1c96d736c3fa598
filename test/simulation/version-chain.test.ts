import { describe, expect, test } from 'vitest';
import { contradictions } from './version-chain.ts';
import type { Observation } from './version-chain.ts';

const seen = (
  effect: Observation['effect'],
  version: number,
  [invoked, returned]: readonly [number, number | null],
  more: Partial<Observation> = {},
): Observation => ({
  record: 'r',
  effect,
  version,
  invoked,
  returned,
  ...more,
});

describe('a history that one order explains', () => {
  test.each<[string, Observation[]]>([
    [
      'one after the other',
      [seen('wrote', 1, [1, 2]), seen('saw', 1, [3, 4]), seen('wrote', 2, [5, 6], { expected: 1 })],
    ],
    [
      'a read beside a write may see either',
      [seen('wrote', 1, [1, 2]), seen('wrote', 2, [3, 8]), seen('saw', 1, [4, 5]), seen('saw', 2, [6, 7])],
    ],
    [
      'an unknown outcome may appear later',
      [seen('wrote', 1, [1, null]), seen('saw', 0, [2, 3]), seen('saw', 1, [4, 5])],
    ],
    ['an unknown outcome may never appear', [seen('wrote', 1, [1, null]), seen('saw', 0, [2, 3])]],
    [
      'a mismatch with a cause',
      [seen('wrote', 1, [1, 2]), seen('wrote', 2, [3, 4]), seen('mismatch', 2, [5, 6], { expected: 1 })],
    ],
    [
      'a mismatch beside the write that caused it',
      [seen('wrote', 1, [1, 2]), seen('wrote', 2, [3, 6]), seen('mismatch', 2, [4, 5], { expected: 1 })],
    ],
    ['records do not meet', [seen('wrote', 1, [1, 2]), seen('wrote', 1, [3, 4], { record: 's' })]],
  ])('SIM-07 %s', (_name, history) => expect(contradictions(history)).toEqual([]));
});

describe('a history that no order explains', () => {
  test.each<[string, RegExp, Observation[]]>([
    ['two writes of one version', /two writes/, [seen('wrote', 1, [1, 4]), seen('wrote', 1, [2, 3])]],
    ['a stale read', /stale read/, [seen('wrote', 1, [1, 2]), seen('wrote', 2, [3, 4]), seen('saw', 1, [5, 6])]],
    [
      'a read after a read that knew more',
      /stale read/,
      [seen('wrote', 1, [1, 2]), seen('wrote', 2, [3, 9]), seen('saw', 2, [4, 5]), seen('saw', 1, [6, 7])],
    ],
    ['a write lost under a later one', /late write|two writes/, [seen('wrote', 2, [1, 2]), seen('wrote', 1, [3, 4])]],
    ['a condition that was not kept', /condition/, [seen('wrote', 3, [1, 2], { expected: 1 })]],
    [
      'a refusal without a cause',
      /without a cause/,
      [seen('wrote', 1, [1, 2]), seen('mismatch', 1, [3, 4], { expected: 1 })],
    ],
    [
      'one version, two bodies',
      /different bodies/,
      [seen('saw', 1, [1, 2], { digest: 'a' }), seen('saw', 1, [3, 4], { digest: 'b' })],
    ],
  ])('SIM-08 %s', (_name, told, history) => expect(contradictions(history).join('\n')).toMatch(told));
});
