/** The NHSMESH authorization header: its parts, the text that is signed, and the window its timestamp may be in. */
import { refuse } from './refusals.ts';
import type { Refusal } from '../../engine/record-kind.ts';

export interface Claim {
  readonly kind: 'claim';
  readonly mailboxId: string;
  readonly nonce: string;
  readonly nonceCount: string;
  readonly timestamp: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly hash: string;
}

const SCHEME = 'nhsmesh';
const PARTS = 5;
/** A token is good for this long before and after the server's time. */
export const WINDOW_MS = 2 * 3_600_000;

const UNREADABLE = refuse('auth-unreadable');

/** `mailboxId` is that of the path, in upper case. */
export function claimOf(header: string | null, mailboxId: string): Claim | Refusal {
  const text = (header ?? '').trim();
  if (text === '') return UNREADABLE;
  const schemed = text.slice(0, SCHEME.length).toLowerCase() === SCHEME;
  const parts = (schemed ? text.slice(SCHEME.length + 1).trimStart() : text).split(':');
  const [mailbox = '', nonce = '', nonceCount = '', timestamp = '', hash = ''] = parts;
  if (mailbox !== mailboxId) return refuse('auth-other-mailbox');
  const at = timeOf(timestamp);
  const readable = schemed && parts.length === PARTS && /^\d{1,18}$/.test(nonceCount) && nonce.length <= 256;
  if (!readable || nonce === '' || at === null) return UNREADABLE;
  return { kind: 'claim', mailboxId, nonce, nonceCount, timestamp, at, hash: hash.toLowerCase() };
}

export const signedText = ({ mailboxId, nonce, nonceCount, timestamp }: Claim, password: string): string =>
  `${mailboxId}:${nonce}:${nonceCount}:${password}:${timestamp}`;

/** What makes two tokens the same token. */
export const tokenKey = ({ mailboxId, nonce, nonceCount, timestamp }: Claim): string =>
  `${mailboxId}:${nonce}:${nonceCount}:${timestamp}`;

/** The time that a token names, of the text that makes it this token; 0 where it is none. */
export const timeOfToken = (key: string): number => timeOf(key.slice(key.lastIndexOf(':') + 1)) ?? 0;

export const inWindow = ({ at }: Claim, now: number): boolean => Math.abs(now - at) <= WINDOW_MS;

/** `yyyyMMddHHmm` as milliseconds, or null where there is no such minute. */
function timeOf(text: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  // 31 February would pass as 3 March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(8, 10) !== day ? null : at;
}
