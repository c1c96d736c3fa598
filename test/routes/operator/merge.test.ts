/** POST /operator/merge at the edge: what it asks of the shards, how often it plans, and what it answers. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/engine/envelope.ts';
import type { TransactionOutcome, TransactionWish } from '../../../src/actors/transactions.ts';
import { Edge, replied } from '../support.ts';

const FROM = '9000000009';
const INTO = '9000000017';
const body = { from: FROM, into: INTO, requestId: 'ticket-1' };
const state = JSON.stringify({ resource: { resourceType: 'Patient', id: FROM }, annex: {} });
const KEY = { Authorization: 'Bearer operator-1' };

const send = (edge: Edge, sent: unknown = body, headers: Readonly<Record<string, string | null>> = KEY) =>
  edge.send('https://edge.test/operator/merge', { method: 'POST', body: sent, headers });

function edgeWith(
  outcome?: TransactionOutcome,
  more: (kind: string, key: string) => Outcome | null = () => null,
): Edge {
  const edge = new Edge();
  edge.spine.answer = ({ kind, key }) =>
    more(kind, key) ?? (kind === 'demographics' ? replied(state) : { kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
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
    expect(edge.spine.transacted).toMatchObject([
      {
        commands: [
          { kind: 'demographics', key: INTO, command: { name: 'absorb', from: FROM } },
          { kind: 'demographics', key: FROM, command: { name: 'supersede', by: INTO }, expectedVersion: 7 },
        ],
        options: { requestId: 'merge/ticket-1', agent: { client: 'operator', mode: 'operator' } },
      },
    ]);
    expect(edge.spine.asked.map(({ options }) => ('purpose' in options ? options.purpose : ''))).toEqual(
      Array(3).fill('sweep'),
    );
  });

  test('PDS-M11 without the operator key nothing is asked', async () => {
    const edge = edgeWith();
    for (const headers of [{}, { Authorization: 'Bearer operator-2' }])
      expect((await send(edge, body, headers)).status).toBe(401);
    expect([edge.spine.asked, edge.spine.transacted]).toEqual([[], []]);
  });

  test.each([['{'], [{}], [{ ...body, into: FROM }], [{ ...body, from: '9000000008' }], [{ ...body, requestId: '' }]])(
    'PDS-M11 %j is refused',
    async (sent) => {
      const edge = edgeWith();
      expect((await send(edge, sent)).status).toBe(400);
      expect(edge.spine.asked).toEqual([]);
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
    const dark = await send(
      edgeWith(undefined, () => ({ kind: 'unavailable', reason: 'broken', retryAfterSeconds: 3 })),
    );
    expect([dark.status, dark.headers.get('Retry-After')]).toEqual([503, '3']);
    expect((await send(edgeWith(undefined, () => ({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' })))).status).toBe(404);
  });

  test.each(['version-mismatch', 'RESOURCE_VERSION_MISMATCH'])(
    'PDS-M06 a plan out of date (%s) is made anew, three times at most',
    async (code) => {
      const edge = edgeWith({ kind: 'refused', position: 1, code });
      expect((await send(edge)).status).toBe(503);
      expect(edge.spine.transacted).toHaveLength(3);
      const prints = new Set(edge.spine.transacted.map(({ options }) => options.fingerprint));
      expect(prints.size).toBe(1);
    },
  );

  test('PDS-M06 related persons go along', async () => {
    const persons = JSON.stringify({ resources: [{ resourceType: 'RelatedPerson', id: 'P1', patient: {} }] });
    const edge = edgeWith(undefined, (kind, key) =>
      kind === 'related-persons' && key === FROM ? replied(persons, { version: 2 }) : null,
    );
    await send(edge);
    const commands: readonly TransactionWish[] = edge.spine.transacted[0]?.commands ?? [];
    expect(
      commands.map(({ kind, key, command, expectedVersion }) => [kind, key, command.name, expectedVersion]),
    ).toEqual([
      ['demographics', INTO, 'absorb', undefined],
      ['related-persons', INTO, 'take-over', undefined],
      ['demographics', FROM, 'supersede', 7],
      ['related-persons', FROM, 'hand-over', 2],
    ]);
  });
});
