/** A shard's side of transactions on the storage of a real actor: preparing, holding, committing, aborting, recovering. */
import { describe, expect, test } from 'vitest';
import { LOCK_WAIT_MS, OUTBOX_RETRY_MS, REPLY_RETENTION_MS } from '../../src/engine/limits.ts';
import type { Preparation, TransactionCommand, TransactionEnvelope } from '../../src/engine/transaction.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { SCHEMA } from '../../src/storage/shard/tables.ts';
import { AGENT, command, effectOf, inWorld, query } from '../support/engine.ts';
import type { World } from '../support/engine.ts';
import { counterKind } from '../support/counter-kind.ts';
import type { Counter, CounterCommand } from '../support/counter-kind.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const wish = (
  key: string,
  more: Partial<TransactionCommand> & { command?: CounterCommand } = {},
): TransactionCommand => ({
  position: 0,
  kind: 'counter',
  key,
  command: { name: 'add' } as CounterCommand,
  ...more,
});

const asking = (id: string, commands: readonly TransactionCommand[], more: Partial<Preparation> = {}): Preparation => ({
  v: 1,
  id,
  coordinator: 'coordinator/r',
  agent: AGENT,
  requestId: 'r',
  fingerprint: 'f',
  commands,
  waits: false,
  ...more,
});

const whole = (requestId: string, commands: readonly TransactionCommand[], fingerprint = 'f'): TransactionEnvelope => ({
  v: 1,
  key: `${AGENT.client}/${requestId}`,
  agent: AGENT,
  requestId,
  fingerprint,
  parts: [{ target: 't', shard: 't', commands }],
});

const rowsOf = (world: World, table: 'prepared' | 'coordinated') =>
  world.state.storage.sql.exec(`SELECT * FROM ${table}`).toArray();

describe('preparing', () => {
  test('ENG-T17 what is prepared shows nowhere until it is committed, and then exactly as it was decided', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ key: 'a' }));
      const vote = await engine.transactions.prepare(
        asking('t1', [wish('a', { command: { name: 'add', by: 4 } }), wish('b', { position: 1 })]),
      );
      expect(vote).toEqual({
        kind: 'prepared',
        replies: [
          { position: 0, effect: 'accepted', version: 2, body: 'now 5' },
          { position: 1, effect: 'accepted', version: 1, body: 'now 1' },
        ],
      });
      expect(await engine.read(query({ key: 'a' }))).toMatchObject({ version: 1, body: '{"count":1}' });
      expect(await engine.read(query({ key: 'b' }))).toMatchObject({ kind: 'refused' });
      expect(world.rows('journal').filter(({ kind }) => kind === 'counter')).toHaveLength(1);
      await engine.transactions.finish('t1', 'commit');
      expect(await engine.read(query({ key: 'a' }))).toMatchObject({ version: 2, body: '{"count":5}' });
      expect(await engine.read(query({ key: 'b' }))).toMatchObject({ version: 1, body: '{"count":1}' });
      const entries = world
        .rows('journal')
        .map(({ entry }) => JSON.parse(String(entry)) as { transaction?: string; agent?: unknown });
      expect(entries.filter(({ transaction }) => transaction === 't1')).toMatchObject([
        { agent: AGENT },
        { agent: AGENT },
      ]);
    });
  });

  test('ENG-T17 one refusal refuses all of it, leaves a trace and holds nothing', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const vote = await engine.transactions.prepare(
        asking('t1', [wish('a'), wish('b', { position: 7, command: { name: 'refuse' } })]),
      );
      expect(vote).toEqual({ kind: 'declined', position: 7, why: { kind: 'refused', code: 'no-more' } });
      expect([rowsOf(world, 'prepared'), world.rows('record')]).toEqual([[], []]);
      expect(world.rows('journal')).toMatchObject([
        { kind: 'reads', entry: expect.stringContaining('no-more') as string },
      ]);
      expect(effectOf(await engine.submit(command({ key: 'a' })))).toBe('accepted');
    });
  });

  test.each(['commit', 'abort'] as const)(
    'ENG-T18 to prepare twice, and to %s twice or late, is to do it once',
    async (fate) => {
      await inWorld(async (world) => {
        const engine = world.start();
        const asked = asking('t1', [wish('a')]);
        const votes = await Promise.all([engine.transactions.prepare(asked), engine.transactions.prepare(asked)]);
        expect(votes[1]).toEqual(votes[0]);
        await Promise.all([engine.transactions.finish('t1', fate), engine.transactions.finish('t1', fate)]);
        await engine.transactions.finish('t1', fate === 'commit' ? 'abort' : 'commit');
        expect(await engine.transactions.prepare(asked)).toMatchObject({ kind: 'declined' });
        expect(world.rows('record')).toHaveLength(fate === 'commit' ? 1 : 0);
        expect(engine.shard.locks.size).toBe(0);
      });
    },
  );

  test('ENG-T18 an abort that overtakes its prepare is remembered, and forgotten after the retention', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.transactions.finish('t1', 'abort');
      expect(await engine.transactions.prepare(asking('t1', [wish('a')]))).toMatchObject({ kind: 'declined' });
      world.time += REPLY_RETENTION_MS + 1;
      await engine.alarm();
      expect(world.rows('reply')).toEqual([]);
    });
  });
});

describe('held keys', () => {
  test('ENG-T19 a command to a held key waits for the end of the transaction and then sees it', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.transactions.prepare(asking('t1', [wish('a')]));
      const waiting = [engine.submit(command({ key: 'a' })), engine.submit(command({ key: 'a' }))];
      expect(effectOf(await engine.submit(command({ key: 'other' })))).toBe('accepted');
      await engine.transactions.finish('t1', 'commit');
      expect(await Promise.all(waiting)).toMatchObject([{ version: 2 }, { version: 3 }]);
    });
  });

  test('ENG-T19 after a bounded wait it is told that the key is held, and a repeat is unaffected', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.transactions.prepare(asking('t1', [wish('a')]));
      const began = performance.now();
      const held = command({ key: 'a' });
      expect(await engine.submit(held)).toMatchObject({ kind: 'unavailable', reason: 'locked' });
      expect(performance.now() - began).toBeGreaterThan(LOCK_WAIT_MS - 50);
      await engine.transactions.finish('t1', 'abort');
      expect(await engine.submit(held)).toMatchObject({ effect: 'accepted', version: 1 });
    });
  });

  test('ENG-T19 deliveries, imports and other transactions respect a held key; every kind under the key is held', async () => {
    await inWorld(async (world) => {
      const engine = world.start({ receive: () => command({ key: 'a' }) });
      await engine.transactions.prepare(asking('t1', [wish('a')]));
      await expect(
        engine.deliver({ v: 1, stream: 's', epoch: 1, sequence: 1, type: 't', payload: '' }),
      ).rejects.toThrow('not applied');
      const records = [{ kind: 'counter', key: 'a', version: 9, body: '{"count":9}', annex: '' }];
      expect(await engine.import({ v: 1, chunkId: 'c', agent: AGENT, records })).toMatchObject({
        kind: 'unavailable',
        reason: 'locked',
      });
      expect(await engine.transactions.prepare(asking('t2', [wish('b'), wish('a', { position: 1 })]))).toMatchObject({
        kind: 'declined',
        why: { reason: 'locked' },
      });
      expect(world.rows('record')).toEqual([]);
      expect(effectOf(await engine.submit(command({ key: 'a', dryRun: true })))).toBe('accepted');
    });
  });

  test('ENG-T20 lists of the shard follow a change that was prepared before a restart', async () => {
    await inWorld(async (world) => {
      const listing = {
        ...counterKind,
        lists: (state: Counter) => [{ list: 'all', position: String(state.count), note: '' }],
      };
      const start = () =>
        new ShardEngine(world.ports(), { kinds: [listing], owns: () => true, hotBytes: 1_000_000, shards: 8 });
      const engine = start();
      await engine.submit(command({ key: 'a' }));
      await engine.transactions.prepare(asking('t1', [wish('a', { command: { name: 'add', by: 6 } })]));
      const next = start();
      await next.transactions.finish('t1', 'commit');
      expect(next.shard.statements.listed('all', '', 9).map(({ key, position }) => [key, position])).toEqual([
        ['a', '7'],
      ]);
    });
  });

  test('ENG-T20 a restart keeps promises and holds; a frozen shard still carries out what it promised', async () => {
    await inWorld(async (world) => {
      await world.start().transactions.prepare(asking('t1', [wish('a', { command: { name: 'add', by: 3 } })]));
      const next = world.start();
      expect([next.status().prepared, next.shard.locks.size]).toEqual([1, 1]);
      next.setLane({ phase: 'frozen', master: 'ours', epoch: 1 });
      expect(await next.transactions.prepare(asking('t2', [wish('z')]))).toMatchObject({ why: { code: 'read-only' } });
      await next.transactions.finish('t1', 'commit');
      expect(world.rows('record')).toMatchObject([{ version: 1, body: '{"count":3}' }]);
      expect([next.status().prepared, rowsOf(world, 'prepared')]).toEqual([0, []]);
    });
  });
});

describe('one shard', () => {
  test('ENG-T21 a transaction within one shard is one commit, all or nothing, once per request id', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const same = whole('r1', [wish('a'), wish('b', { position: 1, command: { name: 'add', by: 2 } })]);
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => engine.transactions.together(same)));
      expect(outcomes.map((outcome) => (outcome.kind === 'committed' ? outcome.replies : null))).toEqual(
        outcomes.map(() => [
          { position: 0, effect: 'accepted', version: 1, body: 'now 1' },
          { position: 1, effect: 'accepted', version: 1, body: 'now 2' },
        ]),
      );
      expect(world.counts.get('commits')).toBe(1);
      expect(await engine.transactions.together({ ...same, fingerprint: 'other' })).toMatchObject({
        kind: 'refused',
        code: 'request-id-reused',
      });
      const half = whole('r2', [wish('a'), wish('c', { position: 1, command: { name: 'refuse' } })]);
      expect(await engine.transactions.together(half)).toEqual({ kind: 'refused', position: 1, code: 'no-more' });
      expect(world.rows('record')).toMatchObject([
        { key: 'a', version: 1 },
        { key: 'b', version: 1 },
      ]);
      expect(await world.start().transactions.together(same)).toMatchObject({ kind: 'committed', replayed: true });
    });
  });

  test('ENG-T21 a decision that throws leaves nothing of the whole transaction', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await expect(
        engine.transactions.together(whole('r1', [wish('a'), wish('b', { command: { name: 'throw' } })])),
      ).rejects.toThrow('bug');
      await expect(engine.transactions.together(whole('r2', [wish('a'), wish('a', { position: 1 })]))).rejects.toThrow(
        'once',
      );
      expect([world.rows('record'), world.rows('reply')]).toEqual([[], []]);
    });
  });
});

describe('the older schema', () => {
  /** Takes an actor's tables back to what the first version of this code made. */
  function asFirstMade(world: World): SqlStorage {
    const { sql } = world.state.storage;
    for (const statement of SCHEMA.slice(1).flat()) {
      const [, table] = /^CREATE TABLE (\w+)/.exec(statement) ?? [];
      if (table !== undefined) sql.exec(`DROP TABLE ${table}`);
    }
    sql.exec(`INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', '1'), ('shards', '8')`);
    return sql;
  }

  test('ENG-B02 a shard of schema 1 is brought up to date with all it holds, and takes part in transactions', async () => {
    await inWorld(async (world) => {
      const sql = asFirstMade(world);
      sql.exec(
        `INSERT INTO record (kind, key, version, epoch, body, annex) VALUES ('counter', 'old', 41, 1, '{"count":6}', '')`,
      );
      const engine = world.start();
      expect(sql.exec(`SELECT value FROM meta WHERE name = 'schema'`).one()).toEqual({ value: String(SCHEMA.length) });
      expect(await engine.read(query({ key: 'old' }))).toMatchObject({ version: 41, body: '{"count":6}' });
      expect(await engine.transactions.prepare(asking('t1', [wish('old')]))).toMatchObject({
        kind: 'prepared',
        replies: [{ version: 42 }],
      });
      await engine.transactions.finish('t1', 'commit');
      expect(await world.start().read(query({ key: 'old' }))).toMatchObject({ version: 42 });
    });
  });

  test('ENG-B02 an upgrade that fails half way is rolled back and done again by the next start', async () => {
    await inWorld((world) => {
      const sql = asFirstMade(world);
      sql.exec(`CREATE TABLE coordinated (in_the_way INTEGER)`);
      expect(() => world.start()).toThrow('already exists');
      expect(sql.exec(`SELECT count(*) AS n FROM sqlite_master WHERE name = 'prepared'`).one()).toEqual({ n: 0 });
      sql.exec(`DROP TABLE coordinated`);
      expect(world.start().status().prepared).toBe(0);
    });
  });
});

describe('outbox beside its alarm', () => {
  const owing = (key: string) =>
    command({ key, command: { name: 'add', outbox: [{ target: 'there/x', type: 'told', payload: key }] } });

  test('ENG-O04 with the alarm lost, the next request of any kind relays what has come due', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      world.onSend = () => Promise.reject(new Error('down'));
      await engine.submit(owing('a'));
      await pause(5);
      world.onSend = () => Promise.resolve();
      await engine.read(query({ key: 'b' }));
      await pause(5);
      expect(world.sent).toEqual([]);
      world.time += OUTBOX_RETRY_MS * 2;
      await engine.read(query({ key: 'b' }));
      await pause(5);
      expect(world.sent).toHaveLength(1);
    });
  });

  test('ENG-O05 an alarm that rings twice at once delivers once', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      world.onSend = () => Promise.reject(new Error('down'));
      await engine.submit(owing('a'));
      await pause(5);
      world.onSend = () => pause(10).then(() => undefined);
      world.time += 60_000;
      await Promise.all([engine.alarm(), engine.alarm()]);
      expect(world.sent).toHaveLength(1);
      expect(world.rows('outbox')).toEqual([]);
    });
  });

  test('ENG-O06 what failed together does not come back together', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      world.onSend = () => Promise.reject(new Error('down'));
      await Promise.all(Array.from({ length: 20 }, (_, n) => engine.submit(owing(`k${n}`))));
      await pause(10);
      const dues = new Set(world.rows('outbox').map(({ due }) => Number(due) - world.time));
      expect(dues.size).toBeGreaterThan(15);
      expect([Math.min(...dues) >= OUTBOX_RETRY_MS, Math.max(...dues) <= OUTBOX_RETRY_MS * 1.13]).toEqual([true, true]);
    });
  });
});
