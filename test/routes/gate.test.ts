/** The gate counts what is under way and keeps places free for those who need them more. */
import { describe, expect, test } from 'vitest';
import { Gate, READ_SHARE, UNDER_WAY, UNDER_WAY_PER_SHARD, WRITE_SHARE } from '../../src/routes/gate.ts';
import type { Pass } from '../../src/routes/gate.ts';
import { route } from '../../src/routes/router.ts';
import { BASE, Edge, enforced, refusalIn, REQUEST_ID, SCOPE, signer } from './support.ts';

const HOT = 'http://spine/personal-demographics/FHIR/R4/Patient/9000000009';
const OTHER = 'http://spine/personal-demographics/FHIR/R4/Patient/9000000017';

function gate(): { gate: Gate; told: boolean[] } {
  const told: boolean[] = [];
  return {
    gate: new Gate({
      shardOf: (key) => (key === '9000000009' ? 0 : 1),
      retryAfterSeconds: () => 3,
      note: (refused) => void told.push(refused),
    }),
    told,
  };
}

const enter = (at: Gate, method: string, count: number, address = HOT): (Pass | null)[] =>
  Array.from({ length: count }, () => at.enter(method, address));

describe('the gate', () => {
  test('OVL-G01 reads stop before writes, writes before urgent care, and all at the bound', () => {
    const { gate: at, told } = gate();
    const reads = enter(at, 'GET', UNDER_WAY_PER_SHARD);
    expect(reads.filter((pass) => pass?.reserved === false)).toHaveLength(Math.ceil(UNDER_WAY_PER_SHARD * READ_SHARE));
    expect(enter(at, 'GET', 1)).toEqual([null]);
    const urgent = Math.floor(UNDER_WAY_PER_SHARD * (1 - WRITE_SHARE));
    for (const pass of reads.slice(0, urgent)) pass?.leave();
    // As many under way as writes may be: beyond their places as well.
    expect(at.enter('PATCH', HOT)?.reserved).toBe(true);
    for (const pass of reads.slice(urgent, urgent + 4)) pass?.leave();
    expect(at.enter('PATCH', HOT)?.reserved).toBe(false);
    expect(at.enter('GET', HOT)?.reserved).toBe(true);
    expect(told).toEqual([true]);
  });

  test('OVL-G02 a full shard closes no other; what leaves makes room', () => {
    const { gate: at } = gate();
    const held = enter(at, 'PATCH', UNDER_WAY_PER_SHARD);
    expect(at.enter('PATCH', HOT)).toBe(null);
    expect(at.enter('PATCH', OTHER)?.reserved).toBe(false);
    for (const pass of held) pass?.leave();
    expect(at.enter('GET', HOT)?.reserved).toBe(false);
    expect(at.underWay).toBe(2);
  });

  test('OVL-G03 what names no patient counts in all, up to the bound of the isolate', () => {
    const { gate: at } = gate();
    const address = 'http://spine/personal-demographics/FHIR/R4/Patient?family=Smith&birthdate=eq2010-10-22';
    expect(enter(at, 'GET', UNDER_WAY, address).every((pass) => pass !== null)).toBe(true);
    expect(at.enter('GET', address)).toBe(null);
    expect(at.enter('PATCH', OTHER)).toBe(null);
  });

  test('OVL-G06 where all shards have much under way, none is full; a hot one is, whatever the others have', () => {
    const numbers = ['9000000009', '9000000017', '9000000025', '9000000033'];
    const evenly = new Gate({
      shardOf: (key) => numbers.indexOf(key),
      retryAfterSeconds: () => 3,
      note: () => undefined,
    });
    const to = (index: number): Pass | null => evenly.enter('GET', HOT.replace('9000000009', numbers[index % 4] ?? ''));
    const passes = Array.from({ length: 4 * UNDER_WAY_PER_SHARD }, (_, index) => to(index));
    expect(passes.filter((pass) => pass?.reserved === false)).toHaveLength(passes.length);
    const before = evenly.underWay;
    while (to(0) !== null) continue;
    expect(evenly.underWay - before).toBe(UNDER_WAY_PER_SHARD);
    for (const pass of passes.filter((_, index) => index % 4 > 0)) pass?.leave();
    expect(to(0)).toBe(null);
    expect(to(1)?.reserved).toBe(false);
  });
});

describe('a full shard at the door', () => {
  const address = `${BASE}/Patient/9000000009`;
  const ask = async (edge: Edge, at: Gate, headers: Record<string, string> = {}): Promise<Response> =>
    route(new Request(address, { headers: { 'X-Request-ID': REQUEST_ID, ...headers } }), {
      ...edge.surroundings,
      gate: at,
    });

  test('OVL-G04 who finds no place is told 503 in the form of the service and when to come back; no shard is asked', async () => {
    const { gate: at, told } = gate();
    const edge = new Edge();
    expect((await ask(edge, at)).status).toBe(200);
    const held = enter(at, 'GET', UNDER_WAY_PER_SHARD);
    const refusal = await ask(edge, at);
    expect([refusal.headers.get('Retry-After'), refusal.headers.get('X-Request-ID')]).toEqual(['3', REQUEST_ID]);
    expect(await refusalIn(refusal)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect([edge.spine.asked.length, told]).toEqual([1, [true]]);
    // Reserved places do not help where nobody can prove to be urgent.
    for (const pass of held.slice(0, 10)) pass?.leave();
    expect((await ask(edge, at)).status).toBe(503);
    for (const pass of held.slice(10)) pass?.leave();
    expect((await ask(edge, at)).status).toBe(200);
    expect(at.underWay).toBe(0);
  });

  test('OVL-G05 of the reserved places only systems registered for urgent care get one', async () => {
    const { gate: at } = gate();
    const key = await signer('ES256');
    const edge = new Edge(enforced(key.keySet));
    enter(at, 'GET', UNDER_WAY_PER_SHARD - 8);
    const bearer = async (more: Record<string, unknown>) => ({
      Authorization: `Bearer ${await key.sign({ rate: 1_000, scope: SCOPE.worker, roles: ['1'], ...more })}`,
    });
    const urgent = await bearer({ app_attributes: { 'urgent-care': 'true' } });
    expect((await ask(edge, at, await bearer({}))).status).toBe(503);
    expect((await ask(edge, at)).status).toBe(401);
    expect((await ask(edge, at, urgent)).status).toBe(200);
    enter(at, 'GET', 8);
    expect((await ask(edge, at, urgent)).status).toBe(503);
  });
});
