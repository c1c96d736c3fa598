/** What GET Task shows: one task for each prescription, as its current issue stands. */
import { instant } from '../../../fhir/bundle.ts';
import { dayOf } from '../../../fhir/dates.ts';
import type { IssueItem, PrescriptionIssue, PrescriptionItem, PrescriptionStatus } from '../prescription-state.ts';
import {
  DISPENSING,
  ITEM_NUMBER,
  NHS,
  ORDER_NUMBER,
  REPEATS,
  businessStatus,
  courseOf,
  itemStatus,
  odsReference,
  shownStatus,
  urn,
} from './words.ts';
import type { NewId, Ordered } from './words.ts';

const RELEASES = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-DispensingReleaseInformation';
const PRESCRIPTION = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-Prescription';

const TASKS: Readonly<Record<PrescriptionStatus, string>> = {
  '0000': 'requested',
  '0001': 'requested',
  '0002': 'accepted',
  '0003': 'in-progress',
  '0004': 'failed',
  '0005': 'cancelled',
  '0006': 'completed',
  '0007': 'completed',
  '0008': 'completed',
  '0009': 'completed',
  '9000': 'requested',
  '9001': 'requested',
  '9005': 'cancelled',
};

export interface TaskFilter {
  readonly businessStatus?: string;
  /** Compared with the day of the order, as text. */
  readonly authored: readonly { readonly operator: 'eq' | 'le' | 'ge'; readonly day: string }[];
}

export function isAsked({ current, issues, order }: Ordered, filter: TaskFilter): boolean {
  const status = issues[current - 1]?.status ?? '9005';
  if (filter.businessStatus !== undefined && filter.businessStatus !== shownStatus(status)) return false;
  const day = dayOf(order.signedAt);
  return filter.authored.every(({ day: asked, operator }) => {
    if (operator === 'eq') return day === asked;
    return operator === 'le' ? day <= asked : day >= asked;
  });
}

export function taskBundle(found: readonly Ordered[], newId: NewId): object {
  const entry = found.flatMap((prescription) => {
    const issue = prescription.issues[prescription.current - 1];
    if (issue === undefined) return [];
    const id = newId();
    return [{ fullUrl: urn(id), resource: task(prescription, issue, id) }];
  });
  return { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry };
}

function task(prescription: Ordered, issue: PrescriptionIssue, id: string): object {
  const { nominated, order } = prescription;
  const owner = issue.dispenser ?? (nominated === undefined ? undefined : { ods: nominated });
  const therapy = { url: 'courseOfTherapyType', valueCoding: courseOf(prescription) };
  const repeats = [
    { url: 'numberOfRepeatsAllowed', valueInteger: order.issues },
    { url: 'numberOfRepeatsIssued', valueInteger: issue.number },
  ];
  return {
    resourceType: 'Task',
    id,
    extension: [
      { url: PRESCRIPTION, extension: [therapy] },
      ...(order.issues > 1 ? [{ url: REPEATS, extension: repeats }] : []),
    ],
    identifier: [{ system: 'https://tools.ietf.org/html/rfc4122', value: id }],
    status: TASKS[issue.status],
    businessStatus: { coding: [businessStatus(issue.status)] },
    intent: 'order',
    code: {
      coding: [
        {
          system: 'http://hl7.org/fhir/CodeSystem/task-code',
          code: 'fulfill',
          display: 'Fulfill the focal request',
        },
      ],
    },
    focus: { identifier: { system: ORDER_NUMBER, value: order.shortId } },
    for: { identifier: { system: NHS, value: prescription.nhsNumber } },
    authoredOn: dayOf(order.signedAt),
    ...(owner === undefined ? {} : { owner: odsReference(owner, true) }),
    requester: odsReference(order.prescriber, true),
    input: order.items.map((item, index) => input(item, issue.items[index], issue)),
    output: order.items.map((item) => output(item, issue)),
  };
}

const reference = (type: string, { id }: PrescriptionItem) => ({
  identifier: { system: ITEM_NUMBER, value: id },
  type,
});

function input(item: PrescriptionItem, state: IssueItem | undefined, { lastDispensedAt }: PrescriptionIssue): object {
  return {
    extension: [
      {
        url: DISPENSING,
        extension: [
          ...(lastDispensedAt === undefined
            ? []
            : [{ url: 'dateLastDispensed', valueDateTime: instant(lastDispensedAt) }]),
          { url: 'dispenseStatus', valueCoding: itemStatus(state?.status ?? '0007') },
        ],
      },
    ],
    type: { coding: [{ system: 'http://snomed.info/sct', code: '16076005', display: 'Prescription' }] },
    valueReference: reference('MedicationRequest', item),
  };
}

function output(item: PrescriptionItem, { claims, lastDispensedAt, releasedAt }: PrescriptionIssue): object {
  const claimedAt = claims.at(-1)?.at;
  const dates = [
    ...(lastDispensedAt === undefined ? [] : [{ url: 'dateLastIssuedDispensed', valueDate: dayOf(lastDispensedAt) }]),
    ...(releasedAt === undefined ? [] : [{ url: 'dateDownloaded', valueDate: dayOf(releasedAt) }]),
    ...(claimedAt === undefined ? [] : [{ url: 'dateClaimed', valueDate: dayOf(claimedAt) }]),
  ];
  return {
    ...(dates.length === 0 ? {} : { extension: [{ url: RELEASES, extension: dates }] }),
    type: { coding: [{ system: 'http://snomed.info/sct', code: '373784005', display: 'Dispensing medication' }] },
    valueReference: reference('MedicationDispense', item),
  };
}

export const TASK_SYSTEMS: Readonly<Record<string, string>> = {
  'focus:identifier': ORDER_NUMBER,
  identifier: ORDER_NUMBER,
  'patient:identifier': NHS,
  'business-status': 'https://fhir.nhs.uk/CodeSystem/EPS-task-business-status',
};
