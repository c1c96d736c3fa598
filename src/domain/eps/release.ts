/** A prescription is handed to a dispenser, by its id or out of the queue, exactly once; and comes back. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { brought } from './activity.ts';
import { beginMessage } from './begin-message.ts';
import { cancelEverywhere, inStatus, issueMeant, logged, rollOn, withIssue } from './change.ts';
import type { Release, ReturnPrescription } from './commands.ts';
import { currentIssue } from './prescription-state.ts';
import type { IssueItem, Prescription, PrescriptionIssue, PrescriptionStatus } from './prescription-state.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusalCode } from './refusals.ts';
import { FROM } from './statuses.ts';

export interface ReleasedItem extends IssueItem {
  /** ms */
  readonly cancelledAt?: number;
}

/** What a release tells beside the order: the body of its reply, JSON. */
export interface Released {
  readonly issue: number;
  /** As they were before the release. */
  readonly items: readonly ReleasedItem[];
  readonly nominated?: string;
}

const NOT_RELEASED: Readonly<Record<PrescriptionStatus, EpsRefusalCode>> = {
  '0000': 'RESOURCE_NOT_FOUND',
  '0001': 'RESOURCE_NOT_FOUND',
  '0002': 'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
  '0003': 'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
  '0004': 'PRESCRIPTION_EXPIRED',
  '0005': 'PRESCRIPTION_CANCELLED',
  '0006': 'PRESCRIPTION_DISPENSED',
  '0007': 'PRESCRIPTION_DISPENSED',
  '0008': 'PRESCRIPTION_DISPENSED',
  '0009': 'PRESCRIPTION_DISPENSED',
  '9000': 'RESOURCE_NOT_FOUND',
  '9001': 'RESOURCE_NOT_FOUND',
  '9005': 'RESOURCE_NOT_FOUND',
};

export function decideRelease(
  state: Prescription | null,
  command: Release,
  { now }: DecisionContext,
): Decision<Prescription> {
  if (state?.movedTo !== undefined) return refuse('moved', state.movedTo);
  const before = state === null ? null : brought(state, now);
  const issue = before === null || before.deletedAt !== undefined ? undefined : currentIssue(before);
  if (before === null || issue === undefined) return refuse('RESOURCE_NOT_FOUND');
  const { by, dispenser, releaseId } = command;
  const nominated = by === 'nomination';
  const unanswered = nominated && isUnanswered(issue, command);
  if (nominated && before.nominated !== dispenser.ods) return refuse('RESOURCE_NOT_FOUND');
  if (!unanswered && !FROM[nominated ? 'nominated-release' : 'release-by-id'].includes(issue.status))
    return refuse(NOT_RELEASED[issue.status]);
  const { readyAt: _due, ...rest } = inStatus(issue, '0002', now);
  const held: PrescriptionIssue = {
    ...rest,
    dispenser,
    releaseId,
    releasedAt: now,
    items: issue.items.map((item) => (item.status === '0007' ? { ...item, status: '0008' } : item)),
  };
  const event = nominated ? 'nominated-release' : 'release';
  const noted = { at: now, event, messageId: releaseId, organization: dispenser.ods } as const;
  const told: Released = {
    issue: issue.number,
    items: toldItems(before, unanswered ? backWithService(issue, now) : issue),
    ...(before.nominated === undefined ? {} : { nominated: before.nominated }),
  };
  const after = logged(before, withIssue(before, held), noted);
  return { kind: 'accepted', state: after, outbox: [], reply: { body: JSON.stringify(told) } };
}

/** A dispenser is told since when an item is cancelled. */
function toldItems({ log, order }: Prescription, { items }: PrescriptionIssue): readonly ReleasedItem[] {
  return items.map((item, index) => {
    if (item.status !== '0005') return item;
    const id = order?.items[index]?.id;
    const entry = log.find((known) => CANCELLED.has(known.event) && (known.item === id || known.item === undefined));
    return entry === undefined ? item : { ...item, cancelledAt: entry.at };
  });
}

const CANCELLED: ReadonlySet<string> = new Set(['cancelled', 'subsequent-cancellation', 'deceased']);

/** Taken by a release of this dispenser whose answer never went out. */
const isUnanswered = ({ dispenser, releaseId, status }: PrescriptionIssue, command: Release): boolean =>
  status === '0002' &&
  dispenser?.ods === command.dispenser.ods &&
  releaseId !== undefined &&
  (command.again ?? []).includes(releaseId);

export function decideReturn(
  state: Prescription | null,
  command: ReturnPrescription,
  context: DecisionContext,
): Decision<Prescription> {
  const begun = beginMessage(state, command.messageId, context);
  if (begun.kind !== 'begun') return begun;
  const { before } = begun;
  const { now } = context;
  const issue = issueMeant(before, command.issue);
  const mine = command.releaseId === undefined || command.releaseId === issue?.releaseId;
  if (issue === undefined || !mine || !FROM.return.includes(issue.status))
    return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const { messageId, organization, reason } = command;
  const noted = { at: now, event: 'return', messageId, organization, note: reason, issue: issue.number } as const;
  const returned = logged(before, denominated(withIssue(before, backWithService(issue, now))), noted);
  return { kind: 'accepted', state: pendingApplied(returned, now), outbox: [], reply: { body: '' } };
}

function backWithService(issue: PrescriptionIssue, now: number): PrescriptionIssue {
  const { dispenser: _dispenser, releaseId: _release, releasedAt: _at, ...rest } = inStatus(issue, '0001', now);
  return { ...rest, items: issue.items.map((item) => (item.status === '0008' ? { ...item, status: '0007' } : item)) };
}

/** What came back never enters a queue again: the patient has to bring it somewhere. */
function denominated({ nominated, ...rest }: Prescription): Prescription {
  return nominated === undefined ? rest : { ...rest, formerNominations: [...rest.formerNominations, nominated] };
}

/** Cancellations that waited for the dispenser are carried out now. */
export function pendingApplied(prescription: Prescription, now: number): Prescription {
  let state: Prescription = { ...prescription, pending: [] };
  for (const { item, reason, messageId, organization } of prescription.pending) {
    const index = prescription.order?.items.findIndex(({ id }) => id === item) ?? -1;
    const cancelled = rollOn(cancelEverywhere(state, { index, reason }, now), now);
    const noted = {
      at: now,
      event: 'subsequent-cancellation',
      messageId: `${messageId}/applied`,
      organization,
    } as const;
    state = logged(state, cancelled, { ...noted, item, note: reason.code });
  }
  return state;
}
