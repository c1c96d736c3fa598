/** What patients see of their own prescriptions: one collection for each issue that is due, newest first. */
import type { PrescriptionIssue, PrescriptionItem } from '../prescription-state.ts';
import { latestOf } from '../status-updates.ts';
import type { StatusUpdates } from '../status-updates.ts';
import { LosslessNumber } from '../../../fhir/lossless-json.ts';
import { dayOf } from '../../../fhir/dates.ts';
import { at, isObject, objectIn, textAt } from '../wire/json.ts';
import type { Json } from '../wire/json.ts';
import { MessageBundle } from '../wire/message-bundle.ts';
import { NHS, ODS, ORDER_NUMBER, courseOf, isoInstant, urn } from './words.ts';
import type { NewId, Ordered } from './words.ts';

const HISTORY = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionStatusHistory';
const NPPT = 'https://fhir.nhs.uk/CodeSystem/task-businessStatus-nppt';

export const SHOWN_MAX = 25;

/** How long what is finished is still told as active. */
const FINISHED_MS = 7 * 86_400_000;

export interface PatientPrescription {
  readonly prescription: Ordered;
  /** The order as it was sent, parsed; null where it is not kept any more. */
  readonly order: unknown;
}

export interface PatientView {
  readonly found: readonly PatientPrescription[];
  /** Null: nobody can say at the moment. */
  readonly updates: StatusUpdates | null;
  readonly now: number;
  readonly newId: NewId;
}

/** Issues whose time has not come are nobody's business yet. */
const isDue = ({ status }: PrescriptionIssue): boolean => status !== '9000' && status !== '0000' && status !== '9005';

export function patientBundle(view: PatientView): object {
  const { found, newId, now } = view;
  const shown = found
    .filter(({ prescription }) => prescription.deletedAt === undefined)
    .flatMap((each) => each.prescription.issues.filter(isDue).map((issue) => ({ ...each, issue })))
    .sort(newestFirst)
    .slice(0, SHOWN_MAX);
  const entry = shown.map((each) => {
    const id = newId();
    const resource = { resourceType: 'Bundle', id, type: 'collection', entry: collection(view, each) };
    return { fullUrl: urn(id), search: { mode: 'match' }, resource };
  });
  const meta = { lastUpdated: isoInstant(now) };
  return { resourceType: 'Bundle', id: newId(), meta, type: 'searchset', total: entry.length, entry };
}

const startOf = (issue: PrescriptionIssue, { order }: Ordered): number => issue.readyAt ?? order.effectiveAt;

/** Of two that begin on the same day the one that was ordered later comes first. */
function newestFirst(one: Due, other: Due): number {
  const begin = startOf(other.issue, other.prescription) - startOf(one.issue, one.prescription);
  return begin === 0 ? other.prescription.storedAt - one.prescription.storedAt : begin;
}

interface Due extends PatientPrescription {
  readonly issue: PrescriptionIssue;
}

function collection(view: PatientView, due: Due): readonly object[] {
  const { issue, order, prescription } = due;
  const bundle = new MessageBundle(order);
  const role = bundle.find(textAt(bundle.all('MedicationRequest')[0], 'requester', 'reference'));
  const practitioner = bundle.find(textAt(role, 'practitioner', 'reference'));
  const organization = bundle.find(textAt(role, 'organization', 'reference'));
  const [roleId, practitionerId, organizationId] = [view.newId(), view.newId(), view.newId()];
  const performer = performerOf(prescription, issue, view.newId);
  const references = { requester: urn(roleId), performer: performer === null ? null : urn(performer.id) };
  return [
    ...prescription.order.items.map((item, index) => ({
      fullUrl: urn(view.newId()),
      resource: request(view, { ...due, item, index }, references),
    })),
    {
      fullUrl: urn(roleId),
      resource: {
        resourceType: 'PractitionerRole',
        id: roleId,
        practitioner: { reference: urn(practitionerId) },
        organization: { reference: urn(organizationId) },
      },
    },
    {
      fullUrl: urn(practitionerId),
      resource: { resourceType: 'Practitioner', id: practitionerId, name: at(practitioner, 'name') ?? [] },
    },
    {
      fullUrl: urn(organizationId),
      resource: organizationFrom(organization, { id: organizationId, ods: prescription.order.prescriber.ods }),
    },
    ...(performer === null ? [] : [{ fullUrl: urn(performer.id), resource: performer.resource }]),
  ];
}

function organizationFrom(sent: Json | undefined, { id, ods }: { id: string; ods: string }): object {
  const { address, name, telecom } = sent ?? {};
  return {
    resourceType: 'Organization',
    id,
    identifier: [{ system: ODS, value: ods }],
    ...(name === undefined ? {} : { name }),
    ...(telecom === undefined ? {} : { telecom }),
    ...(address === undefined ? {} : { address }),
  };
}

/** Who has it; as long as nobody has, whoever was nominated. */
function performerOf({ nominated }: Ordered, { dispenser }: PrescriptionIssue, newId: NewId) {
  const ods = dispenser?.ods ?? nominated;
  if (ods === undefined) return null;
  const id = newId();
  const sent: unknown = dispenser?.resource === undefined ? null : JSON.parse(dispenser.resource);
  return { id, resource: organizationFrom(isObject(sent) ? objectIn(sent) : undefined, { id, ods }) };
}

interface OfItem extends Due {
  readonly item: PrescriptionItem;
  readonly index: number;
}

interface References {
  readonly requester: string;
  readonly performer: string | null;
}

function request(view: PatientView, of: OfItem, { performer, requester }: References): object {
  const { issue, item, prescription } = of;
  const { code, display } = item.medication;
  const told = statusOf(view, of);
  const quantity = item.quantity;
  return {
    resourceType: 'MedicationRequest',
    status: told.request,
    intent: 'order',
    medicationCodeableConcept: {
      coding: [{ system: 'http://snomed.info/sct', code, ...(display === undefined ? {} : { display }) }],
    },
    subject: { identifier: { system: NHS, value: prescription.nhsNumber } },
    requester: { reference: requester },
    groupIdentifier: { system: ORDER_NUMBER, value: prescription.order.shortId },
    courseOfTherapyType: { coding: [courseOf(prescription)] },
    dispenseRequest: {
      validityPeriod: { start: dayOf(startOf(issue, prescription)) },
      ...(quantity === undefined
        ? {}
        : {
            quantity: {
              value: new LosslessNumber(quantity.value),
              unit: quantity.unit,
              system: 'http://snomed.info/sct',
              code: quantity.code,
            },
          }),
      ...(performer === null ? {} : { performer: { reference: performer } }),
    },
    substitution: { allowedBoolean: false },
    extension: [
      {
        url: HISTORY,
        extension: [
          { url: 'statusDate', valueDateTime: told.since },
          { url: 'status', valueCoding: { system: NPPT, code: told.status } },
        ],
      },
    ],
  };
}

interface Told {
  readonly status: string;
  readonly since: string;
  /** Of the MedicationRequest. */
  readonly request: 'active' | 'cancelled' | 'completed' | 'stopped';
}

function statusOf({ now, updates }: PatientView, { index, issue, item, prescription }: OfItem): Told {
  const since = isoInstant(issue.since);
  const state = issue.items[index]?.status ?? '0007';
  if (state === '0005') return { status: 'Prescriber Cancelled', since, request: 'cancelled' };
  if (issue.status === '0001' || issue.status === '9001')
    return { status: 'Prescriber Approved', since, request: 'active' };
  if (updates === null) return { status: 'Tracking Temporarily Unavailable', since, request: 'active' };
  const prescriptionId = prescription.order.shortId;
  const repeat = prescription.order.issues > 1 ? issue.number : undefined;
  const update = latestOf(updates, { prescriptionId, lineItem: item.id, repeat });
  if (update !== undefined) {
    const finished = update.terminal === 'completed' && now - Date.parse(update.lastModified) > FINISHED_MS;
    return { status: update.status, since: update.lastModified, request: finished ? 'completed' : 'active' };
  }
  if (state === '0002' || state === '0006') return { status: 'Not Dispensed', since, request: 'stopped' };
  const tracked = updates.updates.some((other) => other.prescriptionId === prescriptionId);
  const status = tracked ? 'With Pharmacy' : 'With Pharmacy but Tracking not Supported';
  return { status, since, request: 'active' };
}
