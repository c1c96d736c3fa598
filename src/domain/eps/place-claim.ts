/** A dispenser asks to be paid for an issue, and may mend the claim while its period lasts. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { beginMessage } from './begin-message.ts';
import { inStatus, issueMeant, logged, withIssue } from './change.ts';
import type { PlaceClaim } from './commands.ts';
import { claimPeriodEnd } from './periods.ts';
import type { Prescription, PrescriptionIssue } from './prescription-state.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { FROM } from './statuses.ts';

export function decidePlaceClaim(
  state: Prescription | null,
  command: PlaceClaim,
  context: DecisionContext,
): Decision<Prescription> {
  const { claim, replaces } = command;
  const begun = beginMessage(state, claim.id, context);
  if (begun.kind !== 'begun') return begun;
  const { before } = begun;
  const { now } = context;
  const issue = issueClaimed(before, command);
  const fault =
    claimFault(before, issue, command) ?? (replaces === undefined ? null : amendFault(issue, replaces, now));
  if (fault !== null || issue === undefined) return fault ?? refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const kept = replaces === undefined ? issue.claims : issue.claims.slice(0, -1);
  const claimed = { ...inStatus(issue, '0008', now), claims: [...kept, { ...claim, at: now }] };
  const noted = {
    at: now,
    event: replaces === undefined ? 'claim' : 'claim-amend',
    messageId: claim.id,
    organization: claim.organization.ods,
    issue: issue.number,
  } as const;
  return {
    kind: 'accepted',
    state: logged(before, withIssue(before, claimed), noted),
    outbox: [],
    reply: { body: '' },
  };
}

/** A claim that names no issue is for the last one that can be claimed for, else for the current one. */
function issueClaimed(prescription: Prescription, { issue, replaces }: PlaceClaim): PrescriptionIssue | undefined {
  if (issue !== undefined) return issueMeant(prescription, issue);
  const from = FROM[replaces === undefined ? 'claim' : 'claim-amend'];
  const ready = prescription.issues.findLast(({ status }) => from.includes(status));
  return ready ?? prescription.issues[prescription.current - 1];
}

function claimFault(
  { order }: Prescription,
  issue: PrescriptionIssue | undefined,
  { items, replaces }: PlaceClaim,
): EpsRefusal | null {
  if (items.some((item) => !order?.items.some(({ id }) => id === item))) return refuse('MEDICATIONREQUEST_NOT_FOUND');
  const from = FROM[replaces === undefined ? 'claim' : 'claim-amend'];
  return issue !== undefined && from.includes(issue.status) ? null : refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
}

function amendFault(issue: PrescriptionIssue | undefined, replaces: string, now: number): EpsRefusal | null {
  const last = issue?.claims.at(-1);
  if (last === undefined || last.id !== replaces) return refuse('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
  return now < claimPeriodEnd(last.at) ? null : refuse('CLAIM_AMEND_PERIOD_ISSUE');
}
