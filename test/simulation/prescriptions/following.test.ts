/** The next issue, a nomination, a death, a merge: what prescriptions follow, with every fault at every step. */
import { expect, test } from 'vitest';
import { everyStep } from './every-step.ts';
import { FOLLOWING } from './following.ts';

test.each(FOLLOWING)('$rule $name, every fault at every step', { timeout: 300_000 }, async (play) => {
  const { runs, steps } = await everyStep(play);
  console.log(`${play.name}: ${steps} steps, ${runs} faults`);
  expect(steps).toBeGreaterThan(40);
  expect(runs).toBeGreaterThan(3 * steps);
});
