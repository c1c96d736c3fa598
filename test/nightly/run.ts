/** `npm run nightly`: what takes too long for every push. One JSON line and one readable block per part; exit 1 when a promise is broken. */
import { chaos } from './chaos.ts';
import { kills } from './kills.ts';
import { mix } from './mix.ts';
import { nightlyOptions, USAGE } from './options.ts';
import type { NightlyOptions, PartName } from './options.ts';
import { outage } from './outage.ts';
import { overload } from './overload.ts';
import { isKept, readable } from './part.ts';
import type { PartResult } from './part.ts';
import { prescriptions } from './prescriptions.ts';
import { simulation } from './simulation.ts';

type Part = (options: NightlyOptions) => Promise<Omit<PartResult, 'part' | 'seconds'>>;

const RUNS: Readonly<Record<PartName, Part>> = { simulation, prescriptions, kills, chaos, mix, outage, overload };

async function night(options: NightlyOptions): Promise<boolean> {
  let kept = true;
  for (const part of options.only) {
    const started = performance.now();
    const told = await RUNS[part](options).catch((error: unknown) => ({
      figures: { error: error instanceof Error ? error.message : String(error) },
      verdicts: [],
    }));
    const result: PartResult = { part, seconds: Math.round((performance.now() - started) / 100) / 10, ...told };
    kept = isKept(result) && kept;
    console.log(JSON.stringify({ ...result, kept: isKept(result) }));
    console.log(readable(result));
  }
  return kept;
}

try {
  const options = nightlyOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else process.exit((await night(options)) ? 0 : 1);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
