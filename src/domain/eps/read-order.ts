/** Reads the facts of a prescription out of an order that the checks have let through. */
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { isPrescriptionId, isPrescriptionIdForm, uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import { wholeNumber } from '../../fhir/lossless-json.ts';
import { DEFAULT_DAYS_SUPPLY } from './periods.ts';
import type { OrderFacts, PrescriptionItem, TreatmentType } from './prescription-state.ts';
import {
  itemId,
  medicationOf,
  odsAt,
  odsOf,
  organizationFrom,
  organizationOfRole,
  quantityOf,
  repeatsOf,
} from './read-parts.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { millisecondsOf } from './times.ts';
import {
  LONG_FORM,
  NHS_NUMBER,
  PERFORMER_SITE_TYPE,
  PRESCRIPTION_ID,
  PRESCRIPTION_TYPE,
  SDS_ROLE,
  UK_REPEAT,
} from './wire/codes.ts';
import { at, extensionOf, identifierOf, objectsIn, textAt, textIn } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';
import { dosageText } from './wire/dosage-text.ts';

const MAX_DAYS_SUPPLY = 366;
const BAD_CHECK = 'Unable to process message. Information missing or invalid - prescriptionID has invalid checksum';

export interface ReadOrder {
  readonly kind: 'order';
  /** Without the check character. */
  readonly id: string;
  readonly order: OrderFacts;
  readonly signed: boolean;
}

export function readOrder(message: unknown, now: number): ReadOrder | EpsRefusal {
  const bundle = new MessageBundle(message);
  const requests = bundle.all('MedicationRequest');
  const [first] = requests;
  if (first === undefined) return refuse('INVALID_NUMBER_MEDICATIONREQUESTS');
  const { shortId, nhsNumber } = namesIn(bundle);
  const fault = namesFault(shortId, nhsNumber);
  if (fault !== null) return fault;
  const signature = signatureOf(bundle, first);
  const signedAt = millisecondsOf(textIn(signature?.['when'])) ?? millisecondsOf(textIn(first['authoredOn'])) ?? now;
  const items = requests.map((request) => itemOf(bundle, request));
  const order: OrderFacts = {
    shortId,
    longId: longIdOf(first),
    messageId: bundle.id.toLowerCase(),
    nhsNumber,
    ...typesOf(first, requests),
    ...prescriberOf(bundle, first),
    ...supplyOf(first, signedAt),
    items,
  };
  return { kind: 'order', id: uncheckedPrescriptionId(shortId), order, signed: textIn(signature?.['data']) !== '' };
}

/** What names the prescription and the patient in an order or its cancellation. */
export function namesIn(bundle: MessageBundle): { readonly shortId: string; readonly nhsNumber: string } {
  const [first] = bundle.all('MedicationRequest');
  return {
    shortId: textAt(first, 'groupIdentifier', 'value').toUpperCase(),
    nhsNumber: identifierOf(at(bundle.all('Patient')[0], 'identifier'), NHS_NUMBER).replaceAll(' ', ''),
  };
}

/** The check character is looked at by the service itself, which says so in its own words. */
export function namesFault(shortId: string, nhsNumber: string): EpsRefusal | null {
  if (!isPrescriptionIdForm(shortId) || !isPrescriptionId(shortId))
    return refuse('FAILURE_TO_PROCESS_MESSAGE', BAD_CHECK);
  return isNhsNumber(nhsNumber) ? null : refuse('INVALID_RESOURCE_ID');
}

const longIdOf = (request: Json): string => {
  const identifier = at(extensionOf(request['groupIdentifier'], PRESCRIPTION_ID), 'valueIdentifier');
  return textAt(identifier, 'system') === LONG_FORM || textAt(identifier, 'system') === ''
    ? textAt(identifier, 'value').toLowerCase()
    : '';
};

/** The signature of whoever asks for the first item. */
function signatureOf(bundle: MessageBundle, first: Json): Json | undefined {
  const requester = textAt(first, 'requester', 'reference');
  const signatures = bundle.all('Provenance').flatMap(({ signature }) => objectsIn(signature));
  return signatures.find((signature) => textAt(signature, 'who', 'reference') === requester);
}

function itemOf(bundle: MessageBundle, request: Json): PrescriptionItem {
  const quantity = quantityOf(at(request, 'dispenseRequest', 'quantity'));
  const dosage = dosageText(request['dosageInstruction']);
  return {
    id: itemId(request),
    medication: medicationOf(request, (reference) => bundle.find(reference)),
    ...(quantity === undefined ? {} : { quantity }),
    ...(dosage === '' ? {} : { dosage }),
  };
}

const COURSES: Readonly<Record<string, TreatmentType>> = {
  acute: '0001',
  continuous: '0002',
  'continuous-repeat-dispensing': '0003',
};

/** Acute and continuous together count as acute. */
function typesOf(first: Json, requests: readonly Json[]) {
  const courses = new Set(requests.map((request) => textAt(request, 'courseOfTherapyType', 'coding', 0, 'code')));
  const treatmentType = courses.size === 1 ? (COURSES[[...courses][0] ?? ''] ?? '0001') : '0001';
  const allowed =
    repeatsOf(at(first, 'basedOn', 0))?.allowed ??
    wholeNumber(at(first, 'dispenseRequest', 'numberOfRepeatsAllowed')) ??
    0;
  const review = extensionOf(extensionOf(first, UK_REPEAT), 'authorisationExpiryDate')?.['valueDateTime'];
  return {
    treatmentType,
    prescriptionType: textAt(extensionOf(first, PRESCRIPTION_TYPE), 'valueCoding', 'code'),
    issues: treatmentType === '0003' ? allowed + 1 : 1,
    repeatsAllowed: allowed,
    ...(typeof review === 'string' ? { reviewDate: review } : {}),
  };
}

function prescriberOf(bundle: MessageBundle, first: Json) {
  const role = bundle.find(textAt(first, 'requester', 'reference'));
  const roleId = identifierOf(at(role, 'identifier'), SDS_ROLE);
  const name = nameOf(at(bundle.find(textAt(role, 'practitioner', 'reference')), 'name', 0));
  return {
    prescriber: prescriberOrganization(bundle),
    ...(roleId === '' ? {} : { prescriberRole: roleId }),
    ...(name === '' ? {} : { prescriberName: name }),
  };
}

/** The organisation of whoever asks for the first item. */
export function prescriberOrganization(bundle: MessageBundle) {
  const role = bundle.find(textAt(bundle.all('MedicationRequest')[0], 'requester', 'reference'));
  const resource = organizationOfRole(bundle, role);
  const { ods, name } = organizationFrom(resource, odsOf(resource));
  return { ods, ...(name === undefined ? {} : { name }) };
}

function nameOf(name: unknown): string {
  const parts = [at(name, 'prefix'), at(name, 'given'), [at(name, 'family')]].flatMap((part) =>
    Array.isArray(part) ? (part as readonly unknown[]) : [],
  );
  const text = textAt(name, 'text');
  return text === '' ? parts.filter((part) => typeof part === 'string').join(' ') : text;
}

function supplyOf(first: Json, signedAt: number) {
  const request = at(first, 'dispenseRequest');
  const start = millisecondsOf(textAt(request, 'validityPeriod', 'start'));
  const days = wholeNumber(at(request, 'expectedSupplyDuration', 'value')) ?? DEFAULT_DAYS_SUPPLY;
  const siteType = textAt(extensionOf(request, PERFORMER_SITE_TYPE), 'valueCoding', 'code');
  const nominated = odsAt(at(request, 'performer'));
  return {
    signedAt,
    effectiveAt: start ?? signedAt,
    siteType,
    ...(nominated === '' || siteType === '0004' ? {} : { nominated }),
    daysSupply: Math.min(MAX_DAYS_SUPPLY, Math.max(1, days)),
  };
}
