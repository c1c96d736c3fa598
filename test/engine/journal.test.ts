import { describe, expect, test } from 'vitest';
import { GENESIS_HASH, journalHash } from '../../src/engine/journal.ts';
import type { JournalRow } from '../../src/storage/shard/statements.ts';
import { AGENT, command, inWorld, query } from '../support/engine.ts';
import type { World } from '../support/engine.ts';

const journal = (world: World): JournalRow[] => world.rows('journal') as unknown as JournalRow[];

function firstBroken(rows: readonly JournalRow[]): number | null {
  let previous = GENESIS_HASH;
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1 || journalHash(previous, row) !== row.hash) return row.seq;
    previous = row.hash;
  }
  return null;
}

describe('journal', () => {
  test('ENG-J01 is a contiguous chain in which any edit shows at its place', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      for (let i = 0; i < 10; i++) {
        await engine.submit(command({ key: `k${i % 3}` }));
        await engine.read(query());
      }
      const rows = journal(world);
      expect(rows).toHaveLength(20);
      expect(firstBroken(rows)).toBeNull();
      const edits: ((row: JournalRow) => JournalRow)[] = [
        (row) => ({ ...row, body: row.body + ' ' }),
        (row) => ({ ...row, entry: row.entry.replace('u1', 'u2') }),
        (row) => ({ ...row, at: row.at + 1 }),
        (row) => ({ ...row, version: row.version + 1 }),
        (row) => ({ ...row, key: 'z', kind: row.kind + 'k' }),
        (row) => ({ ...row, annex: row.body, body: row.annex }),
      ];
      for (const edit of edits) expect(firstBroken(rows.with(8, edit(rows[8] as JournalRow)))).toBe(9);
      expect(firstBroken(rows.toSpliced(4, 1))).toBe(6);
    });
  });

  test('ENG-J01 the chain goes on after a restart', async () => {
    await inWorld(async (world) => {
      for (let i = 0; i < 4; i++) await world.start().submit(command());
      expect(firstBroken(journal(world))).toBeNull();
    });
  });

  test('ENG-J02 forty reads of one turn are one row that names each of them', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      await Promise.all(
        Array.from({ length: 40 }, (_, i) => engine.read(query({ requestId: `q${i}`, key: i % 2 ? 'k' : 'unknown' }))),
      );
      const rows = journal(world);
      expect(rows).toHaveLength(2);
      const entry = JSON.parse(rows[1]?.entry ?? '') as { agents: unknown[]; accesses: unknown[][] };
      expect(entry.agents).toEqual([AGENT]);
      expect(entry.accesses).toHaveLength(40);
      expect(entry.accesses[1]).toEqual(['counter', 'k', 'show', 'found', 1, 'q1', 0]);
      expect(entry.accesses[2]).toEqual(['counter', 'unknown', 'show', 'unknown', 0, 'q2', 0]);
    });
  });

  test('ENG-J02 nothing is seen without a durable trace: a failed flush answers no read', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      world.sql.transaction = () => {
        throw new Error('disk full');
      };
      await expect(engine.read(query())).rejects.toThrow('disk full');
      expect(world.aborted).not.toBeNull();
    });
  });

  test('ENG-J03 mirror and sweep reads leave no row', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await Promise.all([engine.read(query({ purpose: 'mirror' })), engine.read(query({ purpose: 'sweep' }))]);
      expect(journal(world)).toEqual([]);
    });
  });

  test('ENG-J04 time in the journal never goes back, also over a restart', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const times = [0, -3_600_000, 5, -60_000];
      for (const jump of times) {
        world.time += jump;
        await engine.submit(command());
      }
      world.time -= 86_400_000;
      await world.start().submit(command());
      const at = journal(world).map((row) => row.at);
      expect(at).toEqual(at.toSorted((a, b) => a - b));
    });
  });

  test('ENG-J05 the change feed tells each change once, with bodies, from any position', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ key: 'a' }));
      await engine.read(query({ key: 'a' }));
      await engine.import({
        v: 1,
        chunkId: 'c',
        agent: AGENT,
        records: [{ kind: 'counter', key: 'b', version: 7, body: '{"count":3}', annex: '' }],
      });
      await engine.submit(command({ key: 'b' }));
      expect(engine.changes(0, 100)).toEqual([
        { sequence: 1, kind: 'counter', key: 'a', version: 1, body: '{"count":1}', annex: '' },
        { sequence: 4, kind: 'counter', key: 'b', version: 8, body: '{"count":4}', annex: '' },
      ]);
      expect(engine.changes(1, 100)).toHaveLength(1);
      expect(engine.changes(4, 100)).toEqual([]);
    });
  });
});
