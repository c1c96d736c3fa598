import { describe, expect, test } from 'vitest';
import { OUTBOX_ATTEMPTS_MAX } from '../../src/engine/limits.ts';
import type { Delivery } from '../../src/engine/ports.ts';
import { AGENT, World, command, effectOf, inWorld } from '../support/engine.ts';

const owing = (key: string, target: string, payload = key) =>
  command({ key, command: { name: 'add', outbox: [{ target, type: 'told', payload }] } });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function relayed(world: World, engine: { alarm(): Promise<void> }, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    world.time += 16 * 60_000;
    await engine.alarm();
    await pause(1);
  }
}

describe('outbox', () => {
  test('ENG-O01 entries arrive after their commit, in order per stream, and are then gone', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      world.onSend = async () => expect(world.rows('record').length).toBeGreaterThan(0);
      await Promise.all([1, 2, 3].map((n) => engine.submit(owing('a', 'there/x', `a${n}`))));
      await engine.submit(owing('b', 'there/x', 'b1'));
      await relayed(world, engine, 2);
      const payloads = world.sent.map(({ delivery }) => delivery.payload);
      expect(payloads.filter((payload) => payload.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
      expect(payloads).toContain('b1');
      expect(world.rows('outbox')).toEqual([]);
      expect(new Set(world.sent.map(({ delivery }) => delivery.stream)).size).toBe(2);
    });
  });

  test('ENG-O01 what a crash left is sent by the next start, again rather than never', async () => {
    await inWorld(async (world) => {
      world.onSend = () => new Promise(() => undefined);
      await world.start().submit(owing('a', 'there/x'));
      await pause(5);
      expect(world.rows('outbox')).toHaveLength(1);
      world.onSend = () => Promise.resolve();
      world.start();
      await pause(20);
      expect(world.sent).toHaveLength(1);
      expect(world.rows('outbox')).toEqual([]);
    });
  });

  test('ENG-O02 a poison entry is buried after ten tries and holds up its own stream only', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      let tries = 0;
      world.onSend = (_target, delivery) => {
        if (delivery.payload !== 'poison') return Promise.resolve();
        tries += 1;
        return Promise.reject(new TypeError('never'));
      };
      await engine.submit(owing('a', 'there/x', 'poison'));
      await engine.submit(owing('a', 'there/x', 'behind the poison'));
      await engine.submit(owing('b', 'there/x', 'beside it'));
      await relayed(world, engine, 1);
      expect(world.sent.map(({ delivery }) => delivery.payload)).toEqual(['beside it']);
      await relayed(world, engine, OUTBOX_ATTEMPTS_MAX + 2);
      expect(tries).toBe(OUTBOX_ATTEMPTS_MAX);
      expect(world.sent.map(({ delivery }) => delivery.payload)).toEqual(['beside it', 'behind the poison']);
      expect(world.rows('outbox')).toMatchObject([{ dead: 1, failure: 'TypeError', payload: 'poison' }]);
      expect(engine.status().outbox).toEqual({ waiting: 0, dead: 1 });
    });
  });

  test('ENG-O03 a receiver applies a position once, acknowledges repeats, and lets a new epoch begin', async () => {
    await inWorld(async (world) => {
      const receive = (delivery: Delivery) =>
        command({ requestId: `${delivery.stream}#${delivery.epoch}.${delivery.sequence}`, command: { name: 'add' } });
      const engine = world.start({ receive });
      const delivery = { v: 1, stream: 'from/0/a>b', epoch: 1, sequence: 3, type: 'told', payload: '' };
      await Promise.all([
        engine.deliver(delivery),
        engine.deliver(delivery),
        engine.deliver({ ...delivery, sequence: 2 }),
      ]);
      expect(world.rows('record')).toMatchObject([{ version: 1 }]);
      await engine.deliver({ ...delivery, sequence: 4 });
      await engine.deliver({ ...delivery, epoch: 2, sequence: 1 });
      await engine.deliver({ ...delivery, sequence: 9 });
      expect(world.rows('record')).toMatchObject([{ version: 3 }]);
      expect(world.rows('inbox')).toMatchObject([{ epoch: 2, sequence: 1 }]);
    });
  });

  test('ENG-O03 a delivery that cannot be applied is not acknowledged', async () => {
    await inWorld(async (world) => {
      const engine = world.start({ receive: () => command({ command: { name: 'refuse' } }) });
      const delivery = { v: 1, stream: 's', epoch: 1, sequence: 1, type: 't', payload: '' };
      await expect(engine.deliver(delivery)).rejects.toThrow('not applied');
      expect(world.rows('inbox')).toEqual([]);
    });
  });
});

describe('snapshot', () => {
  test('ENG-S01 a record written many times is copied once, in its newest version, with its index row', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      for (let i = 0; i < 30; i++) await engine.submit(command({ key: `k${i % 2}` }));
      await engine.settle();
      expect(world.copied.flat()).toMatchObject([
        { key: 'k0', version: 15, index: { tokens: ['n:15'] } },
        { key: 'k1', version: 15, index: { tokens: ['n:15'] } },
      ]);
      expect(engine.status()).toMatchObject({ snapshotPending: 0, snapshotLagMs: 0, snapshotBookmark: 30 });
    });
  });

  test('ENG-S01 changes are copied by themselves within a second', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      await pause(700);
      expect(world.copied.flat()).toHaveLength(1);
      expect(engine.status().snapshotPending).toBe(0);
    });
  });

  test('ENG-S02 an outage fails no write, and the newest versions follow when it is over', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      world.onSnapshot = () => Promise.reject(new Error('D1 is down'));
      for (let i = 0; i < 5; i++) {
        expect(effectOf(await engine.submit(command()))).toBe('accepted');
        await expect(engine.settle()).rejects.toThrow('down');
      }
      world.onSnapshot = () => Promise.resolve();
      await engine.settle();
      expect(world.copied.flat()).toMatchObject([{ key: 'k', version: 5 }]);
    });
  });

  test('ENG-S02 a hanging store holds up no write, and a change during the copy stays owed', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      let release = (): void => undefined;
      world.onSnapshot = () => new Promise((resolve) => (release = resolve));
      await engine.submit(command());
      const settled = engine.settle();
      for (let i = 0; i < 3; i++) expect(effectOf(await engine.submit(command()))).toBe('accepted');
      world.onSnapshot = () => Promise.resolve();
      release();
      await settled;
      await engine.settle();
      expect(world.copied.flat().map(({ version }) => version)).toEqual([1, 4]);
    });
  });

  /** Replies cannot be written, when record and journal are: all of such a command is rolled back. The answer ends it. */
  function failing(world: World): () => void {
    const { exec } = world.sql;
    world.sql.exec = <Row>(statement: string, ...bindings: readonly (string | number | null)[]): Row[] => {
      if (statement.includes('INSERT INTO reply')) throw new Error('planted');
      return exec.call(world.sql, statement, ...bindings) as Row[];
    };
    return () => void (world.sql.exec = exec);
  }

  test('ENG-S04 what was rolled back and is done again during a copy, at the same place of the journal, stays owed', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ key: 'other' }));
      const end = failing(world);
      await expect(engine.submit(command({ key: 'again' }))).rejects.toThrow('planted');
      end();
      let release = (): void => undefined;
      world.onSnapshot = () => new Promise((resolve) => (release = resolve));
      const settled = engine.settle();
      await engine.submit(command({ key: 'again' }));
      world.onSnapshot = () => Promise.resolve();
      release();
      await settled;
      await engine.settle();
      expect(world.copied.flat().map(({ key }) => key)).toEqual(['other', 'again']);
    });
  });

  test('ENG-S03 a restart owes exactly what was not copied', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ key: 'copied' }));
      await engine.settle();
      world.onSnapshot = () => Promise.reject(new Error('down'));
      await engine.submit(command({ key: 'owed' }));
      await engine.import({
        v: 1,
        chunkId: 'c',
        agent: AGENT,
        records: [{ kind: 'counter', key: 'imported', version: 2, body: '{"count":1}', annex: '' }],
      });
      const restarted = world.start();
      expect(restarted.status().snapshotPending).toBe(2);
      world.onSnapshot = () => Promise.resolve();
      await restarted.settle();
      expect(world.copied.flat().map(({ key }) => key)).toEqual(['copied', 'owed', 'imported']);
    });
  });
});

describe('wake-ups', () => {
  test('ENG-W01 a failing wake-up is reported, kept and tried again; the alarm does not throw', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      let runs = 0;
      engine.wakeUps.on('failing', () => {
        runs += 1;
        if (runs < 3) throw new Error('not yet');
      });
      engine.wakeUps.ensure('failing', world.time);
      for (let i = 0; i < 4; i++) {
        await engine.alarm();
        world.time += 10_000;
      }
      expect(runs).toBe(3);
      expect(world.failures).toEqual(['wake-up failing', 'wake-up failing']);
      expect(world.rows('wake_up')).toEqual([]);
    });
  });

  test('ENG-W02 five hundred commands over ten seconds set the alarm two or three times at most', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      let alarms = 0;
      Object.defineProperty(world, 'alarmAt', {
        set() {
          alarms += 1;
        },
      });
      for (let i = 0; i < 500; i++) {
        await engine.submit(command({ key: `k${i % 9}` }));
        world.time += 20;
      }
      expect(alarms).toBeGreaterThan(0);
      expect(alarms).toBeLessThanOrEqual(3);
    });
  });

  test('ENG-W03 with its alarm lost, a shard goes on at the next start', async () => {
    await inWorld(async (world) => {
      world.onSnapshot = () => Promise.reject(new Error('down'));
      await world.start().submit(command());
      const next = new World(world.state);
      next.start();
      expect(next.alarmAt).not.toBeNull();
      await pause(700);
      expect(next.copied.flat()).toHaveLength(1);
    });
  });
});
