/** The history of one issue as the clinical tracker tells it. */
import type { LogEntry, PrescriptionEvent, PrescriptionIssue } from '../prescription-state.ts';
import { ODS, businessStatus, isoInstant } from './words.ts';
import type { Ordered } from './words.ts';

const PARTICIPANT =
  'http://hl7.org/fhir/5.0/StructureDefinition/extension-RequestOrchestration.action.participant.typeReference';
const MARKED = 'Prescription/item was not cancelled. With dispenser. Marked for cancellation';
const ROUTINE = 'Updated by Routine Admin Batch worker';

/** Null: nothing that this tracker knows. */
const TITLES: Readonly<Record<PrescriptionEvent, string | null>> = {
  order: 'Prescription upload successful',
  release: 'Release Request successful',
  'nominated-release': 'Nominated Release Request successful',
  return: 'Dispense proposal return successful',
  dispense: 'Dispense notification successful',
  'dispense-amend': 'Dispense notification successful',
  withdraw: 'Dispense Withdrawal successful',
  claim: 'Dispense claim successful',
  'claim-amend': 'Dispense claim successful',
  cancelled: 'Prescription/item was cancelled',
  'cancel-pending': MARKED,
  'cancel-refused': null,
  'subsequent-cancellation': 'Subsequent cancellation',
  ready: ROUTINE,
  expired: ROUTINE,
  'no-claim': ROUTINE,
  'nomination-changed': 'Administrative update successful',
  deceased: 'Administrative update successful',
  merged: 'Administrative update successful',
  deleted: 'Updated by Document Batch worker',
  purged: 'Updated by Document Batch worker',
};

/** Events of other issues are left out, but for the upload, which was all of theirs. */
export function statusTransitions(
  { log, order }: Ordered,
  { number }: PrescriptionIssue,
  dispenses: ReadonlyMap<string, readonly string[]>,
): readonly object[] {
  return log.flatMap((entry) => {
    const title = TITLES[entry.event];
    if (title === null || (entry.issue !== number && entry.event !== 'order')) return [];
    return [transition(entry, { title, ods: entry.organization ?? order.prescriber.ods, dispenses })];
  });
}

interface Told {
  readonly title: string;
  readonly ods: string;
  readonly dispenses: ReadonlyMap<string, readonly string[]>;
}

function transition({ at, messageId, to }: LogEntry, { dispenses, ods, title }: Told): object {
  const told = dispenses.get(messageId);
  const notification = { system: 'https://tools.ietf.org/html/rfc4122', code: messageId.toUpperCase() };
  return {
    title,
    timingDateTime: isoInstant(at),
    code: [{ coding: [businessStatus(to)] }, ...(told === undefined ? [] : [{ coding: [notification] }])],
    participant: [{ extension: [{ url: PARTICIPANT, valueReference: { identifier: { system: ODS, value: ods } } }] }],
    ...(told === undefined ? {} : { action: told.map((reference) => ({ resource: { reference } })) }),
  };
}
