/** MESH on the real thing: every feature against a spawned server, and promises kept through kill -9 at any moment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeshClient } from '../support/mesh-client.ts';
import { MeshTraffic } from '../support/mesh-traffic.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';
import { World } from '../wire/mesh/expectations.ts';
import { FEATURES } from '../wire/mesh/features.ts';

describe('features', () => {
  let spine: SpawnedSpine;
  let client: MeshClient;
  beforeAll(async () => {
    spine = await SpawnedSpine.start();
    client = new MeshClient(spine.url);
  });
  afterAll(async () => {
    client.close();
    await spine.close();
  });

  test.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', async (_name, feature) => {
    const world = new World(client, spine.url, readFileSync(join(spine.data, 'operator.key'), 'utf8').trim());
    await feature.check(world);
    expect(world.expect.wrong).toEqual([]);
  });
});

const MESSAGES = Number(process.env['MESH_KILL_MESSAGES'] ?? 300);
const KILL_EVERY_MS = Number(process.env['MESH_KILL_EVERY_MS'] ?? 1_200);
const LARGE = Number(process.env['MESH_KILL_LARGE'] ?? 20);
const KILLS_LEAST = 3;

test('MESH-R01 kill -9 while messages and chunks are sent, fetched and acknowledged loses none and doubles none', async () => {
  let spine = await SpawnedSpine.start();
  let client = new MeshClient(spine.url);
  const traffic = new MeshTraffic({ client: () => client, senders: 8, messages: MESSAGES, large: LARGE });
  let kills = 0;
  try {
    const over = traffic.run().then(() => true);
    const tick = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), KILL_EVERY_MS * (0.7 + Math.random() * 0.6)));
    while (!(await Promise.race([over, tick()]))) {
      await spine.kill();
      kills += 1;
      client.close();
      spine = await spine.restart();
      client = new MeshClient(spine.url);
    }
    const sent = traffic.promised.flat();
    console.log(`${sent.length} messages promised, ${traffic.unknown} sends unanswered, ${traffic.delivered.size} delivered, ${kills} kills`);
    expect(traffic.wrong).toEqual([]);
    expect(sent.filter((id) => !traffic.delivered.has(id))).toEqual([]);
    // What nobody answered may have happened: at most so many more than was promised.
    expect(traffic.delivered.size - sent.length).toBeLessThanOrEqual(traffic.unknown + LARGE);
    expect(new Set(traffic.listed).size).toBe(traffic.listed.length);
    for (const ids of traffic.promised) expect(orderOf(traffic.listed, ids)).toEqual(ids);
    expect(kills).toBeGreaterThanOrEqual(KILLS_LEAST);
  } finally {
    client.close();
    await spine.kill();
    await SpawnedSpine.remove(spine.data);
  }
}, 60_000 + MESSAGES * 100);

/** The listed ones among these, as they were listed. */
function orderOf(listed: readonly string[], ids: readonly string[]): readonly string[] {
  const wanted = new Set(ids);
  return listed.filter((id) => wanted.has(id));
}
