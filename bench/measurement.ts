/** One measurement: one scenario under one load against one target, and whether its figures may be believed. */
import { runClosedLoop } from './generator/closed-loop.ts';
import { gapsBetweenArrivals, type ArrivalLaw } from './generator/arrivals.ts';
import { ConnectionPool } from './generator/connection-pool.ts';
import type { LoadResult } from './generator/load.ts';
import { runOpenLoop } from './generator/open-loop.ts';
import { preparationOf, scenarioWork } from './generator/scenario-work.ts';
import type { Transport, WireTarget } from './generator/transport.ts';
import { ServerMeter, type ServerFigures } from './metrics.ts';
import type { Load } from './plan.ts';
import { startProgress } from './progress.ts';
import { seededRandom } from './random.ts';
import type { Scenario } from './scenarios/scenario.ts';

const REPLY_TIMEOUT_MS = 8000;
/** Longer than the timeout: everything sent ends inside it, as a reply or as a failure. */
const DRAIN_SECONDS = 10;
export const LARGEST_LAG_P99_MS = 2;
export const LARGEST_GENERATOR_CPU = 0.9;

export interface Subject {
  readonly wire: WireTarget;
  /** The same server asked as its operator, for its counters. */
  readonly operator: WireTarget;
  /** First process of the server; null when it is elsewhere. */
  readonly pid: number | null;
}

export interface MeasurementSettings {
  readonly label: string;
  readonly load: Load;
  readonly arrivals: ArrivalLaw;
  readonly seed: number;
  readonly transport: Transport;
}

export interface Measurement extends LoadResult {
  readonly scenario: string;
  readonly server: ServerFigures;
  /** Why these figures must not be used; empty when they may. */
  readonly invalid: readonly string[];
}

export async function measure(
  scenario: Scenario,
  subject: Subject,
  settings: MeasurementSettings,
): Promise<Measurement> {
  const { load, seed } = settings;
  const progress = startProgress(settings.label, load.warmup + load.seconds);
  const preparation = preparationOf(subject.operator);
  const watcher = new ServerMeter(subject.pid, preparation, (done, errors) => progress.progressed(done, errors));
  const pool = new ConnectionPool(settings.transport.lanes(subject.wire, load.connections), REPLY_TIMEOUT_MS);
  const random = seededRandom(seed);
  const parts = { pool, watcher, work: scenarioWork(scenario, random) };
  const window = { warmupSeconds: load.warmup, seconds: load.seconds, drainSeconds: DRAIN_SECONDS };
  try {
    const nextGap = gapsBetweenArrivals(settings.arrivals, load.rate, seededRandom(seed + 1));
    const result =
      load.mode === 'open' ? await runOpenLoop(parts, { ...window, nextGap }) : await runClosedLoop(parts, window);
    const server = await watcher.figures(result.figures.done);
    return { ...result, scenario: scenario.name, server, invalid: reasonsToDoubt(result) };
  } finally {
    pool.close();
    progress.stop();
  }
}

/** A generator that could not keep up measured itself. */
export function reasonsToDoubt(result: Pick<LoadResult, 'generatorLag' | 'generatorCpu'>): string[] {
  const reasons: string[] = [];
  const lag = result.generatorLag?.p99 ?? 0;
  if (lag > LARGEST_LAG_P99_MS) reasons.push(`generator lag p99 ${lag.toFixed(2)} ms > ${LARGEST_LAG_P99_MS} ms`);
  if (result.generatorCpu > LARGEST_GENERATOR_CPU) {
    reasons.push(`generator CPU ${Math.round(result.generatorCpu * 100)} % > ${LARGEST_GENERATOR_CPU * 100} %`);
  }
  return reasons;
}
