/** What a dispenser tells about the issue it holds, mends, and takes back again. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { beginMessage } from './begin-message.ts';
import { inStatus, issueMeant, logged, rollBack, rollOn, withIssue } from './change.ts';
import type { NotifyDispense, Withdraw } from './commands.ts';
import type {
  DispensedItem,
  DispenseNotification,
  IssueItem,
  Prescription,
  PrescriptionIssue,
} from './prescription-state.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { pendingApplied } from './release.ts';
import { COMPLETED, DISPENSE_RESULTS, FROM, ITEMS_ALLOWED, ITEM_MOVES, WITHDRAWABLE } from './statuses.ts';

/** What the message starts from: the issue as it is, or as it was before the notification that is amended. */
interface Start {
  readonly prescription: Prescription;
  readonly issue: PrescriptionIssue;
}

export function decideNotifyDispense(
  state: Prescription | null,
  command: NotifyDispense,
  context: DecisionContext,
): Decision<Prescription> {
  const begun = beginMessage(state, command.messageId, context);
  if (begun.kind !== 'begun') return begun;
  const { before, order } = begun;
  const { now } = context;
  const issue = issueMeant(before, command.issue);
  if (command.issues !== undefined && order.treatmentType === '0003' && command.issues !== order.issues)
    return refuse('MISMATCH_AUTHORISED_REPEAT_COUNT');
  if (issue === undefined) return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const start = command.replaces === undefined ? { prescription: before, issue } : undone(before, issue, command, now);
  if ('kind' in start) return start;
  const items = itemsAfter(start, command);
  if ('kind' in items) return items;
  const after = dispensed(start, { command, items }, now);
  const { messageId, organization, replaces } = command;
  const event = replaces === undefined ? 'dispense' : 'dispense-amend';
  const noted = { at: now, event, messageId, organization: organization.ods, issue: issue.number } as const;
  const log = logged(before, after, noted);
  return { kind: 'accepted', state: finished(log, { issue: issue.number, now }), outbox: [], reply: { body: '' } };
}

/** The issue as it was before its last notification, which must be the one named. */
function undone(
  prescription: Prescription,
  issue: PrescriptionIssue,
  { replaces }: Pick<NotifyDispense, 'replaces'>,
  now: number,
): Start | EpsRefusal {
  const last = issue.notifications.at(-1);
  if (last === undefined || last.id !== replaces) return refuse('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
  if (!WITHDRAWABLE.includes(issue.status)) return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const back = rollBack(prescription, issue.number, now);
  if (back === null) return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const restored = restoredTo(issue, last, 'amended');
  return { prescription: withIssue(back, restored), issue: restored };
}

function restoredTo(
  issue: PrescriptionIssue,
  last: DispenseNotification,
  ended: 'amended' | 'withdrawn',
): PrescriptionIssue {
  const { before, ...told } = last;
  const { lastDispensedAt: _at, ...rest } = issue;
  return {
    ...rest,
    status: before.status,
    items: before.items,
    ...(before.lastDispensedAt === undefined ? {} : { lastDispensedAt: before.lastDispensedAt }),
    notifications: issue.notifications.slice(0, -1),
    pastNotifications: [...issue.pastNotifications, { ...told, ended }],
  };
}

/** Every ordered item is told, in one line or in several that agree, and each move is one that an item can make. */
function itemsAfter({ prescription, issue }: Start, command: NotifyDispense): readonly IssueItem[] | EpsRefusal {
  const ordered = prescription.order?.items ?? [];
  const told = new Map(command.items.map((item) => [item.id, item]));
  if (told.size !== ordered.length || ordered.some(({ id }) => !told.has(id)))
    return refuse('MEDICATIONREQUEST_NOT_FOUND');
  const torn = command.items.some(({ id, status }) => told.get(id)?.status !== status);
  if (torn) return refuse('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
  const results = DISPENSE_RESULTS.includes(command.status);
  if (!results || !FROM.dispense.includes(issue.status)) return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const allowed = ITEMS_ALLOWED[command.status];
  const items: IssueItem[] = [];
  for (const [index, { id }] of ordered.entries()) {
    const current = issue.items[index];
    const next = told.get(id);
    if (current === undefined || next === undefined) return refuse('MEDICATIONREQUEST_NOT_FOUND');
    if (!ITEM_MOVES[current.status].includes(next.status) || !allowed.includes(next.status))
      return refuse('MEDICATIONREQUEST_INVALID_STATE_TRANSITION');
    items.push(itemAfter(current, next));
  }
  return items;
}

function itemAfter(current: IssueItem, { status, reason }: DispensedItem): IssueItem {
  if (current.status === status) return current;
  return { status, ...(reason === undefined ? {} : { notDispensedReason: reason.code }) };
}

interface Told {
  readonly command: NotifyDispense;
  readonly items: readonly IssueItem[];
}

function dispensed({ prescription, issue }: Start, { command, items }: Told, now: number): Prescription {
  const { messageId, organization, status } = command;
  const { lastDispensedAt } = issue;
  const before = {
    status: issue.status,
    items: issue.items,
    ...(lastDispensedAt === undefined ? {} : { lastDispensedAt }),
  };
  const notification = { id: messageId, at: now, status, organization, items: command.items, before };
  return withIssue(prescription, {
    ...inStatus(issue, status, now),
    items,
    lastDispensedAt: now,
    notifications: [...issue.notifications, notification],
  });
}

/** Cancellations of what is dispensed now came too late; those of later issues are carried out. */
function finished(prescription: Prescription, { issue, now }: { issue: number; now: number }): Prescription {
  const held = prescription.issues[issue - 1];
  if (held === undefined) return prescription;
  if (COMPLETED.includes(held.status)) {
    const rolled = rollOn(prescription, now);
    return rolled.current === issue ? { ...rolled, pending: [] } : pendingApplied(rolled, now);
  }
  const over = held.items.map(({ status }) => status === '0001' || status === '0002');
  const late = (item: string) => over[prescription.order?.items.findIndex(({ id }) => id === item) ?? -1] === true;
  return { ...prescription, pending: prescription.pending.filter(({ item }) => !late(item)) };
}

/** The last notification is taken back, and the issue is what it was before. */
export function decideWithdraw(
  state: Prescription | null,
  command: Withdraw,
  context: DecisionContext,
): Decision<Prescription> {
  const begun = beginMessage(state, command.messageId, context);
  if (begun.kind !== 'begun') return begun;
  const { before, order } = begun;
  const { now } = context;
  const issue = issueMeant(before, command.issue);
  if (issue === undefined || !WITHDRAWABLE.includes(issue.status))
    return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const last = issue.notifications.at(-1);
  if (last === undefined || last.id !== command.notification) return refuse('DISPENSE_AMEND_IDENTIFIER_MISMATCH');
  const back = rollBack(before, issue.number, now);
  if (back === null) return refuse('PRESCRIPTION_INVALID_STATE_TRANSITION');
  const restored = restoredTo(issue, last, 'withdrawn');
  // An issue of repeat dispensing that was begun stays begun.
  const active = order.treatmentType === '0003' && restored.status === '0002';
  const held = inStatus({ ...restored, status: issue.status }, active ? '0003' : restored.status, now);
  const { messageId, organization, reason } = command;
  const noted = { at: now, event: 'withdraw', messageId, organization, note: reason, issue: issue.number } as const;
  return { kind: 'accepted', state: logged(before, withIssue(back, held), noted), outbox: [], reply: { body: '' } };
}
