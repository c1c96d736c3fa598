/** Key pairs for local use of enforced access: the private key stays in the data folder, the public set goes to the Worker. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';

export const ALGORITHMS = ['RS512', 'RS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const isAlgorithm = (value: string): value is Algorithm => ALGORITHMS.some((known) => known === value);

const PRIVATE_FILE = 'token-signing.private.json';
const PUBLIC_FILE = 'token-signing.jwks.json';

export const publicKeyFile = (folder: string): string => join(folder, PUBLIC_FILE);

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

/** Makes a pair and writes both halves. An older pair is replaced: its tokens end with it. */
export async function createKeys(folder: string, algorithm: Algorithm): Promise<string> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
  const bare = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(bare);
  const marks = { kid, alg: algorithm, use: 'sig' };
  const keySet = JSON.stringify({ keys: [{ ...bare, ...marks }] });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, PRIVATE_FILE), JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...marks }), { mode: 0o600 });
  await chmod(join(folder, PRIVATE_FILE), 0o600);
  await writeFile(publicKeyFile(folder), keySet);
  return keySet;
}

/** Null where the folder holds no key yet. */
export async function readSigningKey(folder: string): Promise<SigningKey | null> {
  let text: string;
  try {
    text = await readFile(join(folder, PRIVATE_FILE), 'utf8');
  } catch {
    return null;
  }
  const jwk = JSON.parse(text) as JWK;
  const { alg, kid } = jwk;
  if (alg === undefined || kid === undefined || !isAlgorithm(alg)) return null;
  const key = await importJWK(jwk, alg);
  return key instanceof Uint8Array ? null : { kid, algorithm: alg, key };
}
