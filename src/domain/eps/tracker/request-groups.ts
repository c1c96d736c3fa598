/** What the clinical tracker shows of a patient's prescriptions: one group of requests for each issue. */
import type { PrescriptionIssue } from '../prescription-state.ts';
import { at, identifierOf, objectsIn, textAt, textsIn } from '../wire/json.ts';
import { MessageBundle } from '../wire/message-bundle.ts';
import {
  NHS,
  ORDER_NUMBER,
  PENDING,
  STATUS_HISTORY,
  businessStatus,
  intentOf,
  isoInstant,
  pendingIn,
  repeatExtension,
  urn,
} from './words.ts';
import type { NewId, Ordered } from './words.ts';

export interface Shown {
  readonly prescription: Ordered;
  /** The order as it was sent, parsed; null where it is not kept any more. */
  readonly order: unknown;
}

export interface Entry {
  readonly fullUrl: string;
  readonly search: { readonly mode: 'match' | 'include' };
  readonly resource: object;
}

/** The patient as the newest order names him. */
export function patientFacts(order: unknown) {
  const patient = new MessageBundle(order).all('Patient')[0];
  const name = objectsIn(patient?.['name']).map((one) => ({
    ...(textsIn(one['prefix']).length === 0 ? {} : { prefix: textsIn(one['prefix']) }),
    ...(textsIn(one['suffix']).length === 0 ? {} : { suffix: textsIn(one['suffix']) }),
    ...(textsIn(one['given']).length === 0 ? {} : { given: textsIn(one['given']) }),
    ...(textAt(one, 'family') === '' ? {} : { family: textAt(one, 'family') }),
  }));
  return {
    nhsNumber: identifierOf(at(patient, 'identifier'), NHS),
    name,
    birthDate: textAt(patient, 'birthDate'),
    gender: textAt(patient, 'gender'),
    address: objectsIn(patient?.['address']),
  };
}

export function searchGroups(found: readonly Shown[], nhsNumber: string, newId: NewId): object {
  const groups = found.flatMap((shown) => shown.prescription.issues.map((issue) => ({ shown, issue })));
  if (groups.length === 0) return { resourceType: 'Bundle', type: 'searchset', total: 0, entry: [] };
  const patientUrl = urn(newId());
  const { name } = patientFacts(found.at(-1)?.order);
  const patient = { resourceType: 'Patient', identifier: [{ system: NHS, value: nhsNumber }], name };
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: groups.length,
    entry: [
      { fullUrl: patientUrl, search: { mode: 'include' }, resource: patient },
      ...groups.map(({ issue, shown }) => ({
        fullUrl: urn(newId()),
        search: { mode: 'match' },
        resource: group(shown.prescription, issue, patientUrl),
      })),
    ],
  };
}

function group(prescription: Ordered, issue: PrescriptionIssue, patient: string): object {
  const { order } = prescription;
  const pending = pendingIn(prescription, issue);
  return {
    resourceType: 'RequestGroup',
    identifier: [{ system: ORDER_NUMBER, value: order.shortId }],
    subject: { reference: patient },
    status: prescription.deletedAt === undefined ? 'active' : 'completed',
    intent: intentOf(prescription),
    authoredOn: isoInstant(order.signedAt),
    extension: [
      { url: STATUS_HISTORY, extension: [{ url: 'status', valueCoding: businessStatus(issue.status) }] },
      ...repeatExtension(prescription, issue),
      {
        url: PENDING,
        extension: [
          { url: 'prescriptionPendingCancellation', valueBoolean: pending.all },
          { url: 'lineItemPendingCancellation', valueBoolean: pending.any },
        ],
      },
    ],
  };
}
