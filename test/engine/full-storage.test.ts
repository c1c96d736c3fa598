/** Wake-ups while storage takes no write, and around rollbacks and crashes: memory and tables stay in step. */
import { describe, expect, test, vi } from 'vitest';
import { command, inWorld, World } from '../support/engine.ts';

/** Lets every statement that starts so fail, until the answer is called. */
function refuse(world: World, start: string): () => void {
  const exec = world.sql.exec.bind(world.sql);
  const spy = vi.spyOn(world.sql, 'exec').mockImplementation((statement, ...bindings) => {
    if (statement.startsWith(start)) throw new Error('database or disk is full');
    return exec(statement, ...bindings);
  });
  return () => spy.mockRestore();
}

describe('wake-ups', () => {
  test('ENG-W01 the alarm answers while storage takes no write, and its work is done once it does', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      let runs = 0;
      engine.wakeUps.on('work', () => void (runs += 1));
      engine.wakeUps.ensure('work', world.time);
      const again = refuse(world, 'DELETE FROM wake_up');
      await expect(engine.alarm()).resolves.toBeUndefined();
      expect(world.failures).toEqual(['wake-up work']);
      again();
      world.time += 10_000;
      await engine.alarm();
      expect(runs).toBe(2);
      expect(world.rows('wake_up')).toEqual([]);
    });
  });

  test('ENG-W04 a wake-up that storage does not take fails no command and is tried again by the living instance', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      vi.useFakeTimers();
      try {
        const again = refuse(world, 'INSERT OR REPLACE INTO wake_up');
        expect(() => engine.wakeUps.ensure('work', world.time)).not.toThrow();
        expect(world.rows('wake_up')).toEqual([]);
        again();
        await vi.advanceTimersByTimeAsync(10_000);
        expect(world.rows('wake_up')).toEqual([{ name: 'work', due: world.time }]);
        expect(world.alarmAt).toBe(world.time);
      } finally {
        vi.useRealTimers();
      }
    });
  });

  test('ENG-W05 the row of a wake-up stays until its work is done, so that a crash in between repeats it', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      engine.wakeUps.on('work', () => new Promise(() => undefined));
      engine.wakeUps.ensure('work', world.time);
      void engine.alarm();
      let runs = 0;
      const next = new World(world.state).start();
      next.wakeUps.on('work', () => void (runs += 1));
      await next.alarm();
      expect(runs).toBe(1);
    });
  });

  test('ENG-W06 what an operation ensured and then lost to a rollback is ensured anew by the next', async () => {
    await inWorld(async (world) => {
      const engine = world.start({
        receive: ({ payload, stream, sequence }) => command({ key: payload, requestId: `${stream}#${sequence}` }),
      });
      const again = refuse(world, 'INSERT OR REPLACE INTO inbox');
      const delivery = { v: 1, stream: 's', epoch: 1, sequence: 1, type: 'add', payload: 'k' };
      await expect(engine.deliver(delivery)).rejects.toThrow('full');
      again();
      await engine.submit(command());
      expect(world.rows('wake_up').map(({ name }) => name)).toContain('reply-expiry');
    });
  });

  test('ENG-W07 a wake-up that storage refused to an instance that is gone is set by the next start', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const again = refuse(world, 'INSERT OR REPLACE INTO wake_up');
      expect(await engine.submit(command())).toMatchObject({ kind: 'replied' });
      again();
      expect(world.rows('wake_up')).toEqual([]);
      new World(world.state).start();
      expect(world.rows('wake_up').map(({ name }) => name)).toContain('reply-expiry');
    });
  });
});
