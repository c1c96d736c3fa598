/** One item as it stands in what is signed: pertinentLineItem. Its status and the first repeat number are not signed. */
import { numberText, wholeNumber } from '../../../fhir/lossless-json.ts';
import { element, text } from './canonical-xml.ts';
import { CONTROLLED_DRUG, ENDORSEMENT, ENDORSEMENT_CODES, EPS_REPEAT, LINE_ITEM, SNOMED } from './codes.ts';
import type { CourseOfTherapy } from './course-of-therapy.ts';
import { dosageText } from './dosage-text.ts';
import type { Reading } from './issues.ts';
import { at, extensionOf, has, isObject, objectIn, objectsIn, textAt, textIn } from './json.ts';
import type { Json } from './json.ts';
import { isReference } from './message-bundle.ts';
import type { MessageBundle } from './message-bundle.ts';
import { MESSAGE_CODES, requiredIdentifier } from './signed-parts.ts';

const SNOMED_ROOT = '2.16.840.1.113883.2.1.3.2.4.15';

const snomed = (code: string, displayName: string) => ({ code, codeSystem: SNOMED_ROOT, displayName });

export interface LineItemOptions {
  readonly bundle: MessageBundle;
  readonly reading: Reading;
  readonly attributes: Readonly<Record<string, string>>;
  /** The last repeat number; undefined for acute items. */
  readonly repeats: string | undefined;
  /** The first repeat number; not signed, so absent there. */
  readonly firstRepeat?: string;
  /** Whether what is said to the patient about the whole prescription stands on this item. */
  readonly first: boolean;
}

export function pertinentLineItem(request: Json, options: LineItemOptions): string {
  const { attributes, bundle, first, firstRepeat, reading, repeats } = options;
  const low = firstRepeat === undefined ? '' : element('low', { value: firstRepeat });
  const place = { system: LINE_ITEM, path: 'MedicationRequest.identifier' };
  const id = requiredIdentifier(request['identifier'], place, reading).toUpperCase();
  const toPatient = first ? instructionsToPatient(bundle, reading) : '';
  return element(
    'pertinentLineItem',
    { ...attributes, classCode: 'SBADM', moodCode: 'RQO' },
    element('id', { root: id }),
    element('code', snomed('225426007', 'Administration of therapeutic substance (procedure)')),
    element('effectiveTime', { nullFlavor: 'NA' }),
    repeats === undefined ? '' : element('repeatNumber', {}, low, element('high', { value: repeats })),
    product(medicationCoding(bundle, request, reading)),
    component(objectIn(at(request, 'dispenseRequest', 'quantity'))),
    additionalInstructions(request, toPatient, reading),
    ...endorsements(request, reading),
    pertinent('2', 'pertinentDosageInstructions', {
      code: 'DI',
      value: element('value', {}, text(dosageText(request['dosageInstruction']))),
    }),
  );
}

export function medicationCoding(bundle: MessageBundle, holder: Json, reading: Reading): Json {
  const inline = has(holder, 'medicationCodeableConcept');
  const codings = inline
    ? at(holder, 'medicationCodeableConcept', 'coding')
    : at(bundle.resolve(holder['medicationReference'], reading), 'code', 'coding');
  const path = inline ? 'MedicationRequest.medicationCodeableConcept.coding' : 'Medication.code.coding';
  const found = objectsIn(codings).filter(({ system }) => system === SNOMED);
  return reading.only(found, path, `system == '${SNOMED}'`) ?? {};
}

function product(coding: Json): string {
  const code = element('code', snomed(textIn(coding['code']), textIn(coding['display'])));
  const material = element('manufacturedRequestedMaterial', { classCode: 'MMAT', determinerCode: 'KIND' }, code);
  const made = element('manufacturedProduct', { classCode: 'MANU' }, material);
  return element('product', { contextControlCode: 'OP', typeCode: 'PRD' }, made);
}

function component(quantity: Json): string {
  const value = numberText(quantity['value']);
  const unit = { ...snomed(textIn(quantity['code']), textIn(quantity['unit'])), value };
  const item = element(
    'lineItemQuantity',
    { classCode: 'SPLY', moodCode: 'RQO' },
    element('code', snomed('373784005', 'Dispensing medication (procedure)')),
    element('quantity', { unit: '1', value }, element('translation', unit)),
  );
  return element('component', { typeCode: 'COMP' }, element('seperatableInd', { value: 'false' }), item);
}

function pertinent(number: string, tag: string, { code, value }: { code: string; value: string }): string {
  return element(
    `pertinentInformation${number}`,
    { contextConductionInd: 'true', typeCode: 'PERT' },
    element('seperatableInd', { value: 'false' }),
    element(tag, { classCode: 'OBS', moodCode: 'EVN' }, element('code', { code, codeSystem: MESSAGE_CODES }), value),
  );
}

function endorsements(request: Json, reading: Reading): readonly string[] {
  const path = `MedicationRequest.extension("${ENDORSEMENT}").valueCodeableConcept.coding`;
  return objectsIn(request['extension'])
    .filter(({ url }) => url === ENDORSEMENT)
    .map((extension) => {
      const codings = objectsIn(at(extension, 'valueCodeableConcept', 'coding'));
      const found = codings.filter(({ system }) => system === ENDORSEMENT_CODES);
      const one = reading.only(found, path, `system == '${ENDORSEMENT_CODES}'`);
      const attributes = { code: textIn(one?.['code']), codeSystem: '2.16.840.1.113883.2.1.3.2.4.16.32' };
      return pertinent('3', 'pertinentPrescriberEndorsement', { code: 'PE', value: element('value', attributes) });
    });
}

/** Is XML itself, and is escaped once more where it stands. */
function additionalInstructions(request: Json, toPatient: string, reading: Reading): string {
  const words = textIn(extensionOf(extensionOf(request, CONTROLLED_DRUG), 'quantityWords')?.['valueString']);
  const note = reading.atMostOne(objectsIn(request['note']), 'MedicationRequest.note');
  const lines = [words === '' ? '' : `CD: ${words}`, textIn(note?.['text'])].filter((line) => line !== '');
  const whole = toPatient + innerText(lines.join('\n'));
  if (whole === '') return '';
  return pertinent('1', 'pertinentAdditionalInstructions', { code: 'AI', value: element('value', {}, text(whole)) });
}

/** The writer of the inner XML leaves an ampersand that is escaped already as it is. */
const innerText = (value: string): string =>
  value.replaceAll('&amp;', '&').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function instructionsToPatient(bundle: MessageBundle, reading: Reading): string {
  const payloads = bundle.all('CommunicationRequest').flatMap(({ payload }) => objectsIn(payload));
  const medications = payloads
    .filter(({ contentReference }) => isReference(contentReference))
    .flatMap(({ contentReference }) => objectsIn(bundle.resolve(contentReference, reading)['entry']))
    .map((entry) => textAt(entry, 'item', 'display'))
    .filter((display) => display !== '');
  const told = payloads.map(({ contentString }) => textIn(contentString)).filter((content) => content !== '');
  return [
    ...medications.map((display) => `<medication>${innerText(display)}</medication>`),
    ...told.map((content) => `<patientInfo>${innerText(content)}</patientInfo>`),
  ].join('');
}

const MISSING_REPEATS = 'Number of repeats allowed is required.';

/** The last repeat number of the items of a prescription: issues in all for repeat dispensing. */
export function lastRepeat(course: CourseOfTherapy, first: Json, reading: Reading): string | undefined {
  if (course === 'acute') return undefined;
  if (course === 'continuous') return '1';
  const allowed = wholeNumber(at(first, 'dispenseRequest', 'numberOfRepeatsAllowed'));
  if (allowed === undefined) {
    const path = 'MedicationRequest.dispenseRequest.numberOfRepeatsAllowed';
    reading.refuse('INVALID_VALUE', MISSING_REPEATS, path);
    return undefined;
  }
  return String((repeatsOfBasis(first) ?? allowed) + 1);
}

/** A released item names the prescription it is based on, and there how often that may be issued. */
function repeatsOfBasis(request: Json): number | undefined {
  const information = objectsIn(request['basedOn'])
    .map((basis) => extensionOf(basis, EPS_REPEAT))
    .find(isObject);
  const allowed = extensionOf(information, 'numberOfRepeatsAllowed');
  return wholeNumber(allowed?.['valueInteger'] ?? allowed?.['valueUnsignedInt'] ?? allowed?.['valueString']);
}
