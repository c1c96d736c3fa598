/** POST /operator/merge at the edge: what it asks of the shards, how often it plans, and what it answers. */
import { describe, expect, test } from 'vitest';
import type { TransactionOutcome } from '../../../src/actors/transactions.ts';
import { Edge } from '../support.ts';

const FROM = '9000000009';
const INTO = '9000000017';
const body = { from: FROM, into: INTO, requestId: 'ticket-1' };
const supersede = { name: 'supersede', by: INTO };
const KEY = { Authorization: 'Bearer operator-1' };

const send = (edge: Edge, sent: unknown = body, headers: Readonly<Record<string, string | null>> = KEY) =>
  edge.send('https://edge.test/operator/merge', { method: 'POST', body: sent, headers });

function edgeWith(outcome?: TransactionOutcome): Edge {
  const edge = new Edge();
  edge.spine.handOverPlan = {
    kind: 'planned',
    records: [
      { kind: 'demographics', version: 7, absorb: { name: 'absorb' }, retire: supersede },
      { kind: 'patient-flags', version: 0, absorb: null, retire: { name: 'retire-flags' } },
      { kind: 'access-alerts', version: 2, absorb: { name: 'absorb-alerts' }, retire: { name: 'retire-alerts' } },
    ],
  };
  const reply = (position: number, key: string, version: number) => ({
    position,
    effect: 'accepted' as const,
    version,
    body: key,
  });
  edge.spine.transactionOutcome = outcome ?? { kind: 'committed', replies: [reply(0, INTO, 4), reply(1, FROM, 8)] };
  return edge;
}

describe('merge', () => {
  test('PDS-M11 one transaction, the survivor first, by the operator', async () => {
    const edge = edgeWith();
    const response = await send(edge);
    expect([response.status, await response.json()]).toEqual([
      200,
      { from: FROM, into: INTO, versions: { from: 8, into: 4 } },
    ]);
    expect(edge.spine.handedOver).toEqual([{ from: FROM, into: INTO }]);
    expect(edge.spine.transacted[0]?.options).toMatchObject({
      requestId: 'merge/ticket-1',
      agent: { client: 'operator', mode: 'operator' },
    });
  });

  test('PDS-M16 what every service holds goes along; what was read, or not found, is pinned by its version', async () => {
    const edge = edgeWith();
    await send(edge);
    expect(edge.spine.transacted.map(({ commands }) => commands)).toEqual([
      [
        { kind: 'demographics', key: INTO, command: { name: 'absorb' } },
        { kind: 'access-alerts', key: INTO, command: { name: 'absorb-alerts' } },
        { kind: 'demographics', key: FROM, command: supersede, expectedVersion: 7 },
        { kind: 'patient-flags', key: FROM, command: { name: 'retire-flags' }, expectedVersion: 0 },
        { kind: 'access-alerts', key: FROM, command: { name: 'retire-alerts' }, expectedVersion: 2 },
      ],
    ]);
  });

  test('PDS-M11 without the operator key nothing is asked', async () => {
    const edge = edgeWith();
    for (const headers of [{}, { Authorization: 'Bearer operator-2' }])
      expect((await send(edge, body, headers)).status).toBe(401);
    expect([edge.spine.handedOver, edge.spine.transacted]).toEqual([[], []]);
  });

  test.each([['{'], [{}], [{ ...body, into: FROM }], [{ ...body, from: '9000000008' }], [{ ...body, requestId: '' }]])(
    'PDS-M11 %j is refused',
    async (sent) => {
      const edge = edgeWith();
      expect((await send(edge, sent)).status).toBe(400);
      expect(edge.spine.handedOver).toEqual([]);
    },
  );

  test.each([
    ['RESOURCE_NOT_FOUND', 404],
    ['INVALIDATED_RESOURCE', 409],
    ['FORBIDDEN_UPDATE', 409],
    ['request-id-reused', 409],
    ['read-only', 503],
  ])('PDS-M11 a refusal (%s) is answered %i', async (code, status) => {
    const response = await send(edgeWith({ kind: 'refused', position: 0, code }));
    expect([response.status, response.headers.get('Retry-After')]).toEqual([status, status === 503 ? '1' : null]);
  });

  test('PDS-M11 what nobody knows is told as such, with the time to ask again', async () => {
    const response = await send(edgeWith({ kind: 'unavailable', reason: 'timeout', retryAfterSeconds: 5 }));
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5']);
    const edge = edgeWith();
    edge.spine.handOverPlan = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 3 };
    const dark = await send(edge);
    expect([dark.status, dark.headers.get('Retry-After')]).toEqual([503, '3']);
    expect(edge.spine.transacted).toEqual([]);
  });

  test('PDS-M16 what a service holds and cannot hand over is left to nobody: nothing is merged', async () => {
    const edge = edgeWith();
    edge.spine.handOverPlan = { kind: 'refused', code: 'not-handed-over' };
    expect((await send(edge)).status).toBe(409);
    expect(edge.spine.transacted).toEqual([]);
  });

  test('PDS-M16 a plan out of date is made anew, three times at most', async () => {
    const edge = edgeWith({ kind: 'refused', position: 1, code: 'version-mismatch' });
    expect((await send(edge)).status).toBe(503);
    expect([edge.spine.handedOver.length, edge.spine.transacted.length]).toEqual([3, 3]);
    const prints = new Set(edge.spine.transacted.map(({ options }) => options.fingerprint));
    expect(prints.size).toBe(1);
  });
});
