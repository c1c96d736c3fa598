/** Which failed calls an edge repeats, how often, and what it tells the refused. */
import { describe, expect, test } from 'vitest';
import { attempt, attemptWithin, furtherAttempts } from '../../src/actors/retry.ts';
import { RetryBudget } from '../../src/actors/retry-budget.ts';
import { Shedding } from '../../src/actors/shedding.ts';

const marked = (...flags: string[]): Error =>
  Object.assign(new Error('x'), Object.fromEntries(flags.map((flag) => [flag, true])));

/** Fails so often, then answers. */
function failing(times: number, error: Error): { call: () => Promise<string>; made: () => number } {
  let made = 0;
  const call = () => (++made > times ? Promise.resolve('done') : Promise.reject(error));
  return { call, made: () => made };
}

describe('retries of the edge', () => {
  test.each([
    ['overloaded', marked('overloaded', 'remote'), 0],
    ['connection lost', marked('retryable'), 2],
    ['actor reset', marked('durableObjectReset', 'remote'), 2],
    ['unmarked trouble of the platform', new Error('internal error; reference = x'), 1],
    ['the actor itself threw', marked('remote'), null],
  ])('OVL-R01 %s', (_name, error, further) => {
    expect(furtherAttempts(error)).toBe(further);
  });

  test('OVL-R01 it repeats as often as the error is worth and no more', async () => {
    const twice = failing(2, marked('retryable'));
    expect([await attempt(twice.call), twice.made()]).toEqual(['done', 3]);
    const thrice = failing(3, marked('retryable'));
    expect(await attempt(thrice.call)).toMatchObject({ kind: 'unavailable', reason: 'broken' });
    expect(thrice.made()).toBe(3);
    const unmarked = failing(2, new Error('x'));
    expect(await attempt(unmarked.call)).toMatchObject({ reason: 'broken' });
    expect(unmarked.made()).toBe(2);
    const shed = failing(1, marked('overloaded'));
    expect(await attempt(shed.call)).toMatchObject({ reason: 'overloaded' });
    expect(shed.made()).toBe(1);
    const bug = marked('remote');
    await expect(attempt(failing(1, bug).call)).rejects.toBe(bug);
  });

  test('OVL-R02 a call without an answer in time is open, and is told to be asked again', async () => {
    const never = new Promise<string>(() => undefined);
    const answer = await attemptWithin(20, () => never);
    expect(answer).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
  });

  test('OVL-R03 a tenth of all calls may be repeated, beside a reserve', () => {
    const budget = new RetryBudget();
    let reserve = 0;
    while (budget.spend()) reserve += 1;
    expect(reserve).toBe(256);
    for (let call = 0; call < 1_000; call++) budget.earn();
    let earned = 0;
    while (budget.spend()) earned += 1;
    expect(earned).toBeGreaterThanOrEqual(99);
    expect(earned).toBeLessThanOrEqual(100);
  });

  test('OVL-R04 Retry-After is 1 where nothing is refused and up to 5 where all is, spread', () => {
    const shedding = new Shedding();
    expect([0, 0.5, 0.99].map((dice) => shedding.retryAfterSeconds(dice))).toEqual([1, 1, 1]);
    for (let answer = 0; answer < 1_000; answer++) shedding.note(true);
    expect([0, 0.5, 0.99].map((dice) => shedding.retryAfterSeconds(dice))).toEqual([3, 4, 5]);
    for (let answer = 0; answer < 1_000; answer++) shedding.note(false);
    expect(shedding.retryAfterSeconds(0.99)).toBe(1);
  });
});
