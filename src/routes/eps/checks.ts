/** The checks that each message passes before any record is asked, and the answer where it does not. */
import type { MessageIssue, SignatureVerifier } from '../../domain/eps/message-issue.ts';
import { isTimed } from '../../domain/eps/wire/issues.ts';
import type { Trust } from '../../domain/eps/wire/trust.ts';
import type { Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import { StandingUnknown } from '../standing.ts';
import type { EpsCall } from './call.ts';
import { outcome } from './outcome.ts';
import { signatureFaults } from './signature-verification.ts';
import { trustOf } from './trust-store.ts';

/** What was found wrong, as the client is told; a value that no sense can be made of without a time. */
export const faulty = (issues: readonly MessageIssue[], now: number): Answer =>
  outcome(issues, isTimed(issues) ? { now } : {});

/** Asked before anything is changed: where nobody can say who is trusted, nothing is begun. */
export async function withVerifier(
  { context }: EpsCall,
  work: (verify: SignatureVerifier) => Promise<Result>,
): Promise<Result> {
  let trust: Trust;
  try {
    trust = await trustOf(context);
  } catch (error) {
    if (error instanceof StandingUnknown) return { kind: 'refused', code: 'overloaded', retryAfterSeconds: 5 };
    throw error;
  }
  return work((orderText, now) => signatureFaults(orderText, now, trust));
}
