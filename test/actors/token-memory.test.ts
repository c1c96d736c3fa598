import { describe, expect, test } from 'vitest';
import { PlaceIndex } from '../../src/actors/place-index.ts';
import { TokenMemory } from '../../src/actors/token-memory.ts';
import { TokenPages } from '../../src/storage/shard/token-pages.ts';
import { inWorld } from '../support/engine.ts';
import type { World } from '../support/engine.ts';

const NOW = Date.parse('2030-01-01T12:00:00Z');
const HOUR_MS = 3_600_000;

const memory = (world: World): TokenMemory => new TokenMemory(new TokenPages(world.sql), 0x1234_5678);
const token = (nonce: string, at = NOW) => ({ key: `MB:${nonce}:0:${at}`, at });
const pages = (world: World): unknown[] => world.sql.exec(`SELECT id FROM token_page`);

describe('MESH-M03 the memory of tokens', () => {
  test('MESH-M03 a token is taken once, by one owner, until it is given back', async () => {
    await inWorld((world) => {
      const tokens = memory(world);
      const take = (owner: string): string => {
        const taken = tokens.take(token('n'), owner);
        tokens.write(NOW);
        return taken === null ? 'no' : taken.fresh ? 'fresh' : 'again';
      };
      expect([take('a'), take('b'), take('a')]).toEqual(['fresh', 'no', 'again']);
      tokens.release(token('n'));
      expect(tokens.isTaken(token('n'))).toBe(false);
      // Not as if nothing had been done under it: whoever gave it back may have done something.
      expect([take('b'), take('a')]).toEqual(['again', 'no']);
      expect(tokens.isTaken(token('n'))).toBe(true);
    });
  });

  test('MESH-M03 tokens of one flush stand in one row, and outlive the instance with what was done under them', async () => {
    await inWorld((world) => {
      const tokens = memory(world);
      for (let n = 0; n < 200; n++) tokens.take(token(`n${n}`), 'me');
      tokens.note(token('n7'), { fingerprint: 'f', body: 'id' });
      tokens.write(NOW);
      expect(pages(world)).toHaveLength(1);
      const later = memory(world);
      expect(later.take(token('n6'), 'other')).toBe(null);
      expect(later.take(token('n7'), 'me')).toEqual({ fresh: false, done: { fingerprint: 'f', body: 'id' } });
      expect(later.take(token('n200'), 'me')).toEqual({ fresh: true, done: null });
      // The pages go on where the instance before ended.
      later.write(NOW);
      expect(pages(world)).toHaveLength(2);
    });
  });

  test('MESH-M03 what was rolled back was not taken', async () => {
    await inWorld((world) => {
      const tokens = memory(world);
      tokens.take(token('whole flush'), 'me');
      tokens.begin();
      tokens.take(token('stays'), 'me');
      const { mark } = tokens;
      tokens.take(token('failed act'), 'me');
      tokens.back(mark);
      tokens.write(NOW);
      const taken = ['whole flush', 'stays', 'failed act'].map((nonce) => tokens.isTaken(token(nonce)));
      expect(taken).toEqual([false, true, false]);
    });
  });

  test('MESH-M03 a token is remembered as long as its time is near enough, and then forgotten', async () => {
    await inWorld((world) => {
      const tokens = memory(world);
      const times = [NOW - 2 * HOUR_MS, NOW, NOW + 2 * HOUR_MS];
      for (const at of times) {
        for (let n = 0; n < 100; n++) {
          tokens.take(token(`n${n}`, at), 'me');
          tokens.write(NOW);
        }
      }
      const known = () => times.map((at) => tokens.isTaken(token('n0', at)));
      expect(known()).toEqual([true, true, true]);
      // Removed in small steps, by the flushes that follow.
      for (let n = 0; n < 10; n++) tokens.write(NOW + 2 * HOUR_MS);
      expect([known(), pages(world).length]).toEqual([[false, true, true], 200]);
      for (let n = 0; n < 10; n++) tokens.write(NOW + 4 * HOUR_MS + 3 * 60_000);
      expect([known(), pages(world).length]).toEqual([[false, false, false], 0]);
    });
  });
});

describe('MESH-M03 where a token may stand', () => {
  test('MESH-M03 every page of a hash is found, the newest first, however many there are', () => {
    const index = new PlaceIndex();
    const hashOf = (n: number): number => Math.imul(n % 5_000, 0x9e3779b1) >>> 0;
    for (let n = 0; n < 10_000; n++) index.add(hashOf(n), n);
    expect([0, 1, 4_999].map((n) => index.pagesOf(hashOf(n)))).toEqual([
      [5_000, 0],
      [5_001, 1],
      [9_999, 4_999],
    ]);
    expect([index.pagesOf(7), index.nextPage()]).toEqual([[], 10_000]);
  });
});
