import { describe, expect, test } from 'vitest';
import { SEGMENT_BYTES, SHIP_EARLY_MS, SHIP_EARLY_ROWS, VERSION_HEADROOM } from '../../src/engine/limits.ts';
import { readSegment } from '../../src/engine/read-segment.ts';
import type { RestoreReport } from '../../src/engine/restore.ts';
import type { ShardEngine } from '../../src/engine/shard-engine.ts';
import { BEGINNING } from '../../src/engine/verify-journal.ts';
import { AGENT, command, effectOf, inWorld, query } from '../support/engine.ts';
import type { World } from '../support/engine.ts';
import { MemoryVault } from '../support/memory-vault.ts';

const OPERATOR = { client: 'operator', mode: 'restore', rights: [] };

async function restored(world: World, wish: { wipe?: boolean; headroom?: number } = {}): Promise<RestoreReport> {
  for (let steps = 0; steps < 100; steps++) {
    const answer = await world.start().restore({ agent: OPERATOR, ...wish });
    if ('refused' in answer) throw new Error(answer.refused);
    if (answer.phase === 'done') return answer;
  }
  throw new Error('a restore without end');
}

function withVault<T>(work: (world: World, vault: MemoryVault) => Promise<T>): Promise<T> {
  return inWorld((world) => {
    const vault = new MemoryVault();
    world.vault = vault;
    return work(world, vault);
  });
}

/** `count` changes over three keys with a shipment after every `each`. */
async function history(engine: ShardEngine, count: number, each: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await engine.submit(command({ key: `k${i % 3}`, requestId: `w${i}` }));
    if (i % each === 0) await engine.ship();
  }
}

/** The file of the shard is gone. */
function destroy(world: World): void {
  for (const table of ['record', 'journal', 'reply', 'outbox', 'inbox', 'wake_up', 'listing'])
    world.state.storage.sql.exec(`DELETE FROM ${table}`);
  world.state.storage.sql.exec(`DELETE FROM meta WHERE name NOT IN ('schema', 'shards')`);
}

const rows = (world: World, table: 'record' | 'journal') => world.rows(table).map(({ id: _id, ...row }) => row);

describe('shipping', () => {
  test('BAK-01 segments are contiguous, follow from each other, and hold every row', () =>
    withVault(async (world, vault) => {
      const engine = world.start();
      await history(engine, 10, 4);
      await engine.read(query({ key: 'k1' }));
      await engine.ship();
      expect([...vault.stored.keys()]).toEqual([1, 5, 9]);
      let position: { seq: number; hash: string } = BEGINNING;
      const seen: unknown[] = [];
      for (const { text, facts } of vault.stored.values()) {
        const read = readSegment(text, position);
        if ('fault' in read) throw new Error(`fault at ${read.fault}`);
        seen.push(...read.rows);
        position = { seq: facts.last, hash: facts.hash };
        expect(vault.said.get(facts.last)?.anchor).toMatchObject({
          first: facts.first,
          hash: facts.hash,
          actor: 'test-shard/0',
        });
      }
      expect(seen).toEqual(rows(world, 'journal'));
    }));

  test('BAK-01 a write costs no row and no call more, whether journals are shipped or not', async () => {
    const written = async (shipEveryMs: number) =>
      withVault(async (world, vault) => {
        world.shipEveryMs = shipEveryMs;
        const engine = world.start();
        await engine.submit(command({ key: 'first' }));
        const before = world.sql.rows.written;
        for (let i = 0; i < 50; i++) await engine.submit(command({ key: `k${i}` }));
        expect(vault.stored.size).toBe(0);
        return world.sql.rows.written - before;
      });
    // On a slow machine one of the two notes a bookmark of its copies meanwhile.
    expect(Math.abs((await written(3_600_000)) - (await written(0)))).toBeLessThanOrEqual(1);
  });

  test('BAK-01 ships by itself after a while, and after a restart what a crash left behind', () =>
    withVault(async (world, vault) => {
      world.shipEveryMs = 20;
      await world.start().submit(command());
      await expect.poll(() => vault.stored.size, { timeout: 10_000 }).toBe(1);
      world.shipEveryMs = 0;
      await world.start().submit(command());
      expect(vault.stored.size).toBe(1);
      world.shipEveryMs = 20;
      world.start();
      await expect.poll(() => vault.stored.size, { timeout: 10_000 }).toBe(2);
    }));

  test('BAK-15 much that waits is shipped before its time, a segment at once', () =>
    withVault(async (world, vault) => {
      world.shipEveryMs = 3_600_000;
      const engine = world.start();
      const write = (i: number) => engine.submit(command({ key: `k${i}`, command: { name: 'add', padding: 9_000 } }));
      for (let i = 1; i < SHIP_EARLY_ROWS; i++) await write(i);
      await new Promise((resolve) => setTimeout(resolve, 3 * SHIP_EARLY_MS));
      expect(vault.stored.size).toBe(0);
      await write(SHIP_EARLY_ROWS);
      await expect.poll(() => vault.said.size, { timeout: 10_000 }).toBe(1);
      const [first] = vault.stored.values();
      expect(first?.text.length).toBeGreaterThanOrEqual(SEGMENT_BYTES);
      expect(first?.facts.last).toBeLessThan(SHIP_EARLY_ROWS);
      // What is left is no segment yet, and waits for its time.
      await new Promise((resolve) => setTimeout(resolve, 3 * SHIP_EARLY_MS));
      expect(vault.stored.size).toBe(1);
      await engine.ship();
      expect([...vault.said.keys()].at(-1)).toBe(SHIP_EARLY_ROWS);
    }));

  test('BAK-01 a vault that fails delays no write and loses nothing', () =>
    withVault(async (world, vault) => {
      const engine = world.start();
      vault.onPut = () => {
        throw new Error('away');
      };
      await engine.submit(command());
      await expect(engine.ship()).rejects.toThrow('away');
      expect(world.failures).toContain('ship');
      expect(effectOf(await engine.submit(command()))).toBe('accepted');
      vault.onPut = () => undefined;
      await engine.ship();
      expect([...vault.stored.values()].map(({ facts }) => [facts.first, facts.last])).toEqual([[1, 2]]);
    }));

  test('BAK-02 a crash between segment, anchor and note leaves nothing doubled and nothing out', () =>
    withVault(async (world, vault) => {
      const engine = world.start();
      await history(engine, 3, 9);
      vault.onPut = (what) => {
        if (what === 'anchor') throw new Error('crash');
      };
      await expect(engine.ship()).rejects.toThrow('crash');
      vault.onPut = () => undefined;
      const next = world.start();
      await next.submit(command());
      await next.ship();
      expect([...vault.stored.values()].map(({ facts }) => [facts.first, facts.last])).toEqual([
        [1, 3],
        [4, 4],
      ]);
      expect([...vault.said.keys()]).toEqual([3, 4]);
    }));

  test('BAK-03 a shard whose tables were put back to an older state closes itself and ships nothing', () =>
    withVault(async (world, vault) => {
      const engine = world.start();
      await history(engine, 6, 3);
      // What an older copy of the file would hold: three rows, and the note that they were shipped.
      world.state.storage.sql.exec(`DELETE FROM journal WHERE seq > 3`);
      const [row] = world.rows('journal').slice(-1);
      world.state.storage.sql.exec(
        `INSERT OR REPLACE INTO meta VALUES ('shipped', ?)`,
        JSON.stringify({ seq: 3, hash: row?.['hash'] }),
      );
      const older = world.start();
      await older.submit(command({ key: 'other' }));
      await expect(older.ship()).rejects.toThrow('not ours');
      expect(vault.stored.size).toBe(2);
      expect(older.status().closed).toBe('foreign');
      expect(effectOf(await older.submit(command()))).toBe('unavailable');
      expect(effectOf(await world.start().read(query()))).toBe('unavailable');
    }));

  test('BAK-04 an empty shard that the vault knows takes no work', () =>
    withVault(async (world) => {
      world.shipEveryMs = 3_600_000;
      const engine = world.start();
      await engine.checkBirth();
      await history(engine, 2, 2);
      destroy(world);
      const empty = world.start();
      await empty.checkBirth();
      expect(effectOf(await empty.submit(command()))).toBe('unavailable');
      expect(world.rows('journal')).toEqual([]);
    }));
});

describe('restore', () => {
  test('BAK-06 records, journal and hashes come back as they were', () =>
    withVault(async (world) => {
      const engine = world.start();
      await history(engine, 20, 5);
      const before = { record: rows(world, 'record'), journal: rows(world, 'journal') };
      destroy(world);
      const report = await restored(world);
      expect(report).toMatchObject({ phase: 'done', epoch: 2, rows: 20, segments: 4, gaps: [], importsLost: 0 });
      expect(rows(world, 'record')).toEqual(before.record);
      expect(rows(world, 'journal').slice(0, 20)).toEqual(before.journal);
      const step = await world.start().verify(BEGINNING);
      expect(step).toMatchObject({ fault: null, done: true, rows: 21, anchors: { met: 4, unsigned: 0 } });
    }));

  test('BAK-06 a repeated request gets its first answer after a restore too, and has no second effect', () =>
    withVault(async (world) => {
      const asked = command({ key: 'k', requestId: 'once' });
      const first = await world.start().submit(asked);
      await world.start().ship();
      destroy(world);
      await restored(world);
      const again = await world.start().submit(asked);
      expect(again).toEqual({ ...first, replayed: true });
    }));

  test('BAK-06 deliveries that waited are made again', () =>
    withVault(async (world) => {
      world.onSend = () => Promise.reject(new Error('away'));
      const engine = world.start();
      const outbox = [{ target: 'locator-shard/x', type: 'told', payload: 'p' }];
      await engine.submit(command({ command: { name: 'add', outbox } }));
      await engine.ship();
      destroy(world);
      const report = await restored(world);
      expect(report.deliveries).toBe(1);
      expect(world.rows('outbox')).toHaveLength(1);
    }));

  test('BAK-07 a version that was given out and lost does not come again', () =>
    withVault(async (world) => {
      const engine = world.start();
      await history(engine, 3, 3);
      // Answered, and lost before the next shipment.
      const lost = await engine.submit(command({ key: 'k1', expectedVersion: 1 }));
      expect(lost).toMatchObject({ effect: 'accepted', version: 2 });
      destroy(world);
      await restored(world);
      const next = world.start();
      expect(effectOf(await next.submit(command({ key: 'k1', expectedVersion: 2 })))).toBe('version-mismatch');
      const first = await next.submit(command({ key: 'k1', expectedVersion: 1 }));
      expect(first).toMatchObject({ version: 2 + VERSION_HEADROOM });
      expect(await next.submit(command({ key: 'k1' }))).toMatchObject({ version: 3 + VERSION_HEADROOM });
      // A key that nobody remembers may have had versions too.
      expect(await next.submit(command({ key: 'new' }))).toMatchObject({ version: 1 + VERSION_HEADROOM });
      expect(world.rows('record').map(({ epoch }) => epoch)).toContain(2);
    }));

  test('BAK-07 every restore raises the epoch, above what copies and anchors tell', () =>
    withVault(async (world, vault) => {
      const engine = world.start();
      await history(engine, 3, 3);
      destroy(world);
      expect((await restored(world)).epoch).toBe(2);
      await world.start().submit(command({ key: 'k1' }));
      await world.start().ship();
      destroy(world);
      vault.copied = [
        { kind: 'counter', key: 'far', epoch: 7, version: 1, deleted: false, body: '{"count":1}', annex: '' },
      ];
      expect((await restored(world)).epoch).toBe(8);
      expect(world.start().shard.lane).toEqual({ phase: 'live', master: 'ours', epoch: 8 });
    }));

  test('BAK-08 a missing segment is named exactly, and everything else comes back', () =>
    withVault(async (world, vault) => {
      await history(world.start(), 20, 5);
      vault.stored.delete(6);
      destroy(world);
      const report = await restored(world);
      expect(report.gaps).toEqual([{ from: 6, to: 10, why: 'missing' }]);
      expect(report.rows).toBe(15);
      const step = await world.start().verify(BEGINNING);
      expect(step.fault).toBeNull();
      expect(step.missing.map(({ from, to }) => [from, to])).toEqual([[6, 10]]);
      // The chain goes on, also into the next segment.
      await world.start().submit(command());
      await world.start().ship();
      destroy(world);
      expect((await restored(world)).gaps).toEqual([{ from: 6, to: 10, why: 'missing' }]);
    }));

  test.each([40, 400, 900])('BAK-08 a segment with a stain at character %i is not believed', (at) =>
    withVault(async (world, vault) => {
      await history(world.start(), 9, 3);
      vault.stain(4, at);
      destroy(world);
      expect((await restored(world)).gaps).toEqual([{ from: 4, to: 6, why: 'damaged' }]);
    }),
  );

  test('BAK-08 what only an anchor tells of is named, and its sequences are not given again', () =>
    withVault(async (world, vault) => {
      await history(world.start(), 9, 3);
      vault.stored.delete(7);
      destroy(world);
      const report = await restored(world);
      expect(report.gaps).toEqual([{ from: 7, to: 9, why: 'unshipped' }]);
      expect(report.sequence).toBe(10);
      await world.start().ship();
      expect([...vault.stored.keys()]).toContain(7);
      expect((await world.start().verify(BEGINNING)).fault).toBeNull();
    }));

  test('BAK-05 an anchor without a signature is not believed', () =>
    withVault(async (world, vault) => {
      await history(world.start(), 6, 3);
      vault.stored.delete(4);
      const anchor = vault.said.get(6);
      if (anchor) vault.said.set(6, { ...anchor, signed: false });
      destroy(world);
      const report = await restored(world);
      expect(report.gaps).toEqual([]);
      expect(report.anchors).toMatchObject({ met: 1, unsigned: 1 });
    }));

  test('BAK-09 a copy that is newer than the journal wins, an older one does not', () =>
    withVault(async (world, vault) => {
      await history(world.start(), 6, 3);
      const copy = { kind: 'counter', epoch: 1, deleted: false, annex: '' };
      vault.copied = [
        { ...copy, key: 'k0', version: 9, body: '{"count":9}' },
        { ...copy, key: 'k1', version: 1, body: '{"count":1}' },
        { ...copy, key: 'only-here', version: 4, body: '{"count":4}' },
      ];
      destroy(world);
      const report = await restored(world);
      expect(report).toMatchObject({ copiesTaken: 2, copiesBehind: 1 });
      const versions = Object.fromEntries(world.rows('record').map(({ key, version }) => [key, version]));
      expect(versions).toEqual({ k0: 9, k1: 2, k2: 2, 'only-here': 4 });
      expect(
        world
          .start()
          .changes(6, 100)
          .map(({ key }) => key),
      ).toEqual(['k0', 'only-here']);
    }));

  test('BAK-09 an imported record that is nowhere any more is counted', () =>
    withVault(async (world) => {
      const engine = world.start();
      const records = [{ kind: 'counter', key: 'b', version: 7, body: '{"count":3}', annex: '' }];
      await engine.import({ v: 1, chunkId: 'c', agent: AGENT, records });
      await engine.ship();
      destroy(world);
      expect((await restored(world)).importsLost).toBe(1);
      // The same chunk may be sent again.
      expect(await world.start().import({ v: 1, chunkId: 'c', agent: AGENT, records })).toMatchObject({ stored: 1 });
    }));

  test('BAK-10 a shard with data is restored only where that is wished', () =>
    withVault(async (world) => {
      await history(world.start(), 3, 3);
      expect(await world.start().restore({ agent: OPERATOR })).toEqual({ refused: 'not-empty' });
      expect((await restored(world, { wipe: true })).rows).toBe(3);
    }));

  test('BAK-10 no work is taken until it is whole, and an interrupted restore goes on', () =>
    withVault(async (world) => {
      await history(world.start(), 40, 2);
      destroy(world);
      const agent = OPERATOR;
      expect(await world.start().restore({ agent })).toMatchObject({ phase: 'begun' });
      expect(await world.start().restore({ agent })).toMatchObject({ phase: 'segments', rows: 16 });
      const half = world.start();
      expect([effectOf(await half.submit(command())), effectOf(await half.read(query()))]).toEqual([
        'unavailable',
        'unavailable',
      ]);
      await expect(half.ship()).resolves.toBeDefined();
      expect(await restored(world)).toMatchObject({ rows: 40, gaps: [] });
      expect(effectOf(await world.start().submit(command()))).toBe('accepted');
    }));
});
