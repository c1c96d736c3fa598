/** D1 is away for minutes while writes go on; then it is back, and the copy becomes equal. It is never ahead. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { populationNumbers } from '../../bench/population.ts';
import { faultyBundle } from '../support/faults/bundles.ts';
import { FaultControl } from '../support/faults/fault-control.ts';
import { OwnedWriters } from '../support/owned-writers.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';
import { counters } from './mix.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, pause, percentile, rounded } from './part.ts';
import type { PartResult } from './part.ts';

const POPULATION = 2_048;
const LANES = 16;
const LOOK_EVERY_MS = 20_000;
const CONVERGED_WITHIN_S = 60;

export async function outage(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { outageRate, outageSeconds, port, slice } = options;
  const population = slice ? 256 : POPULATION;
  const folder = await mkdtemp(join(tmpdir(), 'edge-spine-outage-'));
  const bundle = await faultyBundle(folder);
  const args = ['--no-sandbox', '--population', String(population), '--port', String(port + 3), '--bundle', bundle];
  const spine = await SpawnedSpine.start({ args });
  try {
    const control = new FaultControl(spine.url);
    const writers = new OwnedWriters(spine.url, port);
    writers.perSecond = outageRate;
    await writers.prepare(populationNumbers(population));
    await control.converged(writers.patients, 60_000);
    const working = writers.run(LANES);
    await control.set({ mode: 'error' });
    const ahead: string[] = [];
    const before = writers.acknowledged;
    for (const ends = performance.now() + outageSeconds * 1_000; performance.now() < ends;) {
      await pause(Math.min(LOOK_EVERY_MS, Math.max(1, ends - performance.now())));
      ahead.push(...(await control.ahead(writers.patients.slice(0, 200))));
    }
    const during = writers.acknowledged - before;
    const { snapshotPending } = await counters(spine);
    // Writes go on while the copy catches up: first the lag becomes ordinary, then, writing ended, both are equal.
    await control.set({ mode: 'none' });
    const healed = performance.now();
    while (((await counters(spine))['snapshotLagMs'] ?? 0) > 1_500 && performance.now() - healed < 120_000)
      await pause(100);
    const caughtUp = (performance.now() - healed) / 1_000;
    ahead.push(...(await control.ahead(writers.patients.slice(0, 200))));
    writers.stop();
    await working;
    const equal = await control.converged(writers.patients, 60_000);
    await writers.verify();
    for (const violation of [...ahead, ...writers.violations]) console.log(`outage: ${violation}`);
    return {
      figures: {
        outageSeconds,
        writesDuring: during,
        pendingAtTheEnd: snapshotPending,
        askedAgain: writers.unknown,
        writeP99Ms: Math.round(percentile(writers.times, 0.99)),
        caughtUpSeconds: rounded(caughtUp, 1),
        equalSeconds: rounded(equal, 1),
      },
      verdicts: [
        atMost('copies ahead of their record', ahead.length, 0),
        atMost('seconds until the copy had caught up', rounded(caughtUp, 1), CONVERGED_WITHIN_S),
        atLeast('writes acknowledged in the outage', during, 1),
        atMost('lost, doubled or differing', writers.violations.length, 0),
      ],
    };
  } finally {
    await spine.close();
    await rm(folder, { recursive: true, force: true });
  }
}
