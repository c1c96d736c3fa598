import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { Env } from '../../src/actors/environment.ts';
import { payloads } from '../../src/actors/payloads.ts';

const bindings = env as unknown as Env;
describe('texts outside the rows', () => {
  test('SCR-U14 what is put comes back, once for the same text; what was damaged or lost is not served', async () => {
    const store = payloads(bindings);
    const text = '{"a":"🙂"}'.repeat(10_000);
    const sha256 = await store.put(text);
    expect(await store.put(text)).toBe(sha256);
    expect(await store.get(sha256)).toBe(text);
    await bindings.PAYLOADS.put(sha256, text.slice(1));
    await expect(store.get(sha256)).rejects.toThrow('not what was stored');
    await bindings.PAYLOADS.delete(sha256);
    await expect(store.get(sha256)).rejects.toThrow('missing');
  });
});
