/** MESH on the real thing: every feature against a spawned server, and promises kept through kill -9 at any moment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { MeshClient, meshToken } from '../support/mesh-client.ts';
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

describe('uploads that break off', () => {
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

  /** Sends the beginning of a request, waits until it was read, and hangs up. */
  async function hangUp(path: string, headers: Readonly<Record<string, string>>, beginning: string): Promise<void> {
    const { hostname, port } = new URL(spine.url);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => void socket.once('connect', resolve));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${lines.join('')}\r\n${beginning}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }

  test.each([
    ['with a length', { 'content-length': '100000' }, 'x'.repeat(60_000)],
    ['without a length', { 'transfer-encoding': 'chunked' }, `ea60\r\n${'x'.repeat(60_000)}\r\n`],
    ['a small one', { 'content-length': '1000' }, 'x'.repeat(600)],
  ])('MESH-R03 %s: nothing is taken, and the same token may come again', async (_name, framing, beginning) => {
    await client.call('DELETE', '/admin/reset', { authorization: '' });
    const facts = { 'mex-to': 'X26ABC2', 'mex-workflowid': 'W' };
    const authorization = meshToken('X26ABC1');
    await hangUp('/messageexchange/X26ABC1/outbox', { ...facts, ...framing, authorization }, beginning);
    expect(await client.inbox('X26ABC2')).toEqual([]);
    const again = await client.call('POST', '/messageexchange/X26ABC1/outbox', {
      headers: facts,
      authorization,
      body: 'whole',
    });
    expect(again.status).toBe(202);
    const id = (again.json as { message_id: string }).message_id;
    const first = await client.call('POST', '/messageexchange/X26ABC1/outbox', {
      headers: { ...facts, 'mex-chunk-range': '1:2' },
      body: '1',
    });
    const chunked = (first.json as { message_id: string }).message_id;
    const token = meshToken('X26ABC1');
    const range = { 'mex-chunk-range': '2:2' };
    await hangUp(
      `/messageexchange/X26ABC1/outbox/${chunked}/2`,
      { ...range, ...framing, authorization: token },
      beginning,
    );
    expect(await client.inbox('X26ABC2')).toEqual([id]);
    const chunk = await client.call('POST', `/messageexchange/X26ABC1/outbox/${chunked}/2`, {
      headers: range,
      authorization: token,
      body: '2',
    });
    expect(chunk.status).toBe(202);
    expect(await client.inbox('X26ABC2')).toEqual([id, chunked]);
  });
});

const MESSAGES = Number(process.env['MESH_KILL_MESSAGES'] ?? 700);
const KILL_EVERY_MS = Number(process.env['MESH_KILL_EVERY_MS'] ?? 1_000);
const LARGE = Number(process.env['MESH_KILL_LARGE'] ?? 6);
const KILLS_LEAST = 3;

test(
  'MESH-R01 kill -9 while messages and chunks are sent, fetched and acknowledged loses none and doubles none',
  async () => {
    let spine = await SpawnedSpine.start();
    let client = new MeshClient(spine.url);
    const traffic = new MeshTraffic({ client: () => client, senders: 8, messages: MESSAGES, large: LARGE });
    let kills = 0;
    // A machine that takes long to come up again also needs longer to get anything done before the next kill.
    let life = KILL_EVERY_MS;
    try {
      const over = traffic.run().then(() => true);
      const tick = () =>
        new Promise<false>((resolve) => setTimeout(() => resolve(false), life * (0.7 + Math.random() * 0.6)));
      while (!(await Promise.race([over, tick()]))) {
        await spine.kill();
        kills += 1;
        client.close();
        const killed = performance.now();
        spine = await spine.restart();
        life = Math.max(KILL_EVERY_MS, performance.now() - killed);
        client = new MeshClient(spine.url);
      }
      const sent = traffic.promised.flat();
      const lost = sent.filter((id) => !traffic.delivered.has(id));
      const disordered = traffic.promised.filter((ids) => orderOf(traffic.listed, ids).join() !== ids.join()).length;
      console.log(
        `${sent.length} messages accepted, ${traffic.unknown} sends unanswered, ${traffic.delivered.size} delivered, ${kills} kills; ` +
          `${traffic.doubled.size} doubled, ${lost.length} lost, ${disordered} senders out of order, ${traffic.wrong.length} wrong answers`,
      );
      expect(traffic.wrong).toEqual([]);
      expect(lost).toEqual([]);
      // What nobody answered may have happened: at most so many more than was promised.
      expect(traffic.delivered.size - sent.length).toBeLessThanOrEqual(traffic.unknown + LARGE);
      expect([...traffic.doubled]).toEqual([]);
      for (const ids of traffic.promised) expect(orderOf(traffic.listed, ids)).toEqual(ids);
      expect(kills).toBeGreaterThanOrEqual(KILLS_LEAST);
    } finally {
      client.close();
      await spine.kill();
      await SpawnedSpine.remove(spine.data);
    }
  },
  // Eight senders each: thirty messages a second are what a busy machine does between two kills.
  90_000 + MESSAGES * 300,
);

/** The listed ones among these, as they were listed. */
function orderOf(listed: readonly string[], ids: readonly string[]): readonly string[] {
  const wanted = new Set(ids);
  return listed.filter((id) => wanted.has(id));
}
