/**
 * The vault of a shard on the platform: segments in one bucket, anchors in another, both written once under the sequence
 * they begin or end with, and the record copies in D1. The buckets may lie in two accounts: whoever can change the journal
 * then cannot change what was said about it.
 */
import { CompactSign, compactVerify, createLocalJWKSet, importJWK } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import { copiesAfter } from '../storage/national/record-copies.ts';
import { nationalDatabases } from './national.ts';
import type { Env } from './environment.ts';
import type { Anchor, SegmentFacts, StoredAnchor, Vault } from '../engine/vault.ts';

const ALGORITHM = 'EdDSA';
/** R2 lists this many at once. */
const LIST_MAX = 1_000;
const DIGITS = 12;

const numbered = (sequence: number): string => String(sequence).padStart(DIGITS, '0');

/** `patient-shard/000003/` */
const folderOf = (className: string, shard: number): string => `${className}/${String(shard).padStart(6, '0')}/`;

const segmentKey = (className: string, shard: number, first: number): string =>
  `${folderOf(className, shard)}${numbered(first)}.ndjson`;

const anchorKey = (className: string, shard: number, seq: number): string =>
  `${folderOf(className, shard)}${numbered(seq)}.jws`;

/** Signs and checks anchors with the secret key set: its first key signs, all of them are believed. */
class AnchorKeys {
  readonly #keys: readonly JWK[];
  /** Importing costs as much as dozens of signatures. */
  #signing: CryptoKey | Uint8Array | null = null;

  constructor(keySet: string) {
    this.#keys = keySet === '' ? [] : (JSON.parse(keySet) as { keys: JWK[] }).keys;
  }

  async sign(anchor: Anchor): Promise<string> {
    const [jwk] = this.#keys;
    const payload = JSON.stringify(anchor);
    if (jwk === undefined) return `unsigned.${btoa(payload)}`;
    const key = (this.#signing ??= await importJWK(jwk, ALGORITHM));
    const header = { alg: ALGORITHM, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) };
    return new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(header).sign(key);
  }

  async read(text: string): Promise<StoredAnchor> {
    const anchor = anchorIn(text);
    try {
      const set: JSONWebKeySet = { keys: this.#keys.map(({ d: _secret, ...open }) => ({ ...open, kty: 'OKP' })) };
      await compactVerify(text, createLocalJWKSet(set), { algorithms: [ALGORITHM] });
      return { anchor, signed: true };
    } catch {
      return { anchor, signed: false };
    }
  }
}

function anchorIn(text: string): Anchor {
  const payload = text.split('.')[1] ?? '';
  return JSON.parse(new TextDecoder().decode(bytesOf(payload))) as Anchor;
}

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

interface Owner {
  readonly className: string;
  readonly shard: number;
}

export function vaultOf(env: Env, owner: Owner): Vault {
  const keys = new AnchorKeys(env.ANCHOR_KEYS ?? '');
  return {
    ...segmentStore(env.JOURNAL, owner),
    ...anchorStore(env.JOURNAL_ANCHORS, owner, keys),
    copies: copiesOf(env, owner),
  };
}

type Segments = Pick<Vault, 'putSegment' | 'segments' | 'segment'>;

function segmentStore(bucket: R2Bucket, { className, shard }: Owner): Segments {
  const factsOf = (metadata: Record<string, string> | undefined, first: number): SegmentFacts => ({
    first,
    last: Number(metadata?.['last']),
    hash: metadata?.['hash'] ?? '',
    epoch: Number(metadata?.['epoch']),
  });
  return {
    putSegment: async ({ first, last, hash, epoch }, bytes) => {
      const key = segmentKey(className, shard, first);
      const customMetadata = { last: String(last), hash, epoch: String(epoch) };
      const stored = await bucket.put(key, bytes, { onlyIf: new Headers({ 'If-None-Match': '*' }), customMetadata });
      if (stored !== null) return null;
      return factsOf((await bucket.head(key))?.customMetadata, first);
    },
    segments: async (after, limit) => {
      const found = await bucket.list({
        prefix: folderOf(className, shard),
        startAfter: segmentKey(className, shard, after),
        limit,
        include: ['customMetadata'],
      });
      return found.objects.map(({ key, customMetadata }) => factsOf(customMetadata, numberIn(key)));
    },
    segment: async (first) => (await (await bucket.get(segmentKey(className, shard, first)))?.text()) ?? null,
  };
}

const numberIn = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1, key.lastIndexOf('.')));

type Anchors = Pick<Vault, 'putAnchor' | 'anchors' | 'knowsUs'>;

function anchorStore(bucket: R2Bucket, { className, shard }: Owner, keys: AnchorKeys): Anchors {
  const prefix = folderOf(className, shard);
  return {
    putAnchor: async (anchor) => {
      const key = anchorKey(className, shard, anchor.seq);
      const text = await keys.sign(anchor);
      const onlyIf = new Headers({ 'If-None-Match': '*' });
      // Said twice, so that a listing tells all anchors without opening each.
      const stored = await bucket.put(key, text, { onlyIf, customMetadata: { jws: text } });
      if (stored !== null) return null;
      const stands = await (await bucket.get(key))?.text();
      return stands === undefined ? anchor : anchorIn(stands);
    },
    anchors: async (after) => {
      const found: StoredAnchor[] = [];
      for (let startAfter = anchorKey(className, shard, after); ;) {
        const list = await bucket.list({ prefix, startAfter, limit: LIST_MAX, include: ['customMetadata'] });
        const texts = list.objects
          .map(({ customMetadata }) => customMetadata?.['jws'] ?? '')
          .filter((text) => text !== '');
        found.push(...(await Promise.all(texts.map((text) => keys.read(text)))));
        const last = list.objects.at(-1);
        if (!list.truncated || last === undefined) break;
        startAfter = last.key;
      }
      // An anchor that was put under another shard's name says nothing about this one.
      return found.map((one) =>
        one.anchor.actor === `${className}/${shard}` ? one : { anchor: one.anchor, signed: false },
      );
    },
    knowsUs: async () => (await bucket.list({ prefix, limit: 1 })).objects.length > 0,
  };
}

function copiesOf(env: Env, { shard }: Owner): Vault['copies'] {
  return (kinds, after, limit) => copiesAfter(nationalDatabases(env), { shard, kinds, after, limit });
}
