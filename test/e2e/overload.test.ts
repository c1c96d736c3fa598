/** A small version of the nightly overload run: the figures are the nightly's, the bounds here hold on a machine that does other things too. */
import { expect, test } from 'vitest';
import { populationNumbers } from '../../bench/population.ts';
import { overload } from '../support/overload-run.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';
import { DEFAULT_SHARDS } from '../../scripts/start/options.ts';

const POPULATION = 400;

test('OVL-E01 at three times what one shard can do it goes on serving, refuses with Retry-After, loses nothing and recovers', async () => {
  const spine = await SpawnedSpine.start({ args: ['--no-sandbox', '--population', String(POPULATION)] });
  try {
    const numbers = populationNumbers(POPULATION);
    const figures = await overload({
      url: spine.url,
      shards: DEFAULT_SHARDS,
      numbers,
      calmSeconds: 4,
      overloadSeconds: 6,
    });
    console.log(`overload: ${JSON.stringify(figures)}`);
    expect(figures.violations).toEqual([]);
    expect([figures.unmarked, figures.failed]).toEqual([0, 0]);
    expect(figures.goodputShare).toBeGreaterThan(0.4);
    expect(figures.recoverySeconds).toBeLessThan(5.5);
  } finally {
    await spine.close();
  }
}, 120_000);
