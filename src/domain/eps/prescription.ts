/** The record of one prescription: which file answers which command, where it stands in lists, and what queues are told. */
import type { Decision, DecisionContext, ListPlace, OutboxEntry, RecordKind } from '../../engine/record-kind.ts';
import { brought, nextActivity } from './activity.ts';
import { decideCancelItem } from './cancel-item.ts';
import type { PrescriptionCommand, PrescriptionQuery } from './commands.ts';
import { decideNotifyDispense, decideWithdraw } from './dispense.ts';
import { decideChangeNomination, decideHandOver, decideNoteDeath, decideTakeOver } from './follow-patient.ts';
import { decidePlaceClaim } from './place-claim.ts';
import { decidePlaceOrder } from './place-order.ts';
import { ACTIVITY_LIST, PRESCRIPTION, patientList, statusOf } from './prescription-state.ts';
import type { Prescription } from './prescription-state.ts';
import { queueTarget } from './queue-entry.ts';
import { refuse } from './refusals.ts';
import { decideRelease, decideReturn } from './release.ts';

export const prescription: RecordKind<Prescription, PrescriptionCommand, PrescriptionQuery> = {
  name: PRESCRIPTION,
  decode: ({ body }) => JSON.parse(body) as Prescription,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),

  decide(state, command, context) {
    const decision = decided(state, command, context);
    if (decision.kind !== 'accepted') return decision;
    const queued = queueChanges(state, decision.state, { command, now: context.now });
    return queued.length === 0 ? decision : { ...decision, outbox: [...decision.outbox, ...queued] };
  },

  view(record) {
    const state = record?.state();
    if (record === null || state === undefined || state.purged === true) return refuse('PRESCRIPTION_NOT_FOUND');
    if (state.movedTo !== undefined) return { kind: 'moved', key: state.movedTo };
    return { kind: 'found', body: record.body };
  },

  lists(state): readonly ListPlace[] {
    if (state.purged === true || state.movedTo !== undefined) return [];
    const next = nextActivity(state);
    const own = { list: patientList(state.nhsNumber), position: timePosition(state.storedAt), note: statusOf(state) };
    if (next === null) return [own];
    return [own, { list: ACTIVITY_LIST, position: timePosition(next.at), note: next.activity }];
  },
};

/** Times as text that sorts; times before 1970 count as 1970. */
export const timePosition = (at: number): string => String(Math.max(0, Math.round(at))).padStart(15, '0');

function decided(
  state: Prescription | null,
  command: PrescriptionCommand,
  context: DecisionContext,
): Decision<Prescription> {
  switch (command.name) {
    case 'place-order':
      return decidePlaceOrder(state, command, context);
    case 'cancel-item':
      return decideCancelItem(state, command, context);
    case 'release':
      return decideRelease(state, command, context);
    case 'return':
      return decideReturn(state, command, context);
    case 'notify-dispense':
      return decideNotifyDispense(state, command, context);
    case 'withdraw':
      return decideWithdraw(state, command, context);
    case 'claim':
      return decidePlaceClaim(state, command, context);
    case 'tick':
      return decideTick(state, command.asOf);
    case 'change-nomination':
      return decideChangeNomination(state, command, context);
    case 'note-death':
      return decideNoteDeath(state, context);
    case 'hand-over':
      return decideHandOver(state, command, context);
    case 'take-over':
      return decideTakeOver(state, command);
  }
}

function decideTick(state: Prescription | null, asOf: number): Decision<Prescription> {
  const reply = { body: '' };
  const next = state === null ? null : brought(state, asOf);
  if (next === null || next === state) return { kind: 'unchanged', reply };
  return { kind: 'accepted', state: next, outbox: [], reply };
}

/** In whose queue a prescription waits: nominated, to be dispensed, and not taken back from a dispenser. */
export function queueOf(state: Prescription | null): string | null {
  return state !== null && statusOf(state) === '0001' ? (state.nominated ?? null) : null;
}

interface Cause {
  readonly command: PrescriptionCommand;
  readonly now: number;
}

/**
 * A queue is told of what enters and leaves it. What the nominated dispenser takes itself, out of the queue or by its id,
 * is settled when it next looks into the queue; what moves to another NHS number is told anew by whoever takes it over.
 */
function queueChanges(
  before: Prescription | null,
  after: Prescription,
  { command, now }: Cause,
): readonly OutboxEntry[] {
  const [from, to] = [queueOf(before), queueOf(after)];
  if (from === to) return [];
  const { id, nhsNumber } = after;
  const leaves = from !== null && from !== to && command.name !== 'hand-over' && !isTakenBy(from, command);
  return [
    ...(leaves ? [{ target: queueTarget(from), type: 'dequeue', payload: JSON.stringify({ ods: from, id }) }] : []),
    ...(to === null
      ? []
      : [{ target: queueTarget(to), type: 'enqueue', payload: JSON.stringify({ ods: to, id, nhsNumber, at: now }) }]),
  ];
}

const isTakenBy = (ods: string, command: PrescriptionCommand): boolean =>
  command.name === 'release' && command.dispenser.ods === ods;
