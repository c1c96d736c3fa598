/** What becomes of a prescription when its patient names another pharmacy, dies, or gets another NHS number. */
import type { Decision, DecisionContext, OutboxEntry } from '../../engine/record-kind.ts';
import { brought } from './activity.ts';
import { cancelEverywhere, logged, rollOn } from './change.ts';
import type { ChangeNomination, HandOver, TakeOver } from './commands.ts';
import { currentIssue } from './prescription-state.ts';
import type { PendingCancellation, Prescription } from './prescription-state.ts';
import { CANCELLABLE, COMPLETED } from './statuses.ts';

const UNCHANGED: Decision<Prescription> = { kind: 'unchanged', reply: { body: '' } };

/** Spine's own code, under which the service itself cancels. */
export const SPINE = 'X2601';
const DEATH = { code: '0007', display: 'Notification of Death' };

/**
 * What is still with the service and waits where the patient's nomination was goes where it is now. A pharmacy that was
 * named for this prescription alone keeps it, and what came back from a dispenser goes nowhere.
 */
export function decideChangeNomination(
  state: Prescription | null,
  { ods }: ChangeNomination,
  { now, nextVersion }: DecisionContext,
): Decision<Prescription> {
  const issue = state === null ? undefined : currentIssue(state);
  if (state === null || issue === undefined || state.movedTo !== undefined) return UNCHANGED;
  const { nominated, patientPharmacy, ...rest } = brought(state, now);
  if (patientPharmacy === ods || COMPLETED.includes(issue.status)) return UNCHANGED;
  const seen: Prescription = { ...rest, ...(ods === undefined ? {} : { patientPharmacy: ods }) };
  const follows = state.order?.siteType === 'P1' && nominated !== undefined && nominated === patientPharmacy;
  if (!follows) return accepted({ ...seen, ...(nominated === undefined ? {} : { nominated }) });
  const after: Prescription = {
    ...seen,
    ...(ods === undefined ? {} : { nominated: ods }),
    formerNominations: [...rest.formerNominations, nominated],
  };
  const noted = { at: now, event: 'nomination-changed', messageId: `service/nomination/${nextVersion}` } as const;
  return accepted(logged(state, after, { ...noted, ...(ods === undefined ? {} : { note: ods }) }));
}

/** Nobody will take it: what is with the service is cancelled, what a dispenser holds is marked. */
export function decideNoteDeath(state: Prescription | null, { now }: DecisionContext): Decision<Prescription> {
  if (state === null || state.movedTo !== undefined || state.log.some(({ event }) => event === 'deceased'))
    return UNCHANGED;
  const before = brought(state, now);
  const issue = currentIssue(before);
  if (issue === undefined || COMPLETED.includes(issue.status)) return UNCHANGED;
  const after = CANCELLABLE.includes(issue.status) ? allCancelled(before, now) : allMarked(before, now);
  const noted = { at: now, event: 'deceased', messageId: 'service/deceased', note: DEATH.code } as const;
  return accepted(logged(before, after, { ...noted, issue: issue.number }));
}

function allCancelled(before: Prescription, now: number): Prescription {
  const indexes = (before.order?.items ?? []).map((_, index) => index);
  const cancel = (state: Prescription, index: number) => cancelEverywhere(state, { index, reason: DEATH }, now);
  return rollOn(indexes.reduce(cancel, before), now);
}

function allMarked(before: Prescription, at: number): Prescription {
  const waiting = (before.order?.items ?? []).filter(({ id }) => !before.pending.some(({ item }) => item === id));
  const marks = waiting.map(({ id }): PendingCancellation => ({
    item: id,
    reason: DEATH,
    messageId: `service/deceased/${id}`,
    at,
    organization: SPINE,
  }));
  return { ...before, pending: [...before.pending, ...marks] };
}

/** The order's text travels ahead of the record: who finds the record finds its text. */
export function decideHandOver(
  state: Prescription | null,
  { to, orderText }: HandOver,
  { now, nextVersion }: DecisionContext,
): Decision<Prescription> {
  if (state === null || state.movedTo !== undefined || state.purged === true) return UNCHANGED;
  const moved = { ...state, nhsNumber: to };
  const noted = { at: now, event: 'merged', messageId: `service/merged/${nextVersion}`, note: to } as const;
  const prescription = logged(state, moved, noted);
  const target = `patient-shard/${to}`;
  const key = `${to}/${state.id}`;
  const text: OutboxEntry = { target, type: 'keep-order', payload: JSON.stringify({ key, text: orderText }) };
  const record: OutboxEntry = { target, type: 'take-over', payload: JSON.stringify({ key, prescription }) };
  const { id, nhsNumber, storedAt, expiresAt } = state;
  const left: Prescription = {
    id,
    nhsNumber,
    storedAt,
    expiresAt,
    issues: [],
    current: 0,
    formerNominations: [],
    pending: [],
    log: [],
    movedTo: to,
  };
  const outbox = orderText === '' ? [record] : [text, record];
  return { kind: 'accepted', state: left, outbox, reply: { body: '' } };
}

/** The id is unique in the land, so nothing but an earlier, forwarded copy can be here. */
export function decideTakeOver(state: Prescription | null, { prescription }: TakeOver): Decision<Prescription> {
  if (state !== null && state.movedTo === undefined && state.order !== undefined) return UNCHANGED;
  if (state !== null && state.order === undefined && prescription.order === undefined) return UNCHANGED;
  const payload = JSON.stringify({ key: prescription.id, nhsNumber: prescription.nhsNumber });
  const relocate: OutboxEntry = { target: `locator-shard/${prescription.id}`, type: 'relocate', payload };
  return { kind: 'accepted', state: prescription, outbox: [relocate], reply: { body: '' } };
}

function accepted(state: Prescription): Decision<Prescription> {
  return { kind: 'accepted', state, outbox: [], reply: { body: '' } };
}
