/** What the clinical tracker shows of one issue: its items, what was dispensed of them, and everything that happened. */
import { LosslessNumber } from '../../../fhir/lossless-json.ts';
import type {
  DispenseNotification,
  DispensedItem,
  IssueItem,
  PastNotification,
  PrescriptionIssue,
  PrescriptionItem,
  WrittenQuantity,
} from '../prescription-state.ts';
import { statusTransitions } from './status-transitions.ts';
import { patientFacts } from './request-groups.ts';
import type { Entry, Shown } from './request-groups.ts';
import {
  DISPENSING,
  ITEM_NUMBER,
  NHS,
  ODS,
  ORDER_NUMBER,
  PENDING,
  SITE_TYPE,
  STATUS_HISTORY,
  TASK_STATUS,
  TYPE,
  businessStatus,
  cancelReason,
  courseOf,
  intentOf,
  isoInstant,
  itemStatus,
  pendingIn,
  pendingReason,
  prescriptionType,
  repeatExtension,
  urn,
} from './words.ts';
import type { NewId, Ordered } from './words.ts';

const SITES: Readonly<Record<string, string>> = {
  P1: 'Other (e.g. Community Pharmacy)',
  P2: 'Appliance Contractor',
  P3: 'Dispensing Doctor',
  '0004': 'None',
};

const NON_DISPENSING = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-status-reason';

type Notification = DispenseNotification | PastNotification;

/** Gives every organisation one role, and every notification its dispenses. */
class Detail {
  readonly #newId: NewId;
  readonly entries: Entry[] = [];
  readonly #roles = new Map<string, string>();

  constructor(newId: NewId) {
    this.#newId = newId;
  }

  add(resource: Readonly<Record<string, unknown>>, mode: Entry['search']['mode'] = 'include'): string {
    const id = this.#newId();
    const { resourceType, ...rest } = resource;
    this.entries.push({ fullUrl: urn(id), search: { mode }, resource: { resourceType, id, ...rest } });
    return urn(id);
  }

  role(ods: string): string {
    const known = this.#roles.get(ods);
    if (known !== undefined) return known;
    const organization = { identifier: { system: ODS, value: ods } };
    const url = this.add({ resourceType: 'PractitionerRole', organization });
    this.#roles.set(ods, url);
    return url;
  }
}

export function groupDetail(shown: Shown, issue: PrescriptionIssue, newId: NewId): object {
  const { prescription } = shown;
  const { nhsNumber: _named, ...facts } = patientFacts(shown.order);
  const detail = new Detail(newId);
  const identifier = [{ system: NHS, value: prescription.nhsNumber }];
  const patient = detail.add({ resourceType: 'Patient', identifier, ...facts });
  const requester = detail.role(prescription.order.prescriber.ods);
  const requests = prescription.order.items.map((item, index) => {
    const state = issue.items[index] ?? { status: '0007' };
    return detail.add(request({ prescription, issue, item, state }, { patient, requester }));
  });
  const dispenses = dispensesOf(detail, { prescription, issue }, { patient, requests });
  detail.add(group({ prescription, issue, patient, requests }, dispenses), 'match');
  return { resourceType: 'Bundle', type: 'searchset', total: 1, entry: detail.entries };
}

interface OfItem {
  readonly prescription: Ordered;
  readonly issue: PrescriptionIssue;
  readonly item: PrescriptionItem;
  readonly state: IssueItem;
}

const requestStatus = (status: string): string => {
  if (status === '0001') return 'completed';
  if (status === '0002' || status === '0006') return 'stopped';
  return status === '0005' ? 'cancelled' : 'active';
};

const quantityOf = (quantity: WrittenQuantity | undefined) =>
  quantity === undefined
    ? {}
    : {
        quantity: {
          value: new LosslessNumber(quantity.value),
          ...(quantity.unit === undefined ? {} : { unit: quantity.unit }),
        },
      };

const dosageOf = (dosage: string | undefined) =>
  dosage === undefined ? {} : { dosageInstruction: [{ text: dosage }] };

function request(
  { issue, item, prescription, state }: OfItem,
  { patient, requester }: { patient: string; requester: string },
): Readonly<Record<string, unknown>> {
  const { order, nominated } = prescription;
  const pending = pendingReason(prescription, issue, item.id);
  const reason = state.cancelReason ?? pending;
  // Whoever dispensed last; before that whoever took it.
  const dispenser = issue.notifications.at(-1)?.organization ?? issue.dispenser;
  const site = SITES[order.siteType];
  const code = order.siteType;
  return {
    resourceType: 'MedicationRequest',
    identifier: [{ system: ITEM_NUMBER, value: item.id.toUpperCase() }],
    subject: { reference: patient },
    status: requestStatus(state.status),
    ...(reason === undefined ? {} : { statusReason: { coding: [cancelReason(reason)] } }),
    intent: intentOf(prescription),
    requester: { reference: requester },
    ...(dispenser === undefined ? {} : { performer: { identifier: [{ system: ODS, value: dispenser.ods }] } }),
    groupIdentifier: { system: ORDER_NUMBER, value: order.shortId },
    medicationCodeableConcept: { text: item.medication.display ?? item.medication.code },
    courseOfTherapyType: { coding: [courseOf(prescription)] },
    dispenseRequest: {
      ...quantityOf(item.quantity),
      ...(nominated === undefined ? {} : { performer: { identifier: [{ system: ODS, value: nominated }] } }),
      extension: [
        {
          url: SITE_TYPE,
          valueCoding: {
            system: 'https://fhir.nhs.uk/CodeSystem/dispensing-site-preference',
            code,
            ...(site === undefined ? {} : { display: site }),
          },
        },
      ],
    },
    ...dosageOf(item.dosage),
    substitution: { allowedBoolean: false },
    extension: [
      { url: DISPENSING, extension: [{ url: 'dispenseStatus', valueCoding: itemStatus(state.status) }] },
      { url: PENDING, extension: [{ url: 'lineItemPendingCancellation', valueBoolean: pending !== undefined }] },
    ],
  };
}

interface OfIssue {
  readonly prescription: Ordered;
  readonly issue: PrescriptionIssue;
}

/** By the id of the notification. The last that counts is in progress. */
function dispensesOf(
  detail: Detail,
  { prescription, issue }: OfIssue,
  { patient, requests }: { patient: string; requests: readonly string[] },
): ReadonlyMap<string, readonly string[]> {
  const last = issue.notifications.at(-1);
  const told: readonly Notification[] = [...issue.pastNotifications, ...issue.notifications].sort(
    (one, other) => one.at - other.at,
  );
  return new Map(
    told.map((notification) => {
      const performer = detail.role(notification.organization.ods);
      const urls = notification.items.map((item) => {
        const index = prescription.order.items.findIndex(({ id }) => id === item.id);
        const ordered = prescription.order.items[index];
        const facts = { item, ordered, notification, isLast: notification === last };
        return detail.add(dispense(facts, { patient, performer, request: requests[index] ?? '' }));
      });
      return [notification.id, urls] as const;
    }),
  );
}

interface OfDispense {
  readonly item: DispensedItem;
  readonly ordered: PrescriptionItem | undefined;
  readonly notification: Notification;
  readonly isLast: boolean;
}

interface References {
  readonly patient: string;
  readonly performer: string;
  readonly request: string;
}

function dispense(
  { isLast, item, notification, ordered }: OfDispense,
  { patient, performer, request: ordering }: References,
): Readonly<Record<string, unknown>> {
  const medication = item.medication ?? ordered?.medication;
  return {
    resourceType: 'MedicationDispense',
    identifier: [{ system: ITEM_NUMBER, value: item.id.toUpperCase() }],
    subject: { reference: patient },
    status: isLast ? 'in-progress' : 'unknown',
    performer: [{ actor: { reference: performer } }],
    ...(item.reason === undefined
      ? {}
      : { statusReasonCodeableConcept: { coding: [{ system: NON_DISPENSING, ...item.reason }] } }),
    type: { coding: [itemStatus(item.status)] },
    authorizingPrescription: [{ reference: ordering }],
    medicationCodeableConcept: { text: medication?.display ?? medication?.code ?? '' },
    ...quantityOf(item.quantity),
    ...dosageOf(item.dosage ?? ordered?.dosage),
    extension: [{ url: TASK_STATUS, valueCoding: businessStatus(notification.status) }],
  };
}

interface OfGroup extends OfIssue {
  readonly patient: string;
  readonly requests: readonly string[];
}

function group(
  { issue, patient, prescription, requests }: OfGroup,
  dispenses: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, unknown>> {
  const { order } = prescription;
  const reason =
    issue.items.find(({ cancelReason: code }) => code !== undefined)?.cancelReason ??
    order.items.map(({ id }) => pendingReason(prescription, issue, id)).find((code) => code !== undefined);
  return {
    resourceType: 'RequestGroup',
    identifier: [{ system: ORDER_NUMBER, value: order.shortId }],
    subject: { reference: patient },
    status: 'active',
    intent: intentOf(prescription),
    author: { identifier: { system: ODS, value: order.prescriber.ods } },
    authoredOn: isoInstant(order.signedAt),
    extension: [
      { url: STATUS_HISTORY, extension: [{ url: 'status', valueCoding: businessStatus(issue.status) }] },
      { url: TYPE, valueCoding: prescriptionType(order.prescriptionType) },
      ...repeatExtension(prescription, issue),
      {
        url: PENDING,
        extension: [{ url: 'prescriptionPendingCancellation', valueBoolean: pendingIn(prescription, issue).all }],
      },
      ...(reason === undefined
        ? []
        : [{ url: STATUS_HISTORY, extension: [{ url: 'cancellationReason', valueCoding: cancelReason(reason) }] }]),
    ],
    action: [
      {
        title: 'Prescription Line Items(Medications)',
        timingTiming: { repeat: { frequency: 1, period: order.daysSupply, periodUnit: 'd' } },
        action: requests.map((reference) => ({ resource: { reference } })),
      },
      { title: 'Prescription status transitions', action: statusTransitions(prescription, issue, dispenses) },
    ],
  };
}
