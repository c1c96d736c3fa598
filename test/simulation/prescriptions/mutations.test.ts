/** Each planted bug of prescriptions, until its play catches it. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundledWith, matches } from '../plant-bug.ts';
import { PLAYS, everyStep } from './every-step.ts';
import { PRESCRIPTION_MUTATIONS } from './mutations.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
interface Copy {
  readonly PLAYS: typeof PLAYS;
  readonly everyStep: typeof everyStep;
}

describe('planted bugs of prescriptions', () => {
  // A planted bug may leave promises behind that nobody waits for.
  const ignore = (): void => undefined;
  beforeAll(() => void process.on('unhandledRejection', ignore));
  afterAll(() => void process.off('unhandledRejection', ignore));

  test('EPS-X22 each pattern stands once in its source, and each name once in the list', () => {
    const stray = PRESCRIPTION_MUTATIONS.filter(({ changes }) => changes.some((change) => matches(change) !== 1));
    expect(stray.map(({ name }) => name)).toEqual([]);
    expect(new Set(PRESCRIPTION_MUTATIONS.map(({ name }) => name)).size).toBe(PRESCRIPTION_MUTATIONS.length);
  });

  test('EPS-X22 every play catches a bug', () => {
    const plays = PLAYS.map(({ name }) => name);
    expect(plays.filter((name) => !PRESCRIPTION_MUTATIONS.some(({ play }) => play === name))).toEqual([]);
  });

  test.each(PRESCRIPTION_MUTATIONS)('EPS-X22 $name is caught by $play', { timeout: 60_000 }, async (mutation) => {
    const copy = (await bundledWith(mutation, `export * from './every-step.ts';`, HERE)) as Copy;
    const play = copy.PLAYS.find(({ name }) => name === mutation.play);
    const caught = await (play === undefined ? Promise.resolve(null) : copy.everyStep(play)).then(
      () => null,
      (error: unknown) => (error instanceof Error && 'promise' in error ? error.promise : error),
    );
    // A promise that is named, not just some exception.
    expect(caught).toEqual(expect.any(String));
    console.log(`${mutation.name}: ${String(caught)}`);
  });

  test('EPS-X22 without a bug the plays hold', async () => {
    const play = PLAYS.find(({ name }) => name === 'merge-meanwhile');
    expect(play === undefined ? 0 : (await everyStep(play)).runs).toBeGreaterThan(100);
  });
});
