/** Orders and cancellations as HL7 v3: ParentPrescription and CancellationRequest. */
import { numberText } from '../../../../fhir/lossless-json.ts';
import { element, text } from '../canonical-xml.ts';
import * as codes from '../codes.ts';
import { courseOfTherapy } from '../course-of-therapy.ts';
import type { CourseOfTherapy } from '../course-of-therapy.ts';
import type { Reading } from '../issues.ts';
import { at, extensionOf, has, identifierOf, objectIn, objectsIn, textAt, textIn } from '../json.ts';
import type { Json } from '../json.ts';
import type { MessageBundle } from '../message-bundle.ts';
import { readSignatureOf } from '../prescription-signature.ts';
import { agentPerson } from '../signed-author.ts';
import type { Part } from '../signed-author.ts';
import { lastRepeat, pertinentLineItem } from '../signed-line-item.ts';
import { recordTarget } from '../signed-patient.ts';
import { odsId } from '../signed-parts.ts';
import * as v3 from './parts.ts';

export interface Converting {
  readonly reading: Reading;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const TREATMENTS: Readonly<Record<CourseOfTherapy, string>> = {
  acute: '0001',
  continuous: '0002',
  'continuous-repeat-dispensing': '0003',
};

const PRESCRIBING = { classCode: 'SBADM', moodCode: 'RQO' } as const;

const longIdOf = (request: Json): string =>
  textAt(extensionOf(request['groupIdentifier'], codes.PRESCRIPTION_ID), 'valueIdentifier', 'value');
const shortIdOf = (request: Json): string => textAt(request, 'groupIdentifier', 'value');
const itemIdOf = (request: Json): string => identifierOf(request['identifier'], codes.LINE_ITEM);

/** `decodedSignature`: the XML that the requester signed with; '' where nothing is signed. */
export function parentPrescription(
  bundle: MessageBundle,
  decodedSignature: string,
  { now, reading }: Converting,
): string {
  const requests = bundle.all('MedicationRequest');
  const first = objectIn(requests[0]);
  const patient = objectIn(bundle.all('Patient')[0]);
  const { signedAt = now } = readSignatureOf(bundle, reading);
  const period = at(first, 'dispenseRequest', 'validityPeriod');
  const path = 'MedicationRequest.dispenseRequest.validityPeriod.start';
  const start = period === undefined ? null : v3.timeDigits(textAt(period, 'start'), path, reading);
  const prescription = element(
    'pertinentInformation1',
    { contextConductionInd: 'true', typeCode: 'PERT' },
    v3.templateId('pertinentInformation'),
    pertinentPrescription({ bundle, decodedSignature, first, requests, signedAt }, reading),
  );
  return element(
    'ParentPrescription',
    { classCode: 'INFO', moodCode: 'EVN' },
    v3.globalId(bundle.id),
    element('code', v3.snomed('163501000000109', 'Prescription - FocusActOrEvent (record artifact)')),
    start === null ? v3.timeOf(signedAt) : element('effectiveTime', { value: start }),
    v3.typeId('PORX_MT132004UK31'),
    recordTarget(patient, {}, reading),
    prescription,
    v3.carePart('RQO', requests.map(itemIdOf)),
  );
}

interface Ordered {
  readonly bundle: MessageBundle;
  readonly decodedSignature: string;
  readonly first: Json;
  readonly requests: readonly Json[];
  readonly signedAt: number;
}

function pertinentPrescription(ordered: Ordered, reading: Reading): string {
  const { bundle, first, requests } = ordered;
  const course = courseOfTherapy(requests, reading);
  const repeats = lastRepeat(course, first, reading);
  const request = objectIn(first['dispenseRequest']);
  const items = requests.map((each, index) =>
    v3.pertinentItem(
      '2',
      true,
      pertinentLineItem(each, { bundle, reading, attributes: {}, repeats, firstRepeat: '1', first: index === 0 }),
    ),
  );
  return element(
    'pertinentPrescription',
    PRESCRIBING,
    v3.globalId(longIdOf(first)),
    element('id', { extension: shortIdOf(first), root: v3.SHORT_FORM_ROOT }),
    element('code', v3.snomed('225426007', v3.ADMINISTRATION)),
    element('effectiveTime', v3.NOT_APPLICABLE),
    repeats === undefined ? '' : v3.interval('repeatNumber', '1', repeats),
    has(request, 'performer') ? performer(textAt(request, 'performer', 'identifier', 'value')) : '',
    author(ordered, reading),
    responsible(ordered, reading),
    course === 'continuous-repeat-dispensing' ? daysSupply(request, reading) : '',
    reviewDate(first),
    annotated('5', ['PrescriptionTreatmentType', 'PTT', '2.16.840.1.113883.2.1.3.2.4.16.36'], TREATMENTS[course]),
    annotated(
      '1',
      ['DispensingSitePreference', 'DSP', '2.16.840.1.113883.2.1.3.2.4.17.21'],
      textAt(extensionOf(request, codes.PERFORMER_SITE_TYPE), 'valueCoding', 'code'),
    ),
    ...items,
    v3.pertinent({ number: '8' }, v3.annotation('pertinentTokenIssued', 'TI', element('value', { value: 'false' }))),
    annotated(
      '4',
      ['PrescriptionType', 'PT', '2.16.840.1.113883.2.1.3.2.4.17.25'],
      textAt(extensionOf(first, codes.PRESCRIPTION_TYPE), 'valueCoding', 'code'),
    ),
  );
}

/** Only the preferred site may be told apart from the rest. */
const annotated = (
  number: string,
  [name, kind, codeSystem]: readonly [name: string, kind: string, codeSystem: string],
  code: string,
): string =>
  v3.pertinent(
    { number, separable: kind === 'DSP' },
    v3.annotation(`pertinent${name}`, kind, element('value', { code, codeSystem })),
  );

const performer = (ods: string): string =>
  element(
    'performer',
    { contextControlCode: 'OP', typeCode: 'PRF' },
    element(
      'AgentOrgSDS',
      { classCode: 'AGNT' },
      element('agentOrganizationSDS', { classCode: 'ORG', determinerCode: 'INSTANCE' }, odsId(ods)),
    ),
  );

function author({ bundle, decodedSignature, first, signedAt }: Ordered, reading: Reading): string {
  const signature =
    decodedSignature === ''
      ? element('signatureText', v3.NOT_APPLICABLE)
      : element('signatureText', {}, decodedSignature);
  return element(
    'author',
    { contextControlCode: 'OP', typeCode: 'AUT' },
    v3.timeOf(signedAt, 'time'),
    signature,
    agentPerson(bundle, first['requester'], { part: 'author', attributes: {}, reading }),
  );
}

const responsibleReference = (first: Json): unknown =>
  extensionOf(first, codes.RESPONSIBLE_PRACTITIONER)?.['valueReference'] ?? first['requester'];

const responsible = ({ bundle, first }: Ordered, reading: Reading): string =>
  element(
    'responsibleParty',
    { contextControlCode: 'OP', typeCode: 'RESP' },
    agentPerson(bundle, responsibleReference(first), { part: 'responsible', attributes: {}, reading }),
  );

const DAYS_ONLY = 'Expected supply duration must be specified in days.';

function daysSupply(request: Json, reading: Reading): string {
  const path = 'MedicationRequest.dispenseRequest';
  const day = (end: 'start' | 'end'): string =>
    v3.timeDigits(textAt(request, 'validityPeriod', end), `${path}.validityPeriod.${end}`, reading).slice(0, 8);
  const supply = objectIn(request['expectedSupplyDuration']);
  if (supply['code'] !== 'd') reading.refuse('INVALID_VALUE', DAYS_ONLY, `${path}.expectedSupplyDuration.code`);
  return element(
    'component1',
    { typeCode: 'COMP' },
    v3.separable(true),
    element(
      'daysSupply',
      { classCode: 'SPLY', moodCode: 'RQO' },
      v3.DISPENSING,
      v3.interval('effectiveTime', day('start'), day('end')),
      element('expectedUseTime', {}, element('width', { unit: 'd', value: numberText(supply['value']) })),
    ),
  );
}

function reviewDate(first: Json): string {
  const date = textIn(extensionOf(extensionOf(first, codes.UK_REPEAT), 'authorisationExpiryDate')?.['valueDateTime']);
  if (date === '') return '';
  const value = date.slice(0, 10).replaceAll('-', '');
  return v3.pertinent({ number: '7' }, v3.annotation('pertinentReviewDate', 'RD', element('value', { value })));
}

const CANCEL_REASONS = 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-reason';

export function cancellationRequest(bundle: MessageBundle, { now, reading }: Converting): string {
  const request = objectIn(bundle.all('MedicationRequest')[0]);
  const agent = (reference: unknown): string =>
    agentPerson(bundle, reference, { part: 'canceller' satisfies Part, attributes: {}, reading });
  const reason = objectIn(
    objectsIn(at(request, 'statusReason', 'coding')).find(({ system }) => system === CANCEL_REASONS),
  );
  return element(
    'CancellationRequest',
    { classCode: 'INFO', moodCode: 'EVN' },
    v3.globalId(bundle.id),
    v3.timeOf(now),
    recordTarget(objectIn(bundle.all('Patient')[0]), {}, reading),
    element('author', { typeCode: 'AUT' }, agent(request['requester'])),
    element('responsibleParty', { typeCode: 'RESP' }, agent(responsibleReference(request))),
    v3.pertinent({ number: '2' }, v3.prescriptionId(shortIdOf(request))),
    element(
      'pertinentInformation1',
      { inversionInd: 'false', negationInd: 'false', typeCode: 'PERT' },
      v3.separable(true),
      v3.actRef('pertinentLineItemRef', ['SBADM', 'RQO'], itemIdOf(request)),
    ),
    v3.pertinent({ number: '' }, cancellationReason(reason)),
    v3.pertinent(
      { number: '3', separable: true, conduction: false },
      v3.actRef('pertinentOriginalPrescriptionRef', ['SBADM', 'RQO'], longIdOf(request)),
    ),
  );
}

const cancellationReason = (reason: Json): string =>
  v3.annotation(
    'pertinentCancellationReason',
    'CR',
    element('text', {}, text(textIn(reason['display']))),
    element('value', { code: textIn(reason['code']), codeSystem: '2.16.840.1.113883.2.1.3.2.4.16.27' }),
  );
