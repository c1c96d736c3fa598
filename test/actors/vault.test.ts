/** The vault over real R2: what is stored stands, and an anchor is believed for its signature alone. */
import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { durability } from '../../src/actors/durability.ts';
import type { Env } from '../../src/actors/environment.ts';
import { vaultOf } from '../../src/actors/vault.ts';
import type { Anchor, Vault } from '../../src/engine/vault.ts';
import { BEGINNING } from '../../src/engine/verify-journal.ts';
import { bound, emptyNationalDatabase } from '../support/national-database.ts';
import { load, person } from './spine.ts';

const spine = env as unknown as Env;
const CLASS = 'vault-test';

async function keySet(...kids: string[]): Promise<string> {
  const keys = await Promise.all(
    kids.map(async (kid) => {
      const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
      return { ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' };
    }),
  );
  return JSON.stringify({ keys });
}

const vault = (shard: number, ANCHOR_KEYS?: string): Vault =>
  vaultOf({ ...spine, JOURNAL: spine.JOURNAL, JOURNAL_ANCHORS: spine.JOURNAL_ANCHORS, ANCHOR_KEYS } as Env, {
    className: CLASS,
    shard,
  });

const anchor = (shard: number, seq: number, hash = 'a'.repeat(64)): Anchor => ({
  actor: `${CLASS}/${shard}`,
  epoch: 1,
  first: 1,
  seq,
  hash,
  at: 5,
  sha256: 'b'.repeat(64),
});

const signedOnes = async (from: Vault): Promise<number[]> =>
  (await from.anchors(0)).filter(({ signed }) => signed).map((one) => one.anchor.seq);

let keys: string;
beforeAll(async () => {
  keys = await keySet('one');
  await emptyNationalDatabase(bound.NATIONAL_0);
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('segments', () => {
  test('BAK-02 the first text under a sequence stands, and a rival is told what does', async () => {
    const store = vault(1, keys);
    const facts = { first: 1, last: 4, hash: 'c'.repeat(64), epoch: 1 };
    expect(await store.putSegment(facts, bytes('the first'))).toBeNull();
    expect(await store.putSegment({ ...facts, last: 9 }, bytes('a rival'))).toEqual(facts);
    expect(await store.segment(1)).toBe('the first');
    await store.putSegment({ ...facts, first: 5, last: 1_000_000 }, bytes('later'));
    expect((await store.segments(0, 10)).map(({ first }) => first)).toEqual([1, 5]);
    expect((await store.segments(1, 10)).map(({ first, last }) => [first, last])).toEqual([[5, 1_000_000]]);
    expect(await store.segment(2)).toBeNull();
    expect(await vault(2, keys).segments(0, 10)).toEqual([]);
  });
});

describe('anchors', () => {
  test('BAK-05 is believed by whoever holds the key, and by nobody else', async () => {
    expect(await vault(3, keys).knowsUs()).toBe(false);
    expect(await vault(3, keys).putAnchor(anchor(3, 4))).toBeNull();
    expect(await vault(3, keys).knowsUs()).toBe(true);
    expect(await vault(3, keys).anchors(0)).toEqual([{ anchor: anchor(3, 4), signed: true }]);
    expect(await signedOnes(vault(3, await keySet('one')))).toEqual([]);
    expect(await signedOnes(vault(3))).toEqual([]);
  });

  test('BAK-05 without a key it is written, unsigned, and never believed', async () => {
    await vault(4).putAnchor(anchor(4, 4));
    expect(await vault(4, keys).anchors(0)).toEqual([{ anchor: anchor(4, 4), signed: false }]);
  });

  test('BAK-05 stays believed when a new key signs', async () => {
    await vault(5, keys).putAnchor(anchor(5, 4));
    const both = {
      keys: [
        ...(JSON.parse(await keySet('two')) as { keys: object[] }).keys,
        ...(JSON.parse(keys) as { keys: object[] }).keys,
      ],
    };
    await vault(5, JSON.stringify(both)).putAnchor(anchor(5, 8));
    expect(await signedOnes(vault(5, JSON.stringify(both)))).toEqual([4, 8]);
    expect(await signedOnes(vault(5, keys))).toEqual([4]);
  });

  test('BAK-02 BAK-05 nothing is said twice, and nothing said of one shard counts for another', async () => {
    await vault(6, keys).putAnchor(anchor(6, 4));
    expect(await vault(6, keys).putAnchor(anchor(6, 4, 'd'.repeat(64)))).toEqual(anchor(6, 4));
    const [said] = (await spine.JOURNAL_ANCHORS.list({ prefix: `${CLASS}/000006/`, include: ['customMetadata'] }))
      .objects;
    const jws = said?.customMetadata?.['jws'] ?? '';
    // Copied under another shard's name, and with one character of its payload changed.
    await spine.JOURNAL_ANCHORS.put(`${CLASS}/000007/000000000004.jws`, jws, { customMetadata: { jws } });
    const [header, payload = '', signature] = jws.split('.');
    const forged = [header, btoa(atob(payload).replace('"seq":4', '"seq":5')).replace(/=+$/, ''), signature].join('.');
    await spine.JOURNAL_ANCHORS.put(`${CLASS}/000006/000000000005.jws`, forged, { customMetadata: { jws: forged } });
    expect(await signedOnes(vault(7, keys))).toEqual([]);
    expect(await signedOnes(vault(6, keys))).toEqual([4]);
  });
});

describe('the door', () => {
  test('BAK-06 BAK-10 a patient shard is backed up, wiped and restored through the door, and serves again', async () => {
    const door = durability(spine);
    await load(person('9900000013'), person('9900000021'));
    const actors = Array.from({ length: 8 }, (_, shard) => ({ className: 'patient-shard', shard }));
    const facts = await Promise.all(actors.map((actor) => door.backUp(actor)));
    const held = facts.filter(({ records }) => records > 0);
    expect(held.length).toBeGreaterThan(0);
    const agent = { client: 'operator', mode: 'restore', rights: [] };
    const actor = actors[facts.findIndex(({ records }) => records > 0)] ?? { className: '', shard: 0 };
    const records = facts[actor.shard]?.records ?? 0;
    expect(await door.restore(actor, { agent })).toEqual({ refused: 'not-empty' });
    let report = await door.restore(actor, { agent, wipe: true });
    for (let steps = 0; steps < 20 && 'phase' in report && report.phase !== 'done'; steps++)
      report = await door.restore(actor, { agent, wipe: true });
    expect(report).toMatchObject({ phase: 'done', epoch: 2, gaps: [], importsLost: 0 });
    expect(await door.backUp(actor)).toMatchObject({ epoch: 2, records, copied: true });
    expect(await door.verify(actor, BEGINNING)).toMatchObject({ fault: null, done: true });
  });
});
