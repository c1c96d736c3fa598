/** The key that signs the anchors of local journals: made once, kept beside the data, readable by the owner only. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ANCHOR_FILE = 'anchor-signing.private.json';

export function anchorKeys(folder: string): string {
  const path = join(folder, ANCHOR_FILE);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const keySet = JSON.stringify({ keys: [newAnchorKey()] });
  writeFileSync(path, keySet, { mode: 0o600 });
  return keySet;
}

export function newAnchorKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: String(jwk.x).slice(0, 8), alg: 'EdDSA', use: 'sig' };
}
