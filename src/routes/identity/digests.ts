/** Random names and digests of the token service. */
import { createHash, randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits, each equally likely: bytes that would favour some are thrown away. */
export function randomName(length: number): string {
  let name = '';
  while (name.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && name.length < length) name += LETTERS[byte % 62] ?? '';
    }
  }
  return name;
}

export const randomState = (): string => randomBytes(27).toString('base64url');

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Short enough for a key, long enough (132 bits) that no two meet. */
export const shortDigest = (text: string): string => sha256(text).toString('base64url').slice(0, 22);

export const secretDigest = (clientId: string, secret: string): string =>
  sha256(`${clientId}\n${secret}`).toString('base64url');

/** The part of a session's key that its refresh tokens carry: 16 letters and digits. */
export function sessionName(provider: string, sid: string): string {
  const bytes = sha256(`${provider}\n${sid}`);
  let name = '';
  for (let i = 0; i < 16; i++) name += LETTERS[(bytes[i] ?? 0) % 62] ?? '';
  return name;
}

/** A number of twelve digits that follows from a text; it never begins with 0. */
export function twelveDigits(text: string): string {
  const number = sha256(text).readUIntBE(0, 6) % 900_000_000_000;
  return String(100_000_000_000 + number);
}
