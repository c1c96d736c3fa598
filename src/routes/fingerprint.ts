/** Digest of what a client asked, so that a reused request id with another wish is noticed. */
import { createHash } from 'node:crypto';

export interface AskedFor {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly ifMatch: string | null;
  readonly body: string;
}

/** SHA-256, hexadecimal. The parts are length-prefixed: no two different requests share one text. */
export function fingerprint(asked: AskedFor): string {
  const ifMatch = asked.ifMatch ?? '';
  const head = `${asked.method}\n${asked.target.length}:${asked.target}\n${ifMatch.length}:${ifMatch}\n`;
  return createHash('sha256').update(head).update(asked.body).digest('hex');
}
