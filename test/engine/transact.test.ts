import { expect, test } from 'vitest';
import type { Repeats } from '../../src/engine/submit.ts';
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
        steps.take('key', 'me', Number.MAX_SAFE_INTEGER);
        throw new Error('second step');
      }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(world.rows('record')).toMatchObject([{ key: 'c' }]);
    expect(await engine.transact(0, (steps) => steps.taken('key'))).toBe(false);
  });
});

test('ENG-T02 a key is taken once, by one owner, until it is given back', async () => {
  await inWorld(async (world) => {
    const engine = world.start();
    const take = (owner: string) => engine.transact(0, (steps) => steps.take('key', owner, Number.MAX_SAFE_INTEGER));
    expect([await take('a'), await take('b'), await take('a')]).toEqual(['fresh', null, 'again']);
    await engine.transact(0, (steps) => steps.release('key'));
    expect(await engine.transact(0, (steps) => steps.taken('key'))).toBe(false);
    // Not as if nothing had been done under it: whoever gave it back may have done something.
    expect([await take('b'), await take('a')]).toEqual(['again', null]);
    expect(await engine.transact(0, (steps) => steps.taken('key'))).toBe(true);
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
