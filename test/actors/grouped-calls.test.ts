/** Many calls of one turn, one call per shard: order, failures, size, patience. */
import { describe, expect, test } from 'vitest';
import { shardOf } from '../../src/actors/addresses.ts';
import { CallFailed, GROUP_MAX, groupedCalls } from '../../src/actors/grouped-calls.ts';
import type { Carrier } from '../../src/actors/grouped-calls.ts';
import { spine } from '../support/engine.ts';
import type { CallReply, Outcome, QueryEnvelope, ShardCall } from '../../src/engine/envelope.ts';

const query = (key: string): QueryEnvelope => ({
  v: 1,
  kind: 'demographics',
  key,
  query: { name: 'get-patient' },
  agent: { client: 'c', mode: 'open', rights: [] },
  requestId: key,
  purpose: 'access',
});

const found = (body: string): Outcome => ({ kind: 'replied', effect: 'found', version: 1, body });

/** Answers each call with its key; `odd` may answer one of them otherwise. */
class RecordedCarrier implements Carrier {
  readonly groups: { shard: number; keys: readonly string[] }[] = [];
  readonly single: string[] = [];
  odd: (key: string) => CallReply | undefined = () => undefined;

  alone(_shard: number, call: ShardCall): Promise<Outcome> {
    this.single.push(call.key);
    return Promise.resolve(found(call.key));
  }

  together(shard: number, calls: readonly ShardCall[]): Promise<readonly CallReply[] | Outcome> {
    this.groups.push({ shard, keys: calls.map(({ key }) => key) });
    return Promise.resolve(calls.map(({ key }) => this.odd(key) ?? found(key)));
  }
}

const bodies = (outcomes: readonly Outcome[]) => outcomes.map((o) => (o.kind === 'replied' ? o.body : o.kind));

describe('grouped calls', () => {
  test('SES-G01 calls of one turn for one shard travel together, and each gets its own reply', async () => {
    const carrier = new RecordedCarrier();
    const call = groupedCalls(carrier);
    const outcomes = await Promise.all([call(1, query('a')), call(2, query('b')), call(1, query('c'))]);
    expect(bodies(outcomes)).toEqual(['a', 'b', 'c']);
    expect(carrier.groups).toEqual([{ shard: 1, keys: ['a', 'c'] }]);
    expect(carrier.single).toEqual(['b']);
    await call(1, query('d'));
    expect(carrier.single).toEqual(['b', 'd']);
  });

  test('SES-G02 a defect met by one call fails that call alone', async () => {
    const carrier = new RecordedCarrier();
    carrier.odd = (key) => (key === 'b' ? { kind: 'failed' } : undefined);
    const call = groupedCalls(carrier);
    const settled = await Promise.allSettled(['a', 'b', 'c'].map((key) => call(1, query(key))));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: expect.any(CallFailed) as unknown });
  });

  test('SES-G02 a shard that gives no answer gives none to the whole group', async () => {
    const lost: Outcome = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 5 };
    const call = groupedCalls({ alone: () => Promise.resolve(lost), together: () => Promise.resolve(lost) });
    expect(await Promise.all([call(1, query('a')), call(1, query('b'))])).toEqual([lost, lost]);
  });

  test('SES-G03 what is not answered with the group is asked again on its own', async () => {
    const carrier = new RecordedCarrier();
    carrier.odd = (key) => (key === 'large' ? { kind: 'apart' } : undefined);
    const call = groupedCalls(carrier);
    const outcomes = await Promise.all([call(1, query('a')), call(1, query('large'))]);
    expect(bodies(outcomes)).toEqual(['a', 'large']);
    expect(carrier.single).toEqual(['large']);
  });

  test('SES-G04 a group holds as many calls as one flush of a shard takes', async () => {
    const carrier = new RecordedCarrier();
    const call = groupedCalls(carrier);
    const keys = Array.from({ length: GROUP_MAX + 2 }, (_, index) => String(index));
    expect(bodies(await Promise.all(keys.map((key) => call(1, query(key)))))).toEqual(keys);
    expect(carrier.groups.map((group) => group.keys.length)).toEqual([GROUP_MAX, 2]);
  });

  test('SES-G07 while a group is on its way the next one gathers, until it returns or for 15 ms', async () => {
    const carrier = new RecordedCarrier();
    const releases: (() => void)[] = [];
    const answer = carrier.together.bind(carrier);
    carrier.together = async (shard, calls) => {
      const replies = await answer(shard, calls);
      await new Promise<void>((resolve) => void releases.push(resolve));
      return replies;
    };
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    const call = groupedCalls(carrier);
    const first = [call(1, query('a')), call(1, query('b'))];
    await turn();
    await turn();
    expect(releases).toHaveLength(1);
    const second = [call(1, query('c'))];
    await turn();
    second.push(call(1, query('d')));
    releases[0]?.();
    await Promise.all(first);
    while (releases.length < 2) await turn();
    expect(carrier.groups.map(({ keys }) => keys)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    // Nobody waits for a shard that does not answer: after the spacing they go as well.
    const third = [call(1, query('e')), call(1, query('f'))];
    while (releases.length < 3) await turn();
    releases[1]?.();
    releases[2]?.();
    expect(bodies(await Promise.all([...second, ...third]))).toEqual(['c', 'd', 'e', 'f']);
  });

  test('SES-G05 who waits no longer is told so, and the others still get their reply', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const call = groupedCalls({
      alone: () => Promise.reject(new Error('not alone')),
      together: async (_shard, calls) => {
        await held;
        return calls.map(({ key }) => found(key));
      },
    });
    const impatient = call(1, query('a'), 5);
    const patient = call(1, query('b'), 60_000);
    const unlimited = call(1, query('c'));
    expect(await impatient).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
    release();
    expect(bodies(await Promise.all([patient, unlimited]))).toEqual(['b', 'c']);
  });

  test('SES-G06 a real shard answers a group in order, writes and reads alike', { timeout: 60_000 }, async () => {
    const shards = Number(spine.SHARDS);
    const own = '9000000009';
    const other = ['9000000025', '9000000033', '9000000041', '9000000050'].find(
      (key) => shardOf(key, shards) !== shardOf(own, shards),
    );
    const patch: ShardCall = {
      v: 1,
      kind: 'demographics',
      key: own,
      command: { name: 'patch-patient' },
      agent: query(own).agent,
      requestId: 'r-1',
      fingerprint: 'f',
      expectedVersion: 1,
    };
    const stub = spine.PATIENT_SHARD.getByName(String(shardOf(own, shards)));
    const replies = await stub.calls([query(own), query(other ?? ''), patch, query(own)]);
    expect(replies.map((reply) => (reply.kind === 'refused' ? reply.code : reply.kind))).toEqual([
      'RESOURCE_NOT_FOUND',
      'not-ours',
      'RESOURCE_NOT_FOUND',
      'RESOURCE_NOT_FOUND',
    ]);
  });
});
