/** Release, cancellation, return, dispensing and claim with every fault at every step. `npm run nightly -- --only prescriptions` adds pairs of faults. */
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../../src/actors/addresses.ts';
import { SHARDS } from '../../support/prescription-actor.ts';
import { PATIENTS } from './client.ts';
import { everyStep } from './every-step.ts';
import { HANDLING } from './plays.ts';

/** Plays in which something runs against something else must have shown both ends. */
const ENDS: Readonly<Record<string, number>> = {
  'by-id-race': 2,
  'cancel-against-release': 3,
  'by-id-against-queue': 2,
  claim: 2,
  'same-id': 2,
};

describe('prescriptions with a fault at every step', () => {
  test('EPS-X01 the patients of the plays live in both shards', () => {
    expect(new Set(PATIENTS.map((nhsNumber) => shardOf(nhsNumber, SHARDS))).size).toBe(2);
  });

  test.each(HANDLING)('$rule $name, every fault at every step', { timeout: 300_000 }, async (play) => {
    const { outcomes, runs, steps } = await everyStep(play);
    console.log(`${play.name}: ${steps} steps, ${runs} faults, ${outcomes.size} ends`);
    expect(steps).toBeGreaterThan(10);
    expect(runs).toBeGreaterThan(3 * steps);
    expect(outcomes.size).toBeGreaterThanOrEqual(ENDS[play.name] ?? 1);
  });
});
