import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/engine/envelope.ts';
import { BATCH_MAX, QUEUE_MAX, ROW_BYTES_MAX } from '../../src/engine/limits.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { counterKind } from '../support/counter-kind.ts';
import { command, effectOf, inWorld, query } from '../support/engine.ts';

describe('group commit', () => {
  test('ENG-C01 a hundred concurrent commands on many records are one commit', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, i) => engine.submit(command({ key: `k${i}` }))),
      );
      expect(outcomes.map(effectOf)).toEqual(Array(100).fill('accepted'));
      expect(world.counts.get('commits')).toBe(1);
      expect(world.rows('record')).toHaveLength(100);
    });
  });

  test('ENG-C02 a throwing decision leaves nothing behind and disturbs nobody', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const outcomes = await Promise.allSettled([
        engine.submit(command({ key: 'a' })),
        engine.submit(command({ key: 'b', command: { name: 'throw' } })),
        engine.submit(command({ key: 'a' })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(world.rows('record')).toMatchObject([{ key: 'a', version: 2 }]);
      expect(world.rows('journal').map(({ seq }) => seq)).toEqual([1, 2]);
      expect(world.rows('reply')).toHaveLength(2);
    });
  });

  test('ENG-C02 a command that fails after it wrote leaves no row either, and its neighbours stand', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const exec = world.sql.exec.bind(world.sql);
      let failures = 0;
      world.sql.exec = (statement, ...bindings) => {
        if (statement.startsWith('INSERT INTO reply') && String(bindings[0]).includes('bad')) {
          failures++;
          throw new Error('no reply for this one');
        }
        return exec(statement, ...bindings);
      };
      const outcomes = await Promise.allSettled([
        engine.submit(command({ key: 'a', requestId: 'good-1' })),
        engine.submit(command({ key: 'b', requestId: 'bad' })),
        engine.submit(command({ key: 'c', requestId: 'good-2' })),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(world.rows('record').map(({ key }) => key)).toEqual(['a', 'c']);
      expect(world.rows('journal').map(({ seq }) => seq)).toEqual([1, 2]);
      expect(world.rows('reply')).toHaveLength(2);
      // Once without savepoints, once with them.
      expect(failures).toBe(2);
      expect(effectOf(await engine.submit(command({ key: 'a', requestId: 'good-3' })))).toBe('accepted');
    });
  });

  test('ENG-C03 a flush that fails gives the instance up and acknowledges nothing', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const transaction = world.sql.transaction.bind(world.sql);
      world.sql.transaction = (work) => {
        transaction(work);
        throw new Error('disk full');
      };
      const outcomes = await Promise.allSettled([engine.submit(command()), engine.submit(command({ key: 'b' }))]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(world.aborted).toBe('flush failed');
    });
  });

  test('ENG-C04 an accepted update writes three rows', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const before = world.sql.rows.written;
      await Promise.all(Array.from({ length: 50 }, () => engine.submit(command())));
      expect((world.sql.rows.written - before) / 50).toBe(3);
    });
  });

  test('ENG-C05 a refused command leaves only its trace', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      expect(effectOf(await engine.submit(command({ command: { name: 'refuse' } })))).toBe('no-more');
      expect(world.rows('record')).toEqual([]);
      expect(world.rows('reply')).toEqual([]);
      expect(String(world.rows('journal')[0]?.['entry'])).toContain('no-more');
    });
  });

  test('ENG-C06 a dry run answers and commits nothing', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const outcome = await engine.submit(command({ dryRun: true }));
      expect(outcome).toMatchObject({ effect: 'accepted', version: 1, body: 'now 1' });
      expect([...world.rows('record'), ...world.rows('journal'), ...world.rows('reply')]).toEqual([]);
    });
  });

  test('ENG-C07 a record over the row bound is refused and the shard goes on', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const outcome = await engine.submit(command({ command: { name: 'add', padding: ROW_BYTES_MAX } }));
      expect(effectOf(outcome)).toBe('too-large');
      expect(effectOf(await engine.submit(command()))).toBe('accepted');
    });
  });

  test('ENG-C07 a full shard refuses growth and reads on', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      world.sql.size = () => 9_000_000_000;
      world.time += 1_000;
      expect(effectOf(await engine.submit(command()))).toBe('read-only');
      expect(effectOf(await engine.read(query()))).toBe('found');
    });
  });

  test('ENG-A01 beyond its bound a shard refuses at once and keeps every promise it made', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const all = Array.from({ length: QUEUE_MAX + 40 }, (_, i) => engine.submit(command({ key: `k${i % 7}` })));
      const outcomes = (await Promise.all(all)).map(effectOf);
      expect(outcomes.filter((effect) => effect === 'unavailable')).toHaveLength(40);
      expect(outcomes.slice(0, QUEUE_MAX)).toEqual(Array(QUEUE_MAX).fill('accepted'));
      expect(world.counts.get('commits')).toBe(Math.ceil(QUEUE_MAX / BATCH_MAX));
    });
  });

  test('ENG-A01 a flood of large commands is refused by bytes', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const large = {
        name: 'add',
        padding: 1,
        outbox: [{ target: 'x/1', type: 't', payload: 'p'.repeat(1_500_000) }],
      } as const;
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => engine.submit(command({ command: large }))));
      expect(outcomes.map(effectOf)).toEqual(['accepted', 'accepted', 'unavailable', 'unavailable']);
    });
  });

  test('ENG-V01 of twenty commands with one expected version one is accepted', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => engine.submit(command({ expectedVersion: 1 }))),
      );
      expect(outcomes.map(effectOf).toSorted()).toEqual(['accepted', ...Array<string>(19).fill('version-mismatch')]);
    });
  });

  test('ENG-H01 a shard that forgets everything at once answers like one that keeps it', async () => {
    const run = (hotBytes: number) =>
      inWorld(async (world) => {
        const engine = world.start({ hotBytes });
        const seen: unknown[] = [];
        for (let i = 0; i < 60; i++) {
          world.time += 20;
          seen.push(await engine.submit(command({ key: `k${i % 5}`, requestId: `same-${i}` })));
          world.time += 20;
          seen.push(await engine.read(query({ key: `k${(i * 3) % 5}`, requestId: 'r' })));
        }
        return { seen, journal: world.rows('journal'), bytes: engine.status().hotBytes };
      });
    const [keeping, forgetting] = [await run(1_000_000), await run(300)];
    expect(forgetting.seen).toEqual(keeping.seen);
    expect(forgetting.journal).toEqual(keeping.journal);
    expect(forgetting.bytes).toBeLessThanOrEqual(300);
    expect(keeping.bytes).toBeGreaterThan(300);
  });
});

test('ENG-C08 where clients go step by step, who was answered together shares the next commit, however late it is', async () => {
  await inWorld(async (world) => {
    const engine = new ShardEngine(world.ports(), {
      kinds: [counterKind],
      owns: () => true,
      hotBytes: 1_000_000,
      shards: 8,
      flushSpacingMs: 2_000,
    });
    await Promise.all([1, 2, 3].map((n) => engine.submit(command({ key: `k${n}` }))));
    expect(world.counts.get('commits')).toBe(1);
    world.time += 60_000;
    const first = engine.submit(command({ key: 'k1' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([first, engine.submit(command({ key: 'k2' })), engine.submit(command({ key: 'k3' }))]);
    expect(world.counts.get('commits')).toBe(2);
  });
});

describe('a shard with much to do', () => {
  test('ENG-A02 reads are refused before writes, bulk before reads; urgent reads are let in when nothing else is', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const effects = async (outcomes: Promise<Outcome>[]) => (await Promise.all(outcomes)).map(effectOf);
      const many = (count: number, one: () => Promise<Outcome>) => Array.from({ length: count }, one);
      const bulk = many(QUEUE_MAX, () => engine.read({ ...query(), priority: 'bulk' }));
      const reads = many(QUEUE_MAX, () => engine.read(query()));
      const writes = many(QUEUE_MAX, () => engine.submit(command()));
      const urgent = many(QUEUE_MAX, () => engine.read({ ...query(), priority: 'urgent' }));
      const admitted = (list: string[]): number => list.filter((effect) => effect !== 'unavailable').length;
      const counts = [await effects(bulk), await effects(reads), await effects(writes), await effects(urgent)].map(
        admitted,
      );
      const shares = [0.5, 0.8, 1, 1.25].map((share) => Math.ceil(QUEUE_MAX * share));
      expect(counts).toEqual(shares.map((share, index) => share - (shares[index - 1] ?? 0)));
    });
  });

  test('ENG-A03 of more than a batch the urgent go first, then writes, then reads, then bulk', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const order: string[] = [];
      const asked = Array.from({ length: BATCH_MAX }, () => engine.read({ ...query(), priority: 'bulk' }));
      const noted = (name: string, work: Promise<Outcome>) => work.then(() => void order.push(name));
      await Promise.all([
        ...asked.map((work) => noted('bulk', work)),
        noted('read', engine.read(query())),
        noted('write', engine.submit(command())),
        noted('urgent', engine.read({ ...query(), priority: 'urgent' })),
      ]);
      expect(order[0]).toBe('urgent');
      // What the second batch was left with.
      expect(order.slice(BATCH_MAX)).toEqual(['bulk', 'bulk', 'bulk']);
    });
  });

  test('ENG-A04 what could not be begun within its deadline is dropped without effect', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const before = world.rows('journal').length;
      const late = engine.submit({ ...command(), waitMs: 300 });
      const patient = engine.submit({ ...command({ key: 'other' }), waitMs: 5_000 });
      world.time += 301;
      expect(await late).toEqual({ kind: 'unavailable', reason: 'timeout', retryAfterSeconds: expect.any(Number) });
      expect(effectOf(await patient)).toBe('accepted');
      expect(world.rows('journal').length).toBe(before + 1);
      expect(world.counts.get('droppedPastDeadline')).toBe(1);
    });
  });
});
