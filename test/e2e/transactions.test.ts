/** Transactions over pairs of patients while the whole process is killed: both of a pair change, or neither, once. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { newcomer } from '../domain/pds/births.ts';
import { answerOf, ask, lettersOf, wish } from '../support/pds-client.ts';
import type { Wish } from '../support/pds-client.ts';
import { SpawnedSpine } from '../support/spawned-spine.ts';

const PAIRS = 12;
const CYCLES = Number(process.env['KILL_CYCLES'] ?? 4);
const RUN_MS = 1_500;
const NOBODY = ['--no-sandbox', '--population', '0'];

interface Pair {
  readonly numbers: readonly [string, string];
  /** Newest version that a transaction was acknowledged to have made of both. */
  version: number;
  /** A transaction of which nobody knows what became. */
  unknown: Wish | null;
}

interface Acknowledged {
  readonly asked: Wish;
  readonly body: string;
}

const servers: SpawnedSpine[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

async function register(url: string, index: number): Promise<string> {
  const name = [{ use: 'usual', given: ['Ida'], family: `Pair${lettersOf(index)}`, period: { start: '2001-01-01' } }];
  const birthDate = `19${50 + index}-03-11`;
  const body = JSON.stringify(newcomer({ name, birthDate }));
  const created = await answerOf(url, wish('POST', '/Patient', { body }));
  if (created.status !== 201) throw new Error(`not created: ${created.status} ${created.body}`);
  return (JSON.parse(created.body) as { id: string }).id;
}

function changing({ numbers, version }: Pair): Wish {
  const entry = numbers.map((number) => ({
    resource: { patches: [{ op: 'replace', path: '/gender', value: version % 2 === 0 ? 'female' : 'male' }] },
    request: { method: 'PATCH', url: `Patient/${number}`, ifMatch: `W/"${version}"` },
  }));
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
  return { method: 'POST', path: '', requestId: randomUUID(), body };
}

/** One client per pair: repeats what it does not know the end of, then goes on. */
async function drive(
  url: string,
  pair: Pair,
  seen: { until: number; acknowledged: Acknowledged[]; odd: string[] },
): Promise<void> {
  while (performance.now() < seen.until) {
    const asked = pair.unknown ?? changing(pair);
    const reply = await ask(url, asked);
    if (reply?.status === 200) {
      seen.acknowledged.push({ asked, body: reply.body });
      pair.version += 1;
      pair.unknown = null;
    } else {
      if (reply !== null) seen.odd.push(`${reply.status} ${reply.body}`);
      pair.unknown = asked;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test('ENG-T23 kill -9 in the midst of transactions: no half, no loss, no double', async () => {
  let server = await SpawnedSpine.start({ args: NOBODY });
  servers.push(server);
  const pairs: Pair[] = [];
  for (let index = 0; index < PAIRS; index++) {
    const numbers = [await register(server.url, index * 2), await register(server.url, index * 2 + 1)] as const;
    pairs.push({ numbers, version: 1, unknown: null });
  }
  const acknowledged: Acknowledged[] = [];
  const odd: string[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const seen = { until: performance.now() + RUN_MS, acknowledged, odd };
    const running = Promise.all(pairs.map((pair) => drive(server.url, pair, seen)));
    await new Promise((resolve) => setTimeout(resolve, RUN_MS - 300 + Math.random() * 250));
    await server.kill();
    await running;
    server = await server.restart(...NOBODY);
    servers.push(server);
  }
  // What nobody knew the end of ends now: the same request again.
  const open = pairs.filter(({ unknown }) => unknown !== null);
  const last = { until: Number.POSITIVE_INFINITY, acknowledged, odd };
  for (const pair of open) {
    for (let attempt = 0; pair.unknown !== null && attempt < 60; attempt++) {
      last.until = performance.now() + 1;
      await drive(server.url, pair, last);
    }
  }
  expect(odd).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(PAIRS * CYCLES);
  for (const { numbers, version, unknown } of pairs) {
    const versions = await Promise.all(
      numbers.map(async (number) => (await answerOf(server.url, wish('GET', `/Patient/${number}`))).version),
    );
    expect([unknown, ...versions]).toEqual([null, version, version]);
  }
  for (const { asked, body } of acknowledged.filter((_, index) => index % 7 === 0)) {
    expect((await answerOf(server.url, asked)).body).toBe(body);
  }
  console.log(`${acknowledged.length} transactions, ${CYCLES} kills, ${open.length} unknown at the end`);
});
