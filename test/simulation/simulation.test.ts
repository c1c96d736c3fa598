/** A slice of the simulation for every push; `npm run simulate` runs as many seeds as there is time for. */
import { describe, expect, test } from 'vitest';
import { drawKnobs, KNOBS } from './knobs.ts';
import { MUTATIONS, SMALL_LIMITS } from './mutations.ts';
import { buggy, matches } from './plant-bug.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import type { Options } from './simulate.ts';

/** Seeds that once found something, here or under a planted bug. */
const REGRESSIONS = [6, 20, 41, 45, 62, 101_147, 110_920, 331_034_381];

async function firstViolation(seeds: readonly number[], options: Omit<Options, 'seed'> = {}): Promise<string | null> {
  for (const seed of seeds) {
    const { violation } = await simulate({ ...options, seed });
    if (violation) return `seed ${seed}: ${violation.message}`;
  }
  return null;
}

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('the engine in a world that fails', () => {
  test(
    'SIM-01 no seed breaks an invariant, through chaos, healing and the replay of its journal',
    { timeout: 60_000 },
    async () => {
      expect(await firstViolation([...range(1, 100), ...REGRESSIONS])).toBeNull();
    },
  );

  test('SIM-02 nor under bounds so small that every one of them is reached', { timeout: 60_000 }, async () => {
    expect(await firstViolation(range(10_000, 40), await buggy(SMALL_LIMITS))).toBeNull();
  });

  test('SIM-03 the same seed runs the same way twice, another seed another way', async () => {
    const hashes = [];
    for (const seed of [3, 3, 4, 17, 17]) hashes.push((await simulate({ seed })).traceHash);
    const [three, threeAgain, four, seventeen, seventeenAgain] = hashes;
    expect(threeAgain).toBe(three);
    expect(seventeenAgain).toBe(seventeen);
    expect(four).not.toBe(three);
  });

  test('SIM-04 over a few seeds every kind of fault happens', { timeout: 60_000 }, async () => {
    const off = new Set<string>();
    const drawn = range(1, 60).map((seed) => drawKnobs(seed, off));
    expect(KNOBS.filter((knob) => !drawn.some((knobs) => knobs[knob] > 0))).toEqual([]);
    expect(KNOBS.filter((knob) => drawn.every((knobs) => knobs[knob] > 0))).toEqual([]);
  });
});

describe('the simulation finds what is planted', () => {
  test.each(MUTATIONS.flatMap(({ name, changes }) => changes.map((change) => ({ name, change }))))(
    'SIM-05 the pattern of $name stands once in $change.file',
    ({ change }) => expect(matches(change)).toBe(1),
  );

  test('SIM-06 a failing seed is made small and still breaks the same promise', { timeout: 60_000 }, async () => {
    const mutation = MUTATIONS.find(({ name }) => name === 'use-a-version-twice');
    if (!mutation) throw new Error('the mutation is gone');
    const planted = await buggy(mutation);
    const options = { seed: 2, ...planted };
    const failed = await simulate(options);
    const small = await shrink(options, failed, 120);
    expect(failed.violation?.invariant).toBe('I2');
    expect(small.result.violation?.invariant).toBe('I2');
    expect(small.keep.length).toBeLessThanOrEqual(3);
    const again = await simulate({ ...options, keep: new Set(small.keep), off: small.off });
    expect(again.violation?.message).toBe(small.result.violation?.message);
  });
});
