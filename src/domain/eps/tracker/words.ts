/** The words of trackers: systems, extensions and the displays of every status. */
import type {
  ItemStatus,
  Organization,
  Prescription,
  PrescriptionIssue,
  PrescriptionStatus,
} from '../prescription-state.ts';

const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const CODES = 'https://fhir.nhs.uk/CodeSystem/';

export const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
export const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
export const ORDER_NUMBER = 'https://fhir.nhs.uk/Id/prescription-order-number';
export const ITEM_NUMBER = 'https://fhir.nhs.uk/Id/prescription-order-item-number';
export const STATUS_HISTORY = `${STRUCTURE}Extension-EPS-PrescriptionStatusHistory`;
export const REPEATS = `${STRUCTURE}Extension-EPS-RepeatInformation`;
export const PENDING = `${STRUCTURE}Extension-PendingCancellation`;
export const DISPENSING = `${STRUCTURE}Extension-EPS-DispensingInformation`;
export const SITE_TYPE = `${STRUCTURE}Extension-DM-PerformerSiteType`;
export const TYPE = `${STRUCTURE}Extension-DM-PrescriptionType`;
export const TASK_STATUS = `${STRUCTURE}Extension-EPS-TaskBusinessStatus`;
export const STATUS_REASON = `${CODES}medicationrequest-status-reason`;
const BUSINESS = `${CODES}EPS-task-business-status`;
const DISPENSE_TYPE = `${CODES}medicationdispense-type`;
const THERAPY = 'http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy';

const STATUSES: Readonly<Record<PrescriptionStatus, string>> = {
  '0000': 'Awaiting Release Ready',
  '0001': 'To be Dispensed',
  '0002': 'With Dispenser',
  '0003': 'With Dispenser - Active',
  '0004': 'Expired',
  '0005': 'Cancelled',
  '0006': 'Dispensed',
  '0007': 'Not Dispensed',
  '0008': 'Claimed',
  '0009': 'No-Claimed',
  '9000': 'Repeat Dispense future instance',
  '9001': 'Prescription future instance',
  '9005': 'Cancelled future instance',
};

const ITEMS: Readonly<Record<ItemStatus, string>> = {
  '0001': 'Item fully dispensed',
  '0002': 'Item not dispensed',
  '0003': 'Item dispensed - partial',
  '0004': 'Item not dispensed - owing',
  '0005': 'Item Cancelled',
  '0006': 'Expired',
  '0007': 'Item to be dispensed',
  '0008': 'Item with dispenser',
};

const CANCEL_REASONS: Readonly<Record<string, string>> = {
  '0001': 'Prescribing Error',
  '0002': 'Clinical contra-indication',
  '0003': 'Change to medication treatment regime',
  '0004': 'Clinical grounds',
  '0005': 'At the Patients request',
  '0006': 'At the Pharmacists request',
  '0007': 'Notification of Death',
  '0008': 'Patient deducted - other reason',
  '0009': 'Patient deducted - registered with new practice',
};

/** A prescription that only waits for its day is told as one to be dispensed. */
export const shownStatus = (status: PrescriptionStatus): PrescriptionStatus => (status === '0000' ? '0001' : status);

export const businessStatus = (status: PrescriptionStatus) => {
  const code = shownStatus(status);
  return { system: BUSINESS, code, display: STATUSES[code] };
};

export const itemStatus = (code: ItemStatus) => ({ system: DISPENSE_TYPE, code, display: ITEMS[code] });

export const cancelReason = (code: string) => {
  const display = CANCEL_REASONS[code];
  return { system: STATUS_REASON, code, ...(display === undefined ? {} : { display }) };
};

export const odsReference = ({ name, ods }: Organization, named = false) => ({
  identifier: { system: ODS, value: ods },
  ...(named && name !== undefined ? { display: name } : {}),
});

const COURSES = {
  '0001': { code: 'acute', display: 'Short course (acute) therapy' },
  '0002': { code: 'continuous', display: 'Continuous long term therapy' },
  '0003': { code: 'continuous-repeat-dispensing', display: 'Continuous long term (repeat dispensing)' },
} as const;

const INTENTS = { '0001': 'order', '0002': 'instance-order', '0003': 'reflex-order' } as const;

type Ordered = Required<Pick<Prescription, 'order'>> & Prescription;

/** What clients may still see: an order has come, and its content is there. */
export const isShown = (prescription: Prescription): prescription is Ordered =>
  prescription.order !== undefined && prescription.purged !== true && prescription.movedTo === undefined;

export type { Ordered };

export const courseOf = ({ order }: Ordered) => ({ system: THERAPY, ...COURSES[order.treatmentType] });
export const intentOf = ({ order }: Ordered) => INTENTS[order.treatmentType];

/** Repeats are told of prescriptions that are issued more than once, counted from one. */
export const repeatExtension = ({ order }: Ordered, { number }: PrescriptionIssue) =>
  order.treatmentType !== '0003'
    ? []
    : [
        {
          url: REPEATS,
          extension: [
            { url: 'numberOfRepeatsIssued', valueInteger: number },
            { url: 'numberOfRepeatsAllowed', valueInteger: order.issues },
          ],
        },
      ];

/** Whether a cancellation waits for an item of this issue: only the current one is with anybody. */
export function pendingReason(prescription: Ordered, issue: PrescriptionIssue, item: string): string | undefined {
  if (issue.number !== prescription.current) return undefined;
  return prescription.pending.find((pending) => pending.item === item)?.reason.code;
}

export function pendingIn(prescription: Ordered, issue: PrescriptionIssue): { all: boolean; any: boolean } {
  const ends = ['0001', '0002', '0005', '0006'];
  const open = prescription.order.items.filter((_, index) => !ends.includes(issue.items[index]?.status ?? '0005'));
  const waiting = open.filter(({ id }) => pendingReason(prescription, issue, id) !== undefined);
  return { all: open.length > 0 && waiting.length === open.length, any: waiting.length > 0 };
}

export const isoInstant = (at: number): string => new Date(at).toISOString();

export type NewId = () => string;
export const urn = (id: string): string => `urn:uuid:${id}`;

/** The first two digits of a prescription type say where it was written, the last two by whom. */
const PLACES: Readonly<Record<string, readonly [string, string]>> = {
  '01': ['Primary Care Prescriber', ''],
  '02': ['Primary Care Prescriber', ' (Wales)'],
  '05': ['Primary Care Prescriber', ' (IOM)'],
  '10': ['Outpatient Community Prescriber', ''],
  '11': ['Outpatient Pharmacy Prescriber', ''],
  '12': ['Outpatient Homecare Prescriber', ''],
  '20': ['Outpatient Community Prescriber', ' (Wales)'],
  '50': ['Outpatient Community Prescriber', ' (IOM)'],
};

const PROFESSIONS: Readonly<Record<string, string>> = {
  '01': 'Medical Prescriber',
  '04': 'Nurse Independent/Supplementary prescriber',
  '05': 'Community Practitioner Nurse prescriber',
  '08': 'Pharmacist Independent/Supplementary prescriber',
  '13': 'Optometrist Independent/Supplementary prescriber',
  '14': 'Podiatrist/Chiropodist Independent/Supplementary prescriber',
  '16': 'Radiographer Independent/Supplementary prescriber',
  '17': 'Physiotherapist Independent/Supplementary prescriber',
  '24': 'Dietician Supplementary prescriber',
  '25': 'Paramedic Independent/Supplementary prescriber',
};

export function prescriptionType(code: string) {
  const place = PLACES[code.slice(0, 2)];
  const profession = PROFESSIONS[code.slice(2)];
  const display =
    place === undefined || profession === undefined ? {} : { display: `${place[0]} - ${profession}${place[1]}` };
  return { system: 'https://fhir.nhs.uk/CodeSystem/prescription-type', code, ...display };
}
