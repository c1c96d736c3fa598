import { describe, expect, test } from 'vitest';
import { REPLY_RETENTION_MS } from '../../src/engine/limits.ts';
import { AGENT, command, effectOf, inWorld } from '../support/engine.ts';

describe('idempotency', () => {
  test('ENG-I01 fifty concurrent repeats have one effect and one answer', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      const same = command({ requestId: 'r1' });
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => engine.submit(same)));
      expect(new Set(outcomes.map((outcome) => (outcome.kind === 'replied' ? outcome.body : outcome.kind)))).toEqual(
        new Set(['now 1']),
      );
      expect(outcomes.filter((outcome) => outcome.kind === 'replied' && outcome.replayed)).toHaveLength(49);
      const kinds = world.rows('journal').map(({ kind }) => kind);
      // One change; that the others were told the same is written down beside it.
      expect(kinds.filter((kind) => kind !== 'reads')).toHaveLength(1);
    });
  });

  test('ENG-I02 the same id for something else is refused; the id of another client is its own', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ requestId: 'r1' }));
      expect(effectOf(await engine.submit(command({ requestId: 'r1', fingerprint: 'other' })))).toBe(
        'request-id-reused',
      );
      const other = await engine.submit(command({ requestId: 'r1', agent: { ...AGENT, client: 'system-b' } }));
      expect(other).toMatchObject({ effect: 'accepted', version: 2 });
      expect(other).not.toHaveProperty('replayed');
    });
  });

  test('ENG-I03 the first answer comes back after restarts and later versions', async () => {
    await inWorld(async (world) => {
      const first = await world.start().submit(command({ requestId: 'r1', command: { name: 'add', by: 5 } }));
      await world.start().submit(command({ command: { name: 'add', by: 7 } }));
      const again = await world.start().submit(command({ requestId: 'r1', command: { name: 'add', by: 5 } }));
      expect(again).toEqual({ ...first, replayed: true });
      expect(world.rows('record')).toMatchObject([{ version: 2, body: '{"count":12}' }]);
    });
  });

  test('ENG-I03 a repeat with an outdated expected version still gets its first answer', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command());
      const first = await engine.submit(command({ requestId: 'r2', expectedVersion: 1 }));
      await engine.submit(command());
      expect(await engine.submit(command({ requestId: 'r2', expectedVersion: 1 }))).toEqual({
        ...first,
        replayed: true,
      });
    });
  });

  test('ENG-I04 replies are kept for their retention and then forgotten', async () => {
    await inWorld(async (world) => {
      const engine = world.start();
      await engine.submit(command({ requestId: 'old' }));
      world.time += REPLY_RETENTION_MS - 1_000;
      await engine.submit(command({ requestId: 'young' }));
      await engine.alarm();
      expect(world.rows('reply')).toHaveLength(2);
      world.time += 3_600_001;
      await engine.alarm();
      expect(world.rows('reply').map(({ request }) => request)).toEqual(['system-a\nyoung']);
    });
  });
});
