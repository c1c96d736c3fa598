import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { gapsBetweenArrivals } from '../../bench/generator/arrivals.ts';
import { runClosedLoop } from '../../bench/generator/closed-loop.ts';
import { ConnectionPool } from '../../bench/generator/connection-pool.ts';
import { type LoadParts, type LoadResult, NO_WATCHER } from '../../bench/generator/load.ts';
import { runOpenLoop } from '../../bench/generator/open-loop.ts';
import { httpLane, type Lane, type WireTarget, wireTarget } from '../../bench/generator/transport.ts';
import type { Work } from '../../bench/generator/work.ts';
import { seededRandom } from '../../bench/random.ts';

const CONNECTIONS = 4;
const RATE = 200;
const WINDOW = { warmupSeconds: 0.5, seconds: 2.5, drainSeconds: 3 };
const STALL_AT_MS = 1000;
const STALL_MS = 1000;

const lanesOf = (target: WireTarget, count: number): Lane[] => Array.from({ length: count }, () => httpLane(target));

const servers: Server[] = [];
const pools: ConnectionPool[] = [];

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const REQUEST = { method: 'GET', path: '/', requestId: 'x', headers: '', body: '', keepBody: false } as const;

const GET: Work = {
  issue(lane, finished) {
    lane.send(REQUEST, (reply, failure) => {
      finished({ operation: 'GET', error: reply === null ? failure : null, broken: false });
    });
  },
};

/** Answers at once, except that nothing is answered for one second in the middle. */
async function stallingServer(): Promise<LoadParts> {
  let stallFrom = Number.POSITIVE_INFINITY;
  const server = createServer((_request, response) => {
    const now = performance.now();
    if (stallFrom === Number.POSITIVE_INFINITY) stallFrom = now + STALL_AT_MS;
    const until = stallFrom + STALL_MS;
    const wait = now >= stallFrom && now < until ? until - now : 0;
    setTimeout(() => response.end('ok'), wait);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const target = wireTarget(new URL(`http://127.0.0.1:${port}`), undefined);
  const pool = new ConnectionPool(lanesOf(target, CONNECTIONS), 5000);
  pools.push(pool);
  return { pool, work: GET, watcher: NO_WATCHER };
}

async function openLoop(parts: LoadParts): Promise<LoadResult> {
  return runOpenLoop(parts, { ...WINDOW, nextGap: gapsBetweenArrivals('constant', RATE, seededRandom(1)) });
}

describe('open loop', () => {
  test('a stall of the server is charged to every arrival it kept waiting (no coordinated omission)', async () => {
    const { figures, offered, dropped } = await openLoop(await stallingServer());
    expect(offered).toBe(RATE * WINDOW.seconds);
    expect(dropped).toBe(0);
    expect(figures.latency.count).toBe(offered);
    // A fifth of a second's arrivals wait more than 800 ms, a whole second's wait 500 ms on average.
    expect(figures.latency.p99).toBeGreaterThan(900);
    expect(figures.latency.p90).toBeGreaterThan(600);
    // What the server itself took hides the queue: only the few that were on the wire show the stall.
    expect(figures.serviceTime.p90).toBeLessThan(200);
  });

  test('a closed loop on the same server does hide the stall, which is why it is used for throughput only', async () => {
    const { figures } = await runClosedLoop(await stallingServer(), WINDOW);
    expect(figures.latency.max).toBeGreaterThan(900);
    expect(figures.latency.p99).toBeLessThan(500);
  });

  test('arrivals that are never sent are counted as dropped and make the percentiles worse, not better', async () => {
    const silent: Work = { issue: () => undefined };
    const { pool, watcher } = await stallingServer();
    const settings = {
      warmupSeconds: 0,
      seconds: 0.5,
      drainSeconds: 0.2,
      nextGap: gapsBetweenArrivals('constant', 100, seededRandom(1)),
    };
    const { offered, dropped, figures } = await runOpenLoop({ pool, watcher, work: silent }, settings);
    expect(dropped).toBe(offered - CONNECTIONS);
    expect(figures.latency.count).toBe(dropped);
    expect(figures.latency.p50).toBeGreaterThan(200);
  });
});

describe('arrivals', () => {
  test('Poisson gaps have the mean and the spread of their rate and repeat by seed', () => {
    const gaps = (seed: number): number[] => {
      const next = gapsBetweenArrivals('poisson', 100, seededRandom(seed));
      return Array.from({ length: 20_000 }, next);
    };
    const list = gaps(7);
    const mean = list.reduce((sum, gap) => sum + gap, 0) / list.length;
    const variance = list.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / list.length;
    expect(mean).toBeGreaterThan(9.7);
    expect(mean).toBeLessThan(10.3);
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95);
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05);
    expect(gaps(7)).toEqual(list);
    expect(gaps(8)).not.toEqual(list);
  });
});
