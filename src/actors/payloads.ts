/** Texts too large for a row, in object storage under the digest of their content. */
import { createHash } from 'node:crypto';
import type { Env } from './environment.ts';
import type { Payloads } from './stubs.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The content was lost or is not what was stored. */
class PayloadDamaged extends Error {
  override readonly name = 'PayloadDamaged';
}

export function payloads(env: Env): Payloads {
  return {
    put: async (text) => {
      const sha256 = digest(text);
      await env.PAYLOADS.put(sha256, text);
      return sha256;
    },
    get: async (sha256) => {
      const object = await env.PAYLOADS.get(sha256);
      if (object === null) throw new PayloadDamaged('a payload is missing');
      const text = await object.text();
      if (digest(text) !== sha256) throw new PayloadDamaged('a payload is not what was stored');
      return text;
    },
  };
}
