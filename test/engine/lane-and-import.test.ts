import { describe, expect, test } from 'vitest';
import type { ImportRecord } from '../../src/engine/envelope.ts';
import { AGENT, command, effectOf, inWorld, query } from '../support/engine.ts';

const chunk = (chunkId: string, ...records: ImportRecord[]) => ({ v: 1, chunkId, agent: AGENT, records });
const record = (key: string, version: number, count = version): ImportRecord => ({
  kind: 'counter',
  key,
  version,
  body: JSON.stringify({ count }),
  annex: '',
});

describe('lane', () => {
  test('ENG-L01 a key of another shard is refused', async () => {
    await inWorld(async (world) => {
      const engine = world.start({ owns: (key) => key === 'mine' });
      expect(effectOf(await engine.submit(command({ key: 'theirs' })))).toBe('not-ours');
      expect(effectOf(await engine.read(query({ key: 'theirs' })))).toBe('not-ours');
      expect(world.rows('record')).toEqual([]);
    });
  });

  test('ENG-L02 a frozen shard reads on, one that is not ours decides nothing, and both survive a restart', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      engine.setLane({ phase: 'frozen', master: 'ours', epoch: 1 });
      expect(effectOf(await engine.submit(command()))).toBe('read-only');
      const restarted = world.start();
      expect(effectOf(await restarted.read(query()))).toBe('found');
      expect(effectOf(await restarted.submit(command()))).toBe('read-only');
      restarted.setLane({ phase: 'live', master: 'theirs', epoch: 1 });
      const again = world.start();
      expect(effectOf(await again.submit(command()))).toBe('not-ours');
      again.setLane({ phase: 'live', master: 'ours', epoch: 2 });
      expect(effectOf(await again.submit(command()))).toBe('accepted');
      expect(world.rows('record')).toMatchObject([{ version: 2, epoch: 2 }]);
    });
  });

  test('ENG-L02 a repeat of what was accepted before the freeze still gets its answer', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const first = await engine.submit(command({ requestId: 'r' }));
      engine.setLane({ phase: 'frozen', master: 'ours', epoch: 1 });
      expect(await engine.submit(command({ requestId: 'r' }))).toEqual({ ...first, replayed: true });
    });
  });
});

describe('import', () => {
  test('ENG-V02 a record may start at 57 and goes on with 58', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.import(chunk('c1', record('k', 57)));
      expect(await engine.submit(command({ expectedVersion: 57 }))).toMatchObject({
        effect: 'accepted',
        version: 58,
        body: 'now 58',
      });
    });
  });

  test('ENG-M01 keeps bytes, never goes back, repeats to no effect', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const odd = { ...record('k', 5), body: '{ "count" : 5 }' };
      expect(await engine.import(chunk('c1', odd, record('l', 2)))).toMatchObject({ stored: 2, unchanged: 0 });
      expect(await engine.import(chunk('c2', record('k', 4)))).toMatchObject({ stored: 0, unchanged: 1 });
      expect(await engine.import(chunk('c3', record('k', 5, 99)))).toMatchObject({ stored: 0, unchanged: 1 });
      expect(await world.start().import(chunk('c1', odd, record('l', 2)))).toMatchObject({ stored: 2, unchanged: 0 });
      expect(world.rows('record')).toMatchObject([
        { key: 'k', version: 5, body: '{ "count" : 5 }' },
        { key: 'l', version: 2 },
      ]);
    });
  });

  test('ENG-M01 a chunk is all or nothing', async () => {
    await inWorld(async (world) => {
      const engine = world.start({ owns: (key) => key !== 'theirs' });
      await expect(engine.import(chunk('c1', record('k', 1), record('theirs', 1)))).rejects.toThrow();
      expect(world.rows('record')).toEqual([]);
      expect(effectOf(await engine.read(query()))).toBe('unknown');
      expect(await engine.import(chunk('c1', record('k', 1)))).toMatchObject({ stored: 1 });
    });
  });

  test('ENG-M02 makes one journal row and no delivery, and is in feed and snapshot', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.import(chunk('c1', record('k', 3), record('l', 4)));
      expect(world.rows('journal')).toHaveLength(1);
      expect(world.rows('outbox')).toEqual([]);
      expect(world.rows('reply')).toEqual([]);
      expect(engine.changes(0, 10).map(({ key, version }) => [key, version])).toEqual([
        ['k', 3],
        ['l', 4],
      ]);
      await engine.settle();
      expect(world.copied.flat().map(({ key, version }) => [key, version])).toEqual([
        ['k', 3],
        ['l', 4],
      ]);
    });
  });

  test('ENG-M03 a tombstone reads as unknown, is copied, and keeps its version from being used again', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.import(chunk('c1', record('k', 3)));
      await engine.import(chunk('c2', { ...record('k', 4), deleted: true }));
      expect(effectOf(await engine.read(query()))).toBe('unknown');
      await engine.settle();
      expect(world.copied.flat().at(-1)).toMatchObject({ key: 'k', version: 4, deleted: true, index: null });
      expect(await engine.submit(command())).toMatchObject({ version: 5, body: 'now 1' });
    });
  });

  test('ENG-B01 another number of shards, or a newer schema, refuses to start; a current one writes nothing', async () => {
    await inWorld(async (world) => {
      world.start({ shards: 8 });
      const written = world.sql.rows.written;
      world.start({ shards: 8 });
      expect(world.sql.rows.written).toBe(written);
      expect(() => world.start({ shards: 16 })).toThrow('8 shards');
      world.state.storage.sql.exec(`UPDATE meta SET value = '999' WHERE name = 'schema'`);
      expect(() => world.start({ shards: 8 })).toThrow('newer');
    });
  });
});
