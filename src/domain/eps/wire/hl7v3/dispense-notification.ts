/** Notifications of dispensing as HL7 v3: DispenseNotification. */
import { element, text } from '../canonical-xml.ts';
import * as codes from '../codes.ts';
import { dosageText } from '../dosage-text.ts';
import type { Reading } from '../issues.ts';
import { at, extensionOf, identifierOf, objectIn, objectsIn, textAt, textIn } from '../json.ts';
import type { Json } from '../json.ts';
import type { MessageBundle } from '../message-bundle.ts';
import { medicationCoding } from '../signed-line-item.ts';
import { patientById } from './dispenser-requests.ts';
import * as v3 from './parts.ts';
import type { Converting } from './prescriber-messages.ts';
import { suppliedQuantity } from './supplied.ts';

const DISPENSE_ITEM = 'https://fhir.nhs.uk/Id/prescription-dispense-item-number';
const ITEM_TYPES = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type';
const NOT_DISPENSED = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-status-reason';
const NON_DISPENSING = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionNonDispensingReason';
const REPLACEMENT = 'https://fhir.nhs.uk/StructureDefinition/Extension-replacementOf';

const itemIdOf = (dispense: Json): string => identifierOf(dispense['identifier'], DISPENSE_ITEM);

const requestOf = (dispense: Json): Json => v3.containedIn(dispense, at(dispense, 'authorizingPrescription', 0));

export function dispenseNotification(bundle: MessageBundle, { now, reading }: Converting): string {
  const dispenses = bundle.all('MedicationDispense');
  const first = objectIn(dispenses[0]);
  const header = objectIn(bundle.all('MessageHeader')[0]);
  const role = v3.containedIn(first, at(first, 'performer', 0, 'actor'));
  const pharmacy = bundle.resolve(role['organization'], reading);
  const handedOver = v3.timeDigits(first['whenHandedOver'], 'MedicationDispense.whenHandedOver', reading);
  const authority = extensionOf(extensionOf(pharmacy, codes.ORGANISATION_RELATIONSHIPS), 'reimbursementAuthority');
  return element(
    'DispenseNotification',
    { classCode: 'INFO', moodCode: 'EVN' },
    v3.globalId(bundle.id),
    element('code', v3.snomed('163541000000107', 'Dispensed Medication - FocusActOrEvent (administrative concept)')),
    element('effectiveTime', { value: handedOver }),
    v3.typeId('PORX_MT024001UK31'),
    patientById(nhsNumberOf(bundle, first)),
    v3.payer({ contextControlCode: 'ON' }, textAt(authority, 'valueIdentifier', 'value')),
    element(
      'pertinentInformation1',
      { contextConductionInd: 'true', typeCode: 'PERT' },
      v3.templateId('pertinentInformation'),
      supplyHeader(bundle, author(now, v3.dispenserPerson(role, pharmacy, reading)), reading),
    ),
    v3.carePart('PRMS', dispenses.map(itemIdOf)),
    v3.replacementOf(textAt(extensionOf(header, REPLACEMENT), 'valueIdentifier', 'value')),
    v3.sequelTo(textAt(header, 'response', 'identifier')),
  );
}

const nhsNumberOf = (bundle: MessageBundle, first: Json): string => {
  const [patient] = bundle.all('Patient');
  return patient === undefined
    ? textAt(first, 'subject', 'identifier', 'value')
    : identifierOf(patient['identifier'], codes.NHS_NUMBER);
};

/** Whoever tells it, now. */
const author = (now: number, agent: string): string =>
  element(
    'author',
    { contextControlCode: 'OP', typeCode: 'AUT' },
    v3.timeOf(now, 'time'),
    element('signatureText', v3.NOT_APPLICABLE),
    agent,
  );

function supplyHeader(bundle: MessageBundle, written: string, reading: Reading): string {
  const dispenses = bundle.all('MedicationDispense');
  const first = objectIn(dispenses[0]);
  const request = requestOf(first);
  const longId = extensionOf(request['groupIdentifier'], codes.PRESCRIPTION_ID);
  const items = Map.groupBy(dispenses, (dispense) => orderedIdOf(dispense).toUpperCase());
  return element(
    'pertinentSupplyHeader',
    { classCode: 'SBADM', moodCode: 'EVN' },
    v3.globalId(bundle.id),
    element('code', v3.snomed('225426007')),
    element('effectiveTime', v3.NOT_APPLICABLE),
    v3.repeatNumber(extensionOf(at(request, 'basedOn', 0), codes.EPS_REPEAT)),
    written,
    ...[...items.values()].map((lines) => v3.pertinentItem('1', false, suppliedItem(bundle, lines, reading))),
    v3.nonDispensing(reasonOfAll(dispenses)),
    v3.prescriptionStatus(objectIn(extensionOf(first, codes.BUSINESS_STATUS)?.['valueCoding'])),
    v3.pertinent({ number: '4' }, v3.prescriptionId(textAt(request, 'groupIdentifier', 'value'))),
    v3.inFulfillmentOf('priorOriginalPrescriptionRef', textAt(longId, 'valueIdentifier', 'value')),
  );
}

const orderedIdOf = (dispense: Json): string => identifierOf(requestOf(dispense)['identifier'], codes.LINE_ITEM);

/** Told of the whole where every item tells it; that they agree is checked before. */
function reasonOfAll(dispenses: readonly Json[]): Json | undefined {
  const reasons = dispenses.map((dispense) => extensionOf(dispense, NON_DISPENSING)?.['valueCoding']);
  return reasons.every((reason) => reason !== undefined) ? objectIn(reasons[0]) : undefined;
}

const codingOf = (concept: unknown, system: string): Json | undefined =>
  objectsIn(at(concept, 'coding')).find((coding) => coding['system'] === system);

/** Several lines of one item are supplies of it; what else is told of it is told by the first. */
function suppliedItem(bundle: MessageBundle, lines: readonly Json[], reading: Reading): string {
  const dispense = objectIn(lines[0]);
  const request = requestOf(dispense);
  return element(
    'pertinentSuppliedLineItem',
    { classCode: 'SBADM', moodCode: 'PRMS' },
    v3.globalId(itemIdOf(dispense)),
    element('code', v3.snomed('225426007', v3.ADMINISTRATION)),
    element('effectiveTime', v3.NOT_APPLICABLE),
    repeatOfItem(request),
    consumable(medicationCoding(bundle, request, reading)),
    ...lines.map((line) => supply(bundle, line, reading)),
    supplyRequest(objectIn(at(request, 'dispenseRequest', 'quantity'))),
    v3.nonDispensing(codingOf(dispense['statusReasonCodeableConcept'], NOT_DISPENSED)),
    v3.itemStatus(objectIn(codingOf(dispense['type'], ITEM_TYPES))),
    v3.inFulfillmentOf('priorOriginalItemRef', orderedIdOf(dispense)),
  );
}

function supply(bundle: MessageBundle, line: Json, reading: Reading): string {
  const told = element('value', {}, text(dosageText(line['dosageInstruction'])));
  return suppliedQuantity(
    { quantity: line['quantity'], product: medicationCoding(bundle, line, reading), determiner: 'INSTANCE' },
    v3.pertinent({ number: '1' }, v3.annotation('pertinentSupplyInstructions', 'SI', told)),
  );
}

/** Here the issue counts from one, and what is allowed from none. */
function repeatOfItem(request: Json): string {
  const issued = extensionOf(extensionOf(request, codes.UK_REPEAT), 'numberOfPrescriptionsIssued');
  if (issued === undefined) return '';
  const allowed = v3.wholeNumberOf(at(request, 'dispenseRequest', 'numberOfRepeatsAllowed'));
  const number = v3.wholeNumberOf(issued['valueUnsignedInt'] ?? issued['valueInteger']);
  return v3.interval('repeatNumber', String(number), String(allowed + 1));
}

const consumable = ({ code, display }: Json): string =>
  element(
    'consumable',
    { contextControlCode: 'OP', typeCode: 'CSM' },
    element(
      'requestedManufacturedProduct',
      { classCode: 'MANU' },
      element(
        'manufacturedRequestedMaterial',
        { classCode: 'MMAT', determinerCode: 'KIND' },
        element('code', v3.snomed(textIn(code), textIn(display))),
      ),
    ),
  );

const supplyRequest = (told: Json): string =>
  element(
    'component1',
    { typeCode: 'COMP' },
    v3.separable(false),
    element(
      'supplyRequest',
      { classCode: 'SPLY', moodCode: 'RQO' },
      element('code', v3.snomed(textIn(told['code']), textIn(told['unit']))),
      v3.quantity(told),
    ),
  );
