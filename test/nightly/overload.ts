/** Three times what one shard can do, for twenty seconds, and what the others notice of it. */
import { populationNumbers } from '../../bench/population.ts';
import { overload as run } from '../support/overload-run.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, rounded } from './part.ts';
import type { PartResult } from './part.ts';
import { DEFAULT_SHARDS } from '../../scripts/start/options.ts';

const POPULATION = 1_024;
const CALM_SECONDS = 10;

export async function overload(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { overloadSeconds, port, slice } = options;
  const args = ['--no-sandbox', '--population', String(POPULATION), '--port', String(port + 4)];
  const spine = await SpawnedSpine.start({ args });
  try {
    const { violations, ...figures } = await run({
      url: spine.url,
      shards: DEFAULT_SHARDS,
      numbers: populationNumbers(POPULATION),
      calmSeconds: slice ? 4 : CALM_SECONDS,
      overloadSeconds,
    });
    const { atPeak, overload: over } = figures.othersP99Ms;
    const machine = slice ? { advisory: true } : {};
    return {
      figures,
      verdicts: [
        { ...atLeast('goodput at three times the capacity, share of the peak', figures.goodputShare, 0.8), ...machine },
        { ...atMost('refusals p99, ms', figures.refusalP99Ms, 50), ...machine },
        { ...atMost('recovery, s', figures.recoverySeconds, 2), ...machine },
        { ...atMost('p99 of other shards over that beside the peak', rounded(over / atPeak), 2), ...machine },
        atMost('refusals without Retry-After, and failures', figures.unmarked + figures.failed, 0),
        atMost('lost or doubled', violations.length, 0),
      ],
    };
  } finally {
    await spine.close();
  }
}
