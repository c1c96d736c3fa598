/**
 * Writers over thousands of patients while the process dies again and again. Most kills take the runtime, which its
 * launcher starts again; every tenth takes both, and everything is started anew on the same data.
 */
import { populationNumbers } from '../../bench/population.ts';
import { seededRandom } from '../../bench/random.ts';
import { newDataFolder, SpawnedSpine } from '../support/spawned-spine.ts';
import { OwnedWriters } from '../support/owned-writers.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, pause, percentile, rounded } from './part.ts';
import type { PartResult } from './part.ts';

const POPULATION = 2_048;
const LANES = 64;
const WHOLE_EVERY = 10;
const BACK_WITHIN_MS = 60_000;

export async function kills(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { acks, kills: wanted, port, slice } = options;
  const population = slice ? 256 : POPULATION;
  const data = await newDataFolder();
  const args = ['--no-sandbox', '--population', String(population), '--port', String(port)];
  let spine = await SpawnedSpine.start({ data, args });
  const random = seededRandom(port);
  try {
    const writers = new OwnedWriters(spine.url, port);
    await writers.prepare(populationNumbers(population));
    const started = performance.now();
    const working = writers.run(LANES);
    const outages: number[] = [];
    for (let kill = 1; kill <= wanted; kill++) {
      const due = (acks / wanted) * (kill - 0.4 + 0.3 * random.next());
      while (writers.acknowledged < due) await pause(5);
      const before = writers.acknowledged;
      const killed = performance.now();
      if (kill % WHOLE_EVERY === 0 || (slice && kill === wanted)) {
        await spine.kill();
        spine = await spine.restart(...args);
      } else await endRuntime(spine);
      while (writers.acknowledged === before) {
        if (performance.now() - killed > BACK_WITHIN_MS) throw new Error('the server did not come back within 60 s');
        await pause(2);
      }
      outages.push(performance.now() - killed);
    }
    while (writers.acknowledged < acks) await pause(20);
    writers.stop();
    await working;
    const seconds = (performance.now() - started) / 1_000;
    await writers.verify();
    for (const violation of writers.violations) console.log(`kills: ${violation}`);
    return {
      figures: {
        acknowledged: writers.acknowledged,
        kills: outages.length,
        open: writers.unknown,
        repeatsEqual: writers.repeated,
        reads: writers.reads,
        writesPerSecond: Math.round(writers.acknowledged / seconds),
        outageMs: { median: Math.round(percentile(outages, 0.5)), worst: Math.round(Math.max(...outages)) },
      },
      verdicts: [
        atLeast('acknowledged writes', writers.acknowledged, acks),
        atLeast('kills', outages.length, wanted),
        atMost('lost, doubled or differing', writers.violations.length, 0),
        { ...atMost('median outage, s', rounded(percentile(outages, 0.5) / 1_000), 2), advisory: true },
      ],
    };
  } finally {
    await spine.close();
    await SpawnedSpine.remove(data);
  }
}

/** Waits first until the runtime is the one that was noted: a kill in the midst of a restart would hit nobody. */
export async function endRuntime(spine: SpawnedSpine): Promise<void> {
  const before = spine.runtime;
  await spine.killRuntime();
  for (const deadline = Date.now() + BACK_WITHIN_MS; spine.runtime === before;) {
    if (Date.now() > deadline) throw new Error('the runtime was not started again within 60 s');
    await pause(10);
  }
}
