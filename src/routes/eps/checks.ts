/** The checks that each message passes before any record is asked, and the answer where it does not. */
import type { MessageIssue, SignatureVerifier } from '../../domain/eps/message-issue.ts';
import { isTimed } from '../../domain/eps/wire/issues.ts';
import type { Answer } from '../respond.ts';
import type { EpsCall } from './call.ts';
import { outcome } from './outcome.ts';
import { signatureFaults } from './signature-verification.ts';
import { trustOf } from './trust-store.ts';

/** What was found wrong, as the client is told; a value that no sense can be made of without a time. */
export const faulty = (issues: readonly MessageIssue[], now: number): Answer =>
  outcome(issues, isTimed(issues) ? { now } : {});

/** Against the trust store as it is now. */
export const signatureVerifier =
  ({ context }: EpsCall): SignatureVerifier =>
  async (orderText, now) =>
    signatureFaults(orderText, now, await trustOf(context));
