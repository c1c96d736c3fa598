/** Checks an NHSMESH token where its mailbox lives: hash, time, and that it was never used before. */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { inWindow, signedText, tokenKey, WINDOW_MS } from '../domain/mesh/authorization.ts';
import type { Claim } from '../domain/mesh/authorization.ts';
import type { Mailbox } from '../domain/mesh/commands.ts';
import { MAILBOX, mailboxKey } from '../domain/mesh/mailbox.ts';
import { refuse } from '../domain/mesh/refusals.ts';
import type { Refusal } from '../engine/record-kind.ts';
import type { Steps } from '../engine/transact.ts';

export interface Admission {
  readonly claim: Claim;
  /** False: looked at only, for acts whose bytes are still to come. */
  readonly spend: boolean;
  /** The request in hand: a second attempt of the same request is no repeat. */
  readonly owner: string;
}

/** A key that outlives its token's window by this is forgotten late rather than early. */
const MARGIN_MS = 60_000;

export interface Admitted {
  readonly kind: 'admitted';
  readonly mailbox: Mailbox;
  /** The token was never shown before: nothing was done under it. */
  readonly fresh: boolean;
}

export function admit(
  steps: Steps,
  { claim, spend, owner }: Admission,
  keys: readonly KeyObject[],
): Admitted | Refusal {
  const mailbox = steps.state(MAILBOX, mailboxKey(claim.mailboxId)) as Mailbox | null;
  if (mailbox === null) return refuse('mailbox-unknown');
  const genuine = keys.some((key) => sameHash(claim.hash, hashOf(key, claim, mailbox.password)));
  if (!genuine || !inWindow(claim, steps.now)) return refuse('auth-invalid');
  if (!mailbox.active) return refuse('mailbox-inactive');
  // Only after the hash is known to be right: strangers must not fill the memory.
  const key = tokenKey(claim);
  if (!spend) return steps.taken(key) ? refuse('auth-repeated') : { kind: 'admitted', mailbox, fresh: false };
  const taken = steps.take(key, owner, claim.at + WINDOW_MS + MARGIN_MS);
  return taken === null ? refuse('auth-repeated') : { kind: 'admitted', mailbox, fresh: taken === 'fresh' };
}

const hashOf = (key: KeyObject, claim: Claim, password: string): string =>
  createHmac('sha256', key).update(signedText(claim, password)).digest('hex');

function sameHash(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(right, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}
