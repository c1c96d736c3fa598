/** The bytes of a small message as text for its record: plain text as it is, anything else as base64. */
import { Buffer } from 'node:buffer';

/** Base64 has no colon. */
const TEXT = 'text:';
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;

export function keptText(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return PLAIN.test(text) ? TEXT + text : bytes.toString('base64');
}

export const keptBytes = (kept: string): Buffer =>
  kept.startsWith(TEXT) ? Buffer.from(kept.slice(TEXT.length), 'latin1') : Buffer.from(kept, 'base64');
