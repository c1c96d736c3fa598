/**
 * One shard under more than it can take, the others beside it: first what the shard can do, then three times as much,
 * then half as much. Every reply is a success, a refusal that says when to come back, or a failure that is told.
 */
import { shardOf } from '../../src/actors/addresses.ts';
import { gapsBetweenArrivals } from '../../bench/generator/arrivals.ts';
import { runClosedLoop } from '../../bench/generator/closed-loop.ts';
import { ConnectionPool } from '../../bench/generator/connection-pool.ts';
import { NO_WATCHER } from '../../bench/generator/load.ts';
import type { LoadResult } from '../../bench/generator/load.ts';
import { runOpenLoop } from '../../bench/generator/open-loop.ts';
import type { Work } from '../../bench/generator/work.ts';
import { seededRandom } from '../../bench/random.ts';
import { OwnedWriters } from './owned-writers.ts';
import { HotShard } from './hot-shard.ts';
import { PDS } from './pds-client.ts';
import { endpointOf, send } from './raw-pds.ts';

export interface OverloadSize {
  readonly url: string;
  readonly shards: number;
  /** Synthetic patients of the target. */
  readonly numbers: readonly string[];
  readonly calmSeconds: number;
  readonly overloadSeconds: number;
}

export interface OverloadFigures {
  readonly peakPerSecond: number;
  readonly goodputPerSecond: number;
  readonly goodputShare: number;
  readonly offeredPerSecond: number;
  readonly refused: number;
  readonly refusalP99Ms: number;
  readonly servedP99Ms: number;
  /** Refusals without Retry-After, and anything that is neither success nor refusal. */
  readonly unmarked: number;
  readonly failed: number;
  readonly recoverySeconds: number;
  readonly othersP99Ms: { readonly idle: number; readonly atPeak: number; readonly overload: number };
  readonly violations: readonly string[];
  readonly generatorCpu: number;
}

const TIMES = 3;
const PING = `GET ${PDS}/_ping HTTP/1.1\r\nHost: spine\r\n\r\n`;
const PEAK_CONNECTIONS = 64;
/** As a gateway in front has: beyond them arrivals wait where they are. */
const OVERLOAD_CONNECTIONS = 128;
const OTHERS_CONNECTIONS = 64;
const OTHERS_PER_SECOND = 40;
const TIMEOUT_MS = 8_000;
const AFTERWARDS_SECONDS = 5;
/** A reply slower than this is no recovered service, whatever its status. */
const SLOW_MS = 500;

export async function overload(size: OverloadSize): Promise<OverloadFigures> {
  const { url, calmSeconds, overloadSeconds } = size;
  const writers = new OwnedWriters(url, 1);
  await writers.prepare(size.numbers);
  const hotNumber = writers.patients[0]?.number ?? '';
  const isHot = ({ number }: { number: string }) => shardOf(number, size.shards) === shardOf(hotNumber, size.shards);
  const others = writers.patients.filter((patient) => !isHot(patient)).map(({ number }) => number);
  writers.patients = writers.patients.filter(isHot);
  const hot = new HotShard(url, writers.patients);
  const beside = (seconds: number) => open(url, hot.readsOf(others), { ...OTHERS, seconds });
  await closed(url, hot.work(), 2);
  const idle = await beside(calmSeconds);
  const [peak, atPeak] = await Promise.all([closed(url, hot.work(), calmSeconds), beside(calmSeconds)]);
  hot.begin();
  const rate = peak.figures.throughput * TIMES;
  const [over, othersOver] = await Promise.all([
    open(url, hot.work(), { rate, connections: OVERLOAD_CONNECTIONS, seconds: overloadSeconds }),
    beside(overloadSeconds),
  ]);
  const figures = { served: hot.served, refused: hot.refused, unmarked: hot.unmarked, failed: hot.failed };
  const hotTimes = { served: hot.p99(true), refused: hot.p99(false) };
  const ended = performance.now();
  hot.begin();
  await open(url, hot.work(), { rate: rate / TIMES / 2, connections: PEAK_CONNECTIONS, seconds: AFTERWARDS_SECONDS });
  const recoverySeconds = Math.max(0, hot.lastBadAt(SLOW_MS) - ended) / 1_000;
  await hot.settle(writers);
  await writers.verify();
  const goodput = figures.served / overloadSeconds;
  return {
    peakPerSecond: Math.round(peak.figures.throughput),
    goodputPerSecond: Math.round(goodput),
    goodputShare: round(goodput / peak.figures.throughput),
    offeredPerSecond: Math.round(over.offered / overloadSeconds),
    refused: figures.refused,
    refusalP99Ms: round(hotTimes.refused),
    servedP99Ms: round(hotTimes.served),
    unmarked: figures.unmarked,
    failed: figures.failed,
    recoverySeconds: round(recoverySeconds),
    othersP99Ms: { idle: p99(idle), atPeak: p99(atPeak), overload: p99(othersOver) },
    violations: writers.violations,
    generatorCpu: over.generatorCpu,
  };
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const p99 = (result: LoadResult): number => round(result.figures.latency.p99);

const OTHERS = { rate: OTHERS_PER_SECOND, connections: OTHERS_CONNECTIONS };

async function open(
  url: string,
  work: Work,
  { rate, connections, seconds }: { rate: number; connections: number; seconds: number },
): Promise<LoadResult> {
  const pool = new ConnectionPool({ endpoint: endpointOf(url), connections, timeoutMs: TIMEOUT_MS });
  await connectAll(pool, connections);
  const nextGap = gapsBetweenArrivals('poisson', rate, seededRandom(rate));
  const window = { warmupSeconds: 0, seconds, drainSeconds: 0.3, nextGap };
  try {
    return await runOpenLoop({ pool, work, watcher: NO_WATCHER }, window);
  } finally {
    pool.close();
  }
}

/** Clients keep their connections; a server at its limit takes new ones in only slowly, which is not what is looked at here. */
async function connectAll(pool: ConnectionPool, connections: number): Promise<void> {
  const all = Array.from({ length: connections }, () => pool.take()).filter((one) => one !== undefined);
  await Promise.all(all.map((connection) => send(connection, PING, false)));
  for (const connection of all) pool.give(connection);
}

async function closed(url: string, work: Work, seconds: number): Promise<LoadResult> {
  const pool = new ConnectionPool({ endpoint: endpointOf(url), connections: PEAK_CONNECTIONS, timeoutMs: TIMEOUT_MS });
  try {
    return await runClosedLoop({ pool, work, watcher: NO_WATCHER }, { warmupSeconds: 1, seconds, drainSeconds: 5 });
  } finally {
    pool.close();
  }
}
