/** Each planted bug, until a seed catches it. A longer list of seeds is for the night: `npm run simulate -- --mutation all --seeds 2000`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Knob } from './knobs.ts';
import { MUTATIONS } from './mutations.ts';
import { buggy } from './plant-bug.ts';
import { simulate } from './simulate.ts';

const SEEDS = 250;

/** Faults without which a bug does not show; random ones join them. */
const NEEDS: Readonly<Record<string, readonly Knob[]>> = {
  'ignore-ownership': ['misroute'],
  'ignore-the-lane': ['freeze'],
  'answer-out-of-memory': ['superseded', 'loss'],
  'no-savepoint': ['statementFault'],
  'keep-the-journal-position': ['statementFault'],
  'keep-memory-after-rollback': ['statementFault'],
  'live-on-after-a-failed-flush': ['statementFault', 'storageFull'],
  'trust-the-wall-clock': ['clockJump'],
  'forget-a-change-during-a-copy': ['nationalDelayMs'],
  'wait-for-ever': ['nationalAckLoss'],
  'drop-the-monotonic-where': ['nationalDelayMs', 'crash'],
  'drop-the-monotonic-index': ['nationalDelayMs', 'crash'],
  'import-a-chunk-twice': ['loss', 'duplicate'],
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

  test.each(MUTATIONS)('SIM-10 $name is caught', { timeout: 60_000 }, async (mutation) => {
    const planted = await buggy(mutation);
    const found = [];
    for (let seed = 1; seed <= SEEDS && found.length === 0; seed++) {
      const { violation } = await simulate({ seed, ...planted, on: NEEDS[mutation.name] ?? [] });
      if (violation) found.push(violation.invariant);
    }
    expect(found).toHaveLength(1);
  });
});
