/** A prescriber takes one item back: at once, once the dispenser returns it, or not any more. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { brought } from './activity.ts';
import { cancelEverywhere, logged, rollOn } from './change.ts';
import type { CancelItem } from './commands.ts';
import { EXPIRY_MONTHS, addMonths } from './periods.ts';
import { currentIssue } from './prescription-state.ts';
import type { PendingCancellation, Prescription, PrescriptionIssue } from './prescription-state.ts';
import { refuse } from './refusals.ts';
import { CANCELLABLE, ITEM_NOT_CANCELLED, WITH_DISPENSER } from './statuses.ts';
import type { CancelOutcome } from './statuses.ts';

/** The outcome is in the attributes of the reply; the issue says who holds it. */
export function decideCancelItem(
  state: Prescription | null,
  command: CancelItem,
  context: DecisionContext,
): Decision<Prescription> {
  if (state?.movedTo !== undefined) return refuse('moved', state.movedTo);
  if (state?.purged === true) return refuse('R-0008');
  if (state?.order === undefined) return placeholder(state, command, context);
  const before = brought(state, context.now);
  const told = outcomeBefore(before, command.messageId);
  if (told !== null) return { kind: 'unchanged', reply: replyOf(before, told) };
  const index = before.order?.items.findIndex(({ id }) => id === command.item) ?? -1;
  const issue = issueMeant(before, index);
  if (issue === undefined) return refuse('R-0008');
  return judged(before, { command, index, issue }, context.now);
}

/** The current issue; where it is finished, the last one in which the item was still alive decides what is told. */
function issueMeant(prescription: Prescription, index: number): PrescriptionIssue | undefined {
  const issue = currentIssue(prescription);
  return issue?.items[index] === undefined ? undefined : issue;
}

interface Meant {
  readonly command: CancelItem;
  readonly index: number;
  readonly issue: PrescriptionIssue;
}

function judged(before: Prescription, meant: Meant, now: number): Decision<Prescription> {
  const { command, index, issue } = meant;
  const item = issue.items[index];
  const { reason } = command;
  const finished = item === undefined ? undefined : ITEM_NOT_CANCELLED[item.status];
  if (finished !== undefined) return noted(before, command, { outcome: finished, now });
  if (CANCELLABLE.includes(issue.status)) {
    const cancelled = rollOn(cancelEverywhere(before, { index, reason }, now), now);
    const { messageId, organization, item: id } = command;
    const entry = { at: now, event: 'cancelled', messageId, organization, item: id, note: 'R-0001' } as const;
    return accepted(logged(before, cancelled, { ...entry, issue: issue.number }), 'R-0001');
  }
  if (!WITH_DISPENSER.includes(issue.status)) return noted(before, command, { outcome: 'R-0004', now });
  return marked(before, command, { outcome: issue.status === '0002' ? 'R-0002' : 'R-0003', now });
}

interface Judgement {
  readonly outcome: CancelOutcome;
  readonly now: number;
}

/** Kept until the dispenser has decided. The same organisation may ask again; another one is told so. */
function marked(before: Prescription, command: CancelItem, { outcome, now }: Judgement): Decision<Prescription> {
  const waiting = before.pending.find(({ item }) => item === command.item);
  if (waiting !== undefined) {
    return noted(before, command, { outcome: waiting.organization === command.organization ? outcome : 'R-0007', now });
  }
  const pending = [...before.pending, pendingOf(command, now)];
  const { messageId, organization, item } = command;
  const entry = { at: now, event: 'cancel-pending', messageId, organization, item, note: outcome } as const;
  return accepted(logged(before, { ...before, pending }, entry), outcome);
}

const pendingOf = ({ item, reason, messageId, organization }: CancelItem, at: number): PendingCancellation => ({
  item,
  reason,
  messageId,
  at,
  organization,
});

/** Refused, and written down. */
function noted(before: Prescription, command: CancelItem, { outcome, now }: Judgement): Decision<Prescription> {
  const { messageId, organization, item } = command;
  const entry = { at: now, event: 'cancel-refused', messageId, organization, item, note: outcome } as const;
  return accepted(logged(before, before, entry), outcome);
}

function accepted(state: Prescription, outcome: CancelOutcome): Decision<Prescription> {
  return { kind: 'accepted', state, outbox: [], reply: replyOf(state, outcome) };
}

/** `body` is the dispenser that holds it or held it, JSON, or ''. */
function replyOf(state: Prescription, outcome: CancelOutcome) {
  const dispenser = currentIssue(state)?.dispenser;
  return { body: dispenser === undefined ? '' : JSON.stringify(dispenser), attributes: { outcome } };
}

function outcomeBefore({ log }: Prescription, messageId: string): CancelOutcome | null {
  const entry = log.find((known) => known.messageId === messageId && known.item !== undefined);
  return (entry?.note as CancelOutcome | undefined) ?? null;
}

/** Nothing was ordered yet: told so, but remembered, so that the order is cancelled when it comes. */
function placeholder(
  state: Prescription | null,
  command: CancelItem,
  { key, now }: DecisionContext,
): Decision<Prescription> {
  if (!command.mayPlace) return refuse('R-0008');
  const slash = key.indexOf('/');
  const begun: Prescription = state ?? {
    id: key.slice(slash + 1),
    nhsNumber: key.slice(0, slash),
    storedAt: now,
    expiresAt: addMonths(now, EXPIRY_MONTHS),
    issues: [],
    current: 0,
    formerNominations: [],
    pending: [],
    log: [],
  };
  const known = begun.pending.some(({ item }) => item === command.item);
  const pending = known ? begun.pending : [...begun.pending, pendingOf(command, now)];
  const { messageId, organization, item } = command;
  const entry = { at: now, event: 'cancel-pending', messageId, organization, item, note: 'R-0008' } as const;
  const next = logged(state, { ...begun, pending }, entry);
  return { kind: 'accepted', state: next, outbox: [], reply: { body: '', attributes: { outcome: 'R-0008' } } };
}
