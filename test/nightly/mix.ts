/** The national mix at its full rate by the bench, over sessions, while somebody looks four times a second how old the oldest change is that D1 lacks. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SpawnedSpine } from '../support/spawned-spine.ts';
import type { NightlyOptions } from './options.ts';
import { atLeast, atMost, pause, percentile, rounded } from './part.ts';
import type { PartResult } from './part.ts';

const POPULATION = 1_024;
const LOOK_EVERY_MS = 250;
/** By plain HTTP one thread does not reach the rate, and a lag at another rate would say nothing. */
const TRANSPORT = 'session';
const IN_FLIGHT = 256;

interface BenchReport {
  readonly trials: readonly {
    readonly rounds: Readonly<
      Record<
        string,
        readonly {
          readonly offered: number;
          readonly figures: {
            readonly done: number;
            readonly errors: number;
            readonly latency: { readonly p99: number };
          };
        }[]
      >
    >;
  }[];
  readonly brokenPromises: number;
}

export async function mix(options: NightlyOptions): Promise<Omit<PartResult, 'part' | 'seconds'>> {
  const { mixRate, mixSeconds, port, slice } = options;
  const args = ['--no-sandbox', '--population', String(POPULATION), '--port', String(port + 2)];
  const spine = await SpawnedSpine.start({ args });
  try {
    const file = join(spine.data, 'bench.json');
    const bench = runBench(spine.url, file, { rate: mixRate, seconds: mixSeconds, out: spine.data });
    const lags: number[] = [];
    const end = new AbortController();
    const looking = (async () => {
      while (!end.signal.aborted) {
        lags.push(await snapshotLag(spine));
        await pause(LOOK_EVERY_MS);
      }
    })();
    await bench;
    end.abort();
    await looking;
    const report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
    const measured = report.trials[0]?.rounds[`national-mix@${TRANSPORT}`]?.[0];
    if (measured === undefined) throw new Error('the bench told no figures');
    const served = (measured.figures.done / measured.offered) * 100;
    const machine = slice ? { advisory: true } : {};
    return {
      figures: {
        rate: mixRate,
        servedPercent: rounded(served, 2),
        p99Ms: rounded(measured.figures.latency.p99, 1),
        errors: measured.figures.errors,
        looks: lags.length,
        lagMs: { median: percentile(lags, 0.5), p99: percentile(lags, 0.99), worst: Math.max(...lags) },
      },
      verdicts: [
        { ...atMost('snapshot lag p99, ms', percentile(lags, 0.99), 1_000), ...machine },
        { ...atLeast('served, %', rounded(served, 2), 99), ...machine },
        atMost('broken promises seen by the bench', report.brokenPromises, 0),
      ],
    };
  } finally {
    await spine.close();
  }
}

function runBench(url: string, file: string, load: { rate: number; seconds: number; out: string }): Promise<void> {
  const wishes = ['--target', url, '--scenario', 'national-mix', '--no-baseline', '--population', String(POPULATION)];
  const way = ['--transport', TRANSPORT, '--connections', String(IN_FLIGHT)];
  const size = ['--rate', String(load.rate), '--seconds', String(load.seconds), '--json', file, '--out', load.out];
  const script = ['--disable-warning=ExperimentalWarning', 'bench/run.ts'];
  const child = spawn(process.execPath, [...script, ...wishes, ...way, ...size], { cwd: ROOT, stdio: 'ignore' });
  return new Promise((resolve) => void child.once('close', () => resolve()));
}

export async function snapshotLag(spine: SpawnedSpine): Promise<number> {
  return (await counters(spine))['snapshotLagMs'] ?? 0;
}

export async function counters(spine: SpawnedSpine): Promise<Readonly<Record<string, number>>> {
  const authorization = `Bearer ${readFileSync(join(spine.data, 'operator.key'), 'utf8').trim()}`;
  const response = await fetch(`${spine.url}/operator/status`, { headers: { authorization } });
  return ((await response.json()) as { counters: Record<string, number> }).counters;
}
