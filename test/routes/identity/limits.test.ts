/** Limits that hold for all edges together, and the budgets that stop a sweep. */
import { beforeAll, expect, test } from 'vitest';
import { LeasedLimiter } from '../../../src/routes/leased-limiter.ts';
import { tokenIn, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
});

test('ID-L01 five a second hold over two edges together', async () => {
  const quota = { requests: 5, interval: 1, unit: 'second' } as const;
  const edges = [new LeasedLimiter(world.spine.identity), new LeasedLimiter(world.spine.identity.otherEdge())];
  const waits = await Promise.all(
    Array.from({ length: 12 }, (_, at) => Promise.resolve(edges[at % 2]?.take('app/five', quota, world.now))),
  );
  expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  expect(Math.max(...waits.map((wait) => wait ?? 0))).toBe(200);
  world.now += 200;
  expect(await edges[1]?.take('app/five', quota, world.now)).toBe(0);
});

test('ID-L01 a fast quota is borrowed in shares, and never exceeded', async () => {
  const quota = { requests: 100, interval: 1, unit: 'second' } as const;
  const edges = [new LeasedLimiter(world.spine.identity), new LeasedLimiter(world.spine.identity.otherEdge())];
  let granted = 0;
  for (let at = 0; at < 300; at++) if ((await edges[at % 2]?.take('app/fast', quota, world.now)) === 0) granted++;
  expect(granted).toBe(100);
});

test('ID-L02 while the actor is away each edge counts for itself', async () => {
  const gone = { ...world.spine.identity.otherEdge(), takeRate: () => Promise.reject(new Error('gone')) };
  const limiter = new LeasedLimiter(gone);
  const quota = { requests: 2, interval: 1, unit: 'second' } as const;
  const waits = [
    await limiter.take('x', quota, world.now),
    await limiter.take('x', quota, world.now),
    await limiter.take('x', quota, world.now),
  ];
  expect(waits.map((wait) => wait === 0)).toEqual([true, true, false]);
});

test('ID-L03 a sweep over numbers ends in 429 on every edge, and others are not touched', async () => {
  await world.worker('656000000077', 3, ['100000000077']);
  const sweeper = tokenIn(await world.userToken({ sub: '656000000077' }));
  const other = tokenIn(await world.userToken());
  const found = world.spine.answer;
  world.spine.answer = () => ({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
  const statuses: number[] = [];
  for (let at = 0; at < 205; at++) statuses.push((await world.edge.patient(sweeper)).status);
  expect(statuses.slice(0, 201).every((status) => status === 404)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
  expect(world.denials).toContain('sweep-suspected misses');
  world.spine.answer = found;
  expect((await world.edge.patient(other)).status).toBe(200);
  world.now += 60_000;
  expect((await world.edge.patient(sweeper)).status).toBe(200);
});
