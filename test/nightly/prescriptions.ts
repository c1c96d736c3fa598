/** Every play of prescriptions with every fault at every step, and then with pairs of faults; the first broken promise of a play ends it. */
import { PLAYS, everyStep, pairs } from '../simulation/prescriptions/every-step.ts';
import type { Count } from '../simulation/prescriptions/every-step.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, rounded } from './part.ts';
import type { PartResult } from './part.ts';

export async function prescriptions(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { faultPairs: count, firstSeed: seed } = options;
  const started = performance.now();
  const [single, double]: [Count[], Count[]] = [[], []];
  const broken: string[] = [];
  for (const play of PLAYS) {
    try {
      single.push(await everyStep(play));
      double.push(await pairs(play, { count, seed }));
    } catch (error) {
      broken.push(error instanceof Error ? error.message : String(error));
    }
  }
  for (const told of broken) console.log(told);
  const runs = (counts: readonly Count[]): number => counts.reduce((total, one) => total + one.runs, 0);
  const all = runs(single) + runs(double);
  return {
    figures: {
      firstSeed: seed,
      plays: PLAYS.length,
      steps: single.reduce((total, { steps }) => total + steps, 0),
      faults: runs(single),
      pairs: runs(double),
      runsPerSecond: rounded((all * 1_000) / (performance.now() - started), 1),
    },
    verdicts: [
      atMost('plays that broke a promise', broken.length, 0),
      atLeast('plays with every fault at every step', single.length, PLAYS.length),
      atLeast('pairs of faults', runs(double), count * PLAYS.length),
    ],
  };
}
