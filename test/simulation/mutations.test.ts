/** Each planted bug, until a seed catches it. A longer list of seeds is for the night: `npm run simulate -- --mutation all --seeds 2000`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUTATIONS } from './mutations.ts';
import { buggy } from './plant-bug.ts';
import { simulate } from './simulate.ts';

const SEEDS = 10;

/** Bugs that show rarely, with a seed that shows them; found anew by the command above when the engine has changed. */
const CAUGHT_BY: Readonly<Record<string, number>> = {
  'ignore-ownership': 13,
  'ignore-the-lane': 19,
  'answer-out-of-memory': 65,
  'keep-the-journal-position': 11,
  'keep-memory-after-rollback': 48,
  'live-on-after-a-failed-flush': 169,
  'trust-the-wall-clock': 190,
  'forget-a-refused-wake-up': 101_147,
  'expire-the-first-step-only': 53,
  'forget-a-change-during-a-copy': 169,
  'wait-for-ever': 307,
  'drop-the-monotonic-where': 35,
  'drop-the-monotonic-index': 164,
  'import-a-chunk-twice': 53,
};

describe('planted bugs', () => {
  // A planted bug may leave promises behind that nobody waits for.
  const ignore = (): void => undefined;
  beforeAll(() => void process.on('unhandledRejection', ignore));
  afterAll(() => void process.off('unhandledRejection', ignore));

  test('there are at least twenty, all with names of their own', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(20);
  });

  test.each(MUTATIONS)('SIM-10 $name is caught', { timeout: 30_000 }, async (mutation) => {
    const planted = await buggy(mutation);
    const known = CAUGHT_BY[mutation.name];
    const seeds = [...(known === undefined ? [] : [known]), ...Array.from({ length: SEEDS }, (_, i) => i + 1)];
    const found = [];
    for (const seed of seeds) {
      const { violation } = await simulate({ seed, ...planted });
      if (violation) found.push(violation.invariant);
      if (violation) break;
    }
    expect(found).toHaveLength(1);
  });
});
