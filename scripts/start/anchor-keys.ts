/** The key that signs the anchors of local journals: made once, kept beside the data, readable by the owner only. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ANCHOR_FILE = 'anchor-signing.private.json';

/** The key set as text. `rotate`: a new key signs from now on, the older ones are still believed. */
export function anchorKeys(folder: string, rotate = false): string {
  const path = join(folder, ANCHOR_FILE);
  const known = existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
  if (known !== null && !rotate) return known;
  const older = known === null ? [] : (JSON.parse(known) as { keys: object[] }).keys;
  const keySet = JSON.stringify({ keys: [newAnchorKey(), ...older] });
  writeFileSync(path, keySet, { mode: 0o600 });
  return keySet;
}

function newAnchorKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: String(jwk.x).slice(0, 8), alg: 'EdDSA', use: 'sig' };
}
