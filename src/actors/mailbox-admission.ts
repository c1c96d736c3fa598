/** Checks an NHSMESH token where its mailbox lives: hash, time, and that it was never used before. */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { inWindow, signedText, tokenKey } from '../domain/mesh/authorization.ts';
import type { Claim } from '../domain/mesh/authorization.ts';
import type { Mailbox } from '../domain/mesh/commands.ts';
import { MAILBOX, mailboxKey } from '../domain/mesh/mailbox.ts';
import { refuse } from '../domain/mesh/refusals.ts';
import type { Refusal } from '../engine/record-kind.ts';
import type { Steps } from '../engine/transact.ts';
import type { Done, TokenMemory } from './token-memory.ts';

export interface Admission {
  readonly claim: Claim;
  /** False: looked at only, for acts whose bytes are still to come. */
  readonly spend: boolean;
  /** The request in hand: a second attempt of the same request is no repeat. */
  readonly owner: string;
}

export interface Admitted {
  readonly kind: 'admitted';
  readonly mailbox: Mailbox;
  /** The token was never shown before: nothing was done under it. */
  readonly fresh: boolean;
  /** What was done under it before it was given back. */
  readonly done: Done | null;
}

/** What an admission is checked against. */
export interface Gatekeeper {
  readonly keys: readonly KeyObject[];
  readonly tokens: TokenMemory;
}

export function admit(
  steps: Steps,
  { claim, spend, owner }: Admission,
  { keys, tokens }: Gatekeeper,
): Admitted | Refusal {
  const mailbox = steps.state(MAILBOX, mailboxKey(claim.mailboxId)) as Mailbox | null;
  if (mailbox === null) return refuse('mailbox-unknown');
  const genuine = keys.some((key) => sameHash(claim.hash, hashOf(key, claim, mailbox.password)));
  if (!genuine || !inWindow(claim, steps.now)) return refuse('auth-invalid');
  if (!mailbox.active) return refuse('mailbox-inactive');
  // Only after the hash is known to be right: strangers must not fill the memory.
  const token = { key: tokenKey(claim), at: claim.at };
  if (!spend) {
    return tokens.isTaken(token) ? refuse('auth-repeated') : { kind: 'admitted', mailbox, fresh: false, done: null };
  }
  const taken = tokens.take(token, owner);
  return taken === null ? refuse('auth-repeated') : { kind: 'admitted', mailbox, ...taken };
}

const hashOf = (key: KeyObject, claim: Claim, password: string): string =>
  createHmac('sha256', key).update(signedText(claim, password)).digest('hex');

function sameHash(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(right, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}
