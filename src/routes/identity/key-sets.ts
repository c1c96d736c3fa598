/** Public keys of apps and providers: inline or fetched, found by their id, and held against a signature. */
import { compactVerify, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { KeySet, PublicKey } from '../../domain/identity/application.ts';
import { KEY_SET_MS, KEY_SET_TIMEOUT_MS, MAX_KEY_SET_BYTES, MAX_KEY_SETS } from '../limits.ts';
import { mayBeFetched } from './outside-address.ts';

interface Fetched {
  readonly keySet: KeySet;
  readonly until: number;
}

const fetched = new Map<string, Fetched>();

/** The key set behind an address, at most an hour old; null when it cannot be had. */
export async function keySetAt(url: string, now: number, allowLocal: boolean): Promise<KeySet | null> {
  const known = fetched.get(url);
  if (known !== undefined && now < known.until) return known.keySet;
  const keySet = await fetchKeySet(url, allowLocal);
  if (keySet === null) return null;
  fetched.delete(url);
  if (fetched.size >= MAX_KEY_SETS) {
    const oldest = fetched.keys().next();
    if (oldest.done !== true) fetched.delete(oldest.value);
  }
  fetched.set(url, { keySet, until: now + KEY_SET_MS });
  return keySet;
}

async function fetchKeySet(url: string, allowLocal: boolean): Promise<KeySet | null> {
  if (!mayBeFetched(url, allowLocal)) return null;
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(KEY_SET_TIMEOUT_MS) });
    if (!response.ok) return null;
    const text = await response.text();
    return text.length > MAX_KEY_SET_BYTES ? null : keySetIn(JSON.parse(text));
  } catch {
    return null;
  }
}

function keySetIn(value: unknown): KeySet | null {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : null;
  return Array.isArray(keys) ? { keys: keys.filter((key) => typeof key === 'object' && key !== null) } : null;
}

/** The RSA key with this id. Keys of any other sort cannot sign what we accept, so they are not found. */
export const keyOf = (keySet: KeySet, kid: string): PublicKey | null =>
  keySet.keys.find((key) => key['kid'] === kid && key['kty'] === 'RSA' && key['use'] !== 'enc') ?? null;

const imported = new WeakMap<PublicKey, Map<string, CryptoKey>>();

async function verifyingKey(key: PublicKey, algorithm: string): Promise<CryptoKey> {
  const byAlgorithm = imported.get(key) ?? new Map<string, CryptoKey>();
  imported.set(key, byAlgorithm);
  const known = byAlgorithm.get(algorithm);
  if (known !== undefined) return known;
  const { n, e } = key;
  // Only the two public numbers: nothing else in a registered key may steer its use.
  const made = await importJWK({ kty: 'RSA', n: String(n), e: String(e) } satisfies JWK, algorithm);
  if (made instanceof Uint8Array) throw new TypeError('not a public key');
  byAlgorithm.set(algorithm, made);
  return made;
}

/** Whether the token was signed by this key with one of these algorithms. The token's own `jku`, `x5u` and `jwk` count for nothing. */
export async function isSigned(
  token: string,
  key: PublicKey,
  algorithms: readonly ('RS256' | 'RS512')[],
): Promise<boolean> {
  for (const algorithm of algorithms) {
    try {
      await compactVerify(token, await verifyingKey(key, algorithm), { algorithms: [algorithm] });
      return true;
    } catch {
      // Not by this algorithm.
    }
  }
  return false;
}
