/**
 * One shard under more than it can take, the others beside it: first what the shard can do, then three times as much,
 * then half as much. Every reply is a success, a refusal that says when to come back, or a failure that is told.
 */
import { shardOf } from '../../src/actors/addresses.ts';
import { UNDER_WAY_PER_SHARD } from '../../src/routes/gate.ts';
import { HotShard } from './hot-shard.ts';
import { OwnedWriters } from './owned-writers.ts';
import { PDS } from './pds-client.ts';
import { send } from './raw-pds.ts';
import { asTheyCome, backToBack, RawPool } from './raw-pool.ts';
import type { Arrived, Issue } from './raw-pool.ts';

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
}

const TIMES = 3;
const PING = `GET ${PDS}/_ping HTTP/1.1\r\nHost: spine\r\n\r\n`;
const PEAK_CONNECTIONS = 64;
/** As many as a gateway in front may have, and twice what the gate lets in; beyond them arrivals wait where they are. */
const OVERLOAD_CONNECTIONS = 2 * UNDER_WAY_PER_SHARD;
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
  await full(url, hot.issue, 2);
  const idle = await beside(calmSeconds);
  const [ended, atPeak] = await Promise.all([full(url, hot.issue, calmSeconds), beside(calmSeconds)]);
  const peak = ended / calmSeconds;
  hot.begin();
  const [over, othersOver] = await Promise.all([
    open(url, hot.issue, { perSecond: peak * TIMES, connections: OVERLOAD_CONNECTIONS, seconds: overloadSeconds }),
    beside(overloadSeconds),
  ]);
  const { failed, refused, served, unmarked } = hot;
  const times = { served: hot.p99(true), refused: hot.p99(false) };
  const calmAgain = performance.now();
  hot.begin();
  await open(url, hot.issue, { perSecond: peak / 2, connections: PEAK_CONNECTIONS, seconds: AFTERWARDS_SECONDS });
  const recoverySeconds = Math.max(0, hot.lastBadAt(SLOW_MS) - calmAgain) / 1_000;
  await hot.settle(writers);
  await writers.verify();
  const goodput = served / overloadSeconds;
  return {
    peakPerSecond: Math.round(peak),
    goodputPerSecond: Math.round(goodput),
    goodputShare: round(goodput / peak),
    offeredPerSecond: Math.round(over.offered / overloadSeconds),
    refused,
    refusalP99Ms: round(times.refused),
    servedP99Ms: round(times.served),
    unmarked,
    failed,
    recoverySeconds: round(recoverySeconds),
    othersP99Ms: { idle: p99(idle), atPeak: p99(atPeak), overload: p99(othersOver) },
    violations: writers.violations,
  };
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const p99 = ({ times }: Arrived): number =>
  round(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0);

const OTHERS = { perSecond: OTHERS_PER_SECOND, connections: OTHERS_CONNECTIONS };

async function open(
  url: string,
  issue: Issue,
  { connections, ...load }: { perSecond: number; connections: number; seconds: number },
): Promise<Arrived> {
  const pool = new RawPool(url, connections, TIMEOUT_MS);
  try {
    await connectAll(pool);
    return await asTheyCome(pool, issue, load);
  } finally {
    pool.close();
  }
}

/** Clients keep their connections; a server at its limit takes new ones in only slowly, which is not what is looked at here. */
async function connectAll(pool: RawPool): Promise<void> {
  const all = [];
  for (let connection = pool.take(); connection !== undefined; connection = pool.take()) all.push(connection);
  await Promise.all(all.map((connection) => send(connection, PING, false)));
  for (const connection of all) pool.give(connection);
}

async function full(url: string, issue: Issue, seconds: number): Promise<number> {
  const pool = new RawPool(url, PEAK_CONNECTIONS, TIMEOUT_MS);
  try {
    return await backToBack(pool, issue, seconds);
  } finally {
    pool.close();
  }
}
