/** The identity actor in real workerd: single use under races, across restarts of the instance, and forgetting in bulk. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { identityShards } from '../../src/actors/identity-shards.ts';
import type { Env } from '../../src/actors/environment.ts';
import { Ephemeral } from '../../src/storage/shard/ephemeral.ts';
import { DurableObjectSql } from '../../src/storage/shard/store.ts';

const spine = env as unknown as Env;
const identity = identityShards(spine);
const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1);
const AGENT = { client: 'test', mode: 'oauth2', rights: [] };

/** Runs on a shard's own SQLite, with time in the test's hand. */
async function withStore(shard: string, work: (make: () => Ephemeral, sql: DurableObjectSql) => void): Promise<void> {
  await runInDurableObject(spine.IDENTITY_SHARD.getByName(shard), (_instance, state) => {
    const sql = new DurableObjectSql(state.storage);
    work(() => new Ephemeral(sql), sql);
  });
}

describe('assertion ids', () => {
  test('ID-S01 of many edges that use one id at once exactly one is first', async () => {
    const uses = Array.from({ length: 20 }, (_, at) =>
      identity.firstUse({ id: 'race', caller: `c${at}`, remember: true, knownClient: true }),
    );
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
  });

  test('ID-S01 a repeated call of the same use is told the same; a look alone uses nothing up', async () => {
    const use = { id: 'again', caller: 'one', remember: true, knownClient: true };
    expect(await identity.firstUse({ ...use, remember: false })).toBe(true);
    expect([await identity.firstUse(use), await identity.firstUse(use)]).toEqual([true, true]);
    expect(await identity.firstUse({ ...use, caller: 'two' })).toBe(false);
  });

  test('ID-S01 ids of unknown clients are refused the second time too', async () => {
    const use = { id: 'stranger', caller: 'one', remember: true, knownClient: false };
    expect(await identity.firstUse(use)).toBe(true);
    expect(await identity.firstUse({ ...use, caller: 'two' })).toBe(false);
  });

  test('ID-S02 an id is remembered for 30 days whatever the day, over restarts, and forgotten within 40', async () => {
    await withStore('1', (make) => {
      for (const [at, start] of [0, 5, 9.99].entries()) {
        const day = (days: number) => START + 400 * at * DAY + (start + days) * DAY;
        const ask = (days: number, caller: string) =>
          make().firstUse(`kept-${at}`, caller, { now: day(days), remember: true });
        expect(ask(0, 'first')).toBe(true);
        for (const days of [1, 9, 15, 25, 30]) expect(ask(days, `later-${days}`)).toBe(false);
        expect(ask(40, 'much-later')).toBe(true);
      }
    });
  });

  test('ID-S02 one row is written per use, and none to forget', async () => {
    await withStore('2', (make, sql) => {
      const store = make();
      store.firstUse('x', 'c', { now: START, remember: true });
      const before = sql.rows.written;
      for (let at = 0; at < 100; at++) store.firstUse(`id-${at}`, 'c', { now: START, remember: true });
      expect(sql.rows.written - before).toBe(100);
      const full = sql.rows.written;
      store.firstUse('last', 'c', { now: START + 45 * DAY, remember: true });
      expect(sql.rows.written - full).toBeLessThan(40);
    });
  });
});

describe('tickets', () => {
  test('ID-S03 of many edges that use one ticket exactly one gets its facts, and only the holder', async () => {
    await identity.issueTicket({ id: 't1', holder: 'h', facts: 'f', until: Date.now() + 60_000 });
    expect(await identity.useTicket({ id: 't1', holder: 'other', caller: 'x' })).toBeNull();
    const uses = Array.from({ length: 20 }, (_, at) => identity.useTicket({ id: 't1', holder: 'h', caller: `c${at}` }));
    const got = (await Promise.all(uses)).filter((facts) => facts !== null);
    expect(got).toEqual(['f']);
  });

  test('ID-S03 a ticket ends at its time, also across the change of the hour', async () => {
    await withStore('3', (make) => {
      const store = make();
      const late = START + 3_599_000;
      store.issueTicket('a', { holder: 'h', facts: 'f', until: late + 300_000 }, late);
      store.issueTicket('b', { holder: 'h', facts: 'g', until: late + 300_000 }, late);
      expect(store.useTicket('a', 'h', { caller: 'c', now: late + 299_999 })).toBe('f');
      expect(store.useTicket('b', 'h', { caller: 'c', now: late + 300_000 })).toBeNull();
    });
  });
});

describe('sessions', () => {
  test('ID-S04 of many refreshes with one token exactly one wins', async () => {
    const facts = { clientId: 'app', scopes: ['s'], authentication: 'user', user: 'u', roles: [], idToken: {} };
    const open = { name: 'open-session', provider: 'nhs-cis2', sid: 's', facts, refresh: 'r0', refreshMs: 60_000 };
    expect((await identity.submit('session', 'session/1', open, { agent: AGENT, requestId: 'open' })).kind).toBe(
      'replied',
    );
    const lifetimes = { refreshMs: 60_000, validityMs: 60_000 };
    const uses = Array.from({ length: 20 }, (_, at) => {
      const command = {
        name: 'refresh-session',
        clientId: 'app',
        presented: 'r0',
        next: `n${at}`,
        'nhs-cis2': lifetimes,
        'nhs-login': lifetimes,
      };
      return identity.submit('session', 'session/1', command, { agent: AGENT, requestId: `refresh-${at}` });
    });
    expect((await Promise.all(uses)).filter(({ kind }) => kind === 'replied')).toHaveLength(1);
  });

  test('ID-S05 a denial leaves an entry in the journal and no record', async () => {
    const command = { name: 'note-denial', code: 'jti_replay' };
    const outcome = await identity.submit('denial', 'denial/1', command, { agent: AGENT, requestId: 'd' });
    expect(outcome).toEqual({ kind: 'refused', code: 'jti_replay' });
  });
});

test('ID-S06 rate windows are counted once for all edges', async () => {
  const quota = { most: 5, perMillisecond: 0.005 };
  const taken = await Promise.all(Array.from({ length: 20 }, () => identity.takeRate('app/x', quota, 1)));
  const granted = taken.reduce((sum, { granted }) => sum + granted, 0);
  expect(granted).toBeGreaterThanOrEqual(5);
  expect(granted).toBeLessThanOrEqual(6);
  expect(taken.at(-1)?.waitMs).toBeGreaterThan(0);
});
