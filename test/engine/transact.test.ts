import { expect, test } from 'vitest';
import type { Repeats } from '../../src/engine/submit.ts';
import type { Steps } from '../../src/engine/transact.ts';
import { command, inWorld, query } from '../support/engine.ts';

test('ENG-T01 several steps of one turn commit together', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    await engine.transact(0, (steps) => [steps.submit(command({ key: 'a' })), steps.submit(command({ key: 'b' }))]);
    expect(world.counts.get('commits')).toBe(1);
    expect(world.rows('record')).toHaveLength(2);
  });
});

test('ENG-T01 a step that throws takes the others of its act with it, and nobody else', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    const results = await Promise.allSettled([
      engine.submit(command({ key: 'c' })),
      engine.transact(0, (steps) => {
        steps.submit(command({ key: 'a' }));
        throw new Error('second step');
      }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(world.rows('record')).toMatchObject([{ key: 'c' }]);
  });
});

test('ENG-T02 what an actor keeps beside its records is written in the commit of the steps, and begins anew after a rollback', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    const told: string[] = [];
    engine.keep({
      begin: () => void told.push('begin'),
      write: () => void told.push(`write beside ${world.rows('record').length}`),
    });
    const works = ['a', 'b', 'c'].map((key) => ({
      bytes: 0,
      run: (steps: Steps) => {
        steps.submit(command({ key }));
        if (key === 'b') throw new Error('a bug in one of them');
        return key;
      },
    }));
    const results = await engine.transactEach(works);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    // One had written rows before it failed: all began once more, and only what stayed was written.
    expect(told).toEqual(['begin', 'begin', 'write beside 2']);
    expect(world.counts.get('commits')).toBe(1);
    expect(world.rows('record')).toMatchObject([{ key: 'a' }, { key: 'c' }]);
  });
});

test('ENG-T04 what is known about repeats saves asking and keeping, and nothing else', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    const once = command({ key: 'a' });
    const submit = (repeats: Repeats) => engine.transact(0, (steps) => steps.submit(once, repeats));
    expect(await submit({ first: true, harmless: true })).toMatchObject({ effect: 'accepted', version: 1 });
    expect(world.rows('reply')).toEqual([]);
    expect(await submit({ first: true })).toMatchObject({ effect: 'accepted', version: 2 });
    expect(await submit({})).toMatchObject({ effect: 'accepted', version: 2, replayed: true });
  });
});

test('ENG-T03 what a step reads for a client is in the access row of the commit', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    await engine.submit(command({ key: 'a' }));
    await engine.transact(0, (steps) => steps.read(query({ key: 'a' })));
    expect(world.rows('journal').map(({ kind }) => kind)).toEqual(['counter', 'reads']);
  });
});
