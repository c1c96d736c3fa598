/**
 * `npm run keys`: a key pair for local use of enforced access. The private key stays in the data folder and signs what
 * `npm run token` mints; the public set is what `npm start -- --access enforced` verifies with.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { ANCHOR_FILE, anchorKeys } from './start/anchor-keys.ts';

export const ALGORITHMS = ['RS512', 'RS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const isAlgorithm = (value: string): value is Algorithm => ALGORITHMS.some((known) => known === value);

/** What local tokens say, and what a local system expects of them. */
export const LOCAL_ISSUER = 'http://localhost/oauth2';
export const LOCAL_AUDIENCE = 'edge-spine';

/** Names in the data folder. */
export const PRIVATE_FILE = 'token-signing.private.json';
export const PUBLIC_FILE = 'token-signing.jwks.json';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

/** Older public keys that are still believed after a rotation: tokens live ten minutes, so one is plenty. */
const OLDER_KEYS = 1;

async function olderKeys(folder: string): Promise<readonly JWK[]> {
  try {
    const { keys } = JSON.parse(await readFile(join(folder, PUBLIC_FILE), 'utf8')) as { keys: JWK[] };
    return keys.slice(0, OLDER_KEYS);
  } catch {
    return [];
  }
}

/** Makes a pair and writes both halves. An older pair is replaced: its tokens end with it, unless the keys are rotated. */
export async function createKeys(folder: string, algorithm: Algorithm, rotate = false): Promise<string> {
  const older = rotate ? await olderKeys(folder) : [];
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
  const bare = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(bare);
  const marks = { kid, alg: algorithm, use: 'sig' };
  const keySet = JSON.stringify({ keys: [{ ...bare, ...marks }, ...older] });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, PRIVATE_FILE), JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...marks }), {
    mode: 0o600,
  });
  await chmod(join(folder, PRIVATE_FILE), 0o600);
  await writeFile(join(folder, PUBLIC_FILE), keySet);
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

const HELP = `npm run keys -- [--data DIR] [--rotate] [--anchors] [--algorithm ${ALGORITHMS.join('|')}]
  Makes a new key pair in DIR (./data) and prints its public half (KEY_SET of a deployment). An older pair is replaced;
  with --rotate its public half stays in the set, so that its tokens are good until they expire.
  --anchors makes the keys that sign the anchors of journals instead (ANCHOR_KEYS); --rotate puts a new one in front.`;

/** The exit code. */
async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        data: { type: 'string', default: './data' },
        algorithm: { type: 'string', default: 'RS512' },
        rotate: { type: 'boolean', default: false },
        anchors: { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) console.log(HELP);
    else if (values.anchors) {
      await mkdir(values.data, { recursive: true });
      anchorKeys(values.data, values.rotate);
      console.log(`${join(values.data, ANCHOR_FILE)} holds the keys: a secret, never to be printed`);
    } else if (isAlgorithm(values.algorithm))
      console.log(await createKeys(values.data, values.algorithm, values.rotate));
    else throw new TypeError(`--algorithm ${values.algorithm} is not known`);
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
