/** Claims as HL7 v3: DispenseClaim. */
import { element, text } from '../canonical-xml.ts';
import { BUSINESS_STATUS, EPS_REPEAT, MESSAGE_ID, SNOMED } from '../codes.ts';
import type { Reading } from '../issues.ts';
import { at, extensionOf, identifierOf, objectIn, objectsIn, textAt, textIn } from '../json.ts';
import type { Json } from '../json.ts';
import * as v3 from './parts.ts';
import type { Converting } from './prescriber-messages.ts';
import { suppliedQuantity } from './supplied.ts';

const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const SYSTEM = 'https://fhir.nhs.uk/CodeSystem/';
const REPLACEMENT = `${STRUCTURE}Extension-replacementOf`;
const GROUP_IDENTIFIER = `${STRUCTURE}Extension-DM-GroupIdentifier`;
const STATUS_REASON = `${STRUCTURE}Extension-EPS-TaskBusinessStatusReason`;
const SEQUENCE = `${STRUCTURE}Extension-ClaimSequenceIdentifier`;
const REQUEST = `${STRUCTURE}Extension-ClaimMedicationRequestReference`;
const EXEMPTIONS = `${SYSTEM}prescription-charge-exemption`;
const EVIDENCE = `${SYSTEM}DM-exemption-evidence`;
const CHARGES = `${SYSTEM}DM-prescription-charge`;
const ENDORSEMENTS = `${SYSTEM}medicationdispense-endorsement`;
const ITEM_TYPES = `${SYSTEM}medicationdispense-type`;

/** Asked for by the schema and used by nobody. */
const NO_RELEASE = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

export const claimId = (claim: Json): string => identifierOf(claim['identifier'], MESSAGE_ID);

export function dispenseClaim(claim: Json, { reading }: Converting): string {
  const item = reading.only(objectsIn(claim['item']), 'Claim.item') ?? {};
  const coverage = reading.only(objectsIn(claim['insurance']), 'Claim.insurance')?.['coverage'];
  const created = v3.timeDigits(claim['created'], 'Claim.created', reading);
  return element(
    'DispenseClaim',
    { classCode: 'INFO', moodCode: 'EVN' },
    v3.globalId(claimId(claim)),
    element('code', v3.snomed('163541000000107', 'Dispensed Medication - FocusActOrEvent (administrative concept)')),
    element('effectiveTime', { value: created }),
    v3.typeId('PORX_MT142001UK31'),
    v3.payer({}, textAt(coverage, 'identifier', 'value'), textAt(coverage, 'display')),
    element(
      'pertinentInformation1',
      { contextConductionInd: 'true', typeCode: 'PERT' },
      v3.templateId('pertinentInformation'),
      supplyHeader(claim, { created, item }, reading),
    ),
    v3.replacementOf(textAt(extensionOf(claim, REPLACEMENT), 'valueIdentifier', 'value')),
    exemption(item),
    v3.sequelTo(NO_RELEASE),
  );
}

/** The first coding of a system in a list of concepts. */
const codingIn = (concepts: unknown, system: string): Json | undefined =>
  objectsIn(concepts)
    .flatMap((concept) => objectsIn(concept['coding']))
    .find((coding) => coding['system'] === system);

function exemption(item: Json): string {
  const exempt = codingIn(item['programCode'], EXEMPTIONS);
  if (exempt === undefined) return '';
  const code = textIn(exempt['code']);
  const evidence = codingIn(item['programCode'], EVIDENCE);
  const covering = element(
    'coveringChargeExempt',
    { classCode: 'OBS', moodCode: 'EVN', negationInd: String(code === '0001') },
    element('code', { code: 'EX', codeSystem: '2.16.840.1.113883.2.1.3.2.4.17.30' }),
    element('value', { code, codeSystem: '2.16.840.1.113883.2.1.3.2.4.16.33' }),
    evidence === undefined ? '' : evidenceSeen(textIn(evidence['code']) === 'evidence-seen'),
  );
  return element('coverage', { contextConductionInd: 'true', typeCode: 'COVBY' }, v3.separable(false), covering);
}

const evidenceSeen = (seen: boolean): string =>
  element(
    'authorization',
    { contextConductionInd: 'true', typeCode: 'AUTH' },
    v3.separable(false),
    element(
      'authorizingEvidenceSeen',
      { classCode: 'OBS', moodCode: 'EVN', negationInd: String(!seen) },
      element('code', { code: 'ES', codeSystem: '2.16.840.1.113883.2.1.3.2.4.17.30' }),
    ),
  );

interface Claimed {
  readonly created: string;
  readonly item: Json;
}

function supplyHeader(claim: Json, { created, item }: Claimed, reading: Reading): string {
  const role = v3.containedIn(claim, claim['provider']);
  const agent = v3.dispenserPerson(role, v3.containedIn(claim, role['organization']), reading);
  const group = extensionOf(claim['prescription'], GROUP_IDENTIFIER);
  const idOf = (form: 'shortForm' | 'UUID'): string => textAt(extensionOf(group, form), 'valueIdentifier', 'value');
  const details = objectsIn(item['detail']);
  return element(
    'pertinentSupplyHeader',
    { classCode: 'SBADM', moodCode: 'EVN' },
    v3.globalId(claimId(claim)),
    element('code', v3.snomed('225426007')),
    element('effectiveTime', v3.NOT_APPLICABLE),
    v3.repeatNumber(extensionOf(item, EPS_REPEAT) ?? extensionOf(details[0], EPS_REPEAT)),
    element(
      'legalAuthenticator',
      { contextControlCode: 'OP', typeCode: 'LA' },
      element('time', { value: created }),
      element('signatureText', v3.NOT_APPLICABLE),
      agent,
    ),
    nonDispensing(item),
    v3.prescriptionStatus(objectIn(extensionOf(item, BUSINESS_STATUS)?.['valueCoding'])),
    ...details.map((detail) => v3.pertinentItem('1', false, claimedItem(item, detail, reading))),
    v3.pertinent({ number: '4' }, v3.prescriptionId(idOf('shortForm'))),
    v3.inFulfillmentOf('priorOriginalPrescriptionRef', idOf('UUID')),
  );
}

function nonDispensing(holder: Json): string {
  const reason = extensionOf(holder, STATUS_REASON)?.['valueCoding'];
  return v3.nonDispensing(reason === undefined ? undefined : objectIn(reason));
}

function claimedItem(item: Json, detail: Json, reading: Reading): string {
  const subDetails = objectsIn(detail['subDetail']);
  const older = extensionOf(item, EPS_REPEAT) === undefined;
  const repeat = extensionOf(older ? subDetails[0] : detail, EPS_REPEAT);
  return element(
    'pertinentSuppliedLineItem',
    { classCode: 'SBADM', moodCode: 'PRMS' },
    v3.globalId(textAt(extensionOf(detail, SEQUENCE), 'valueIdentifier', 'value')),
    element('code', v3.snomed('225426007', v3.ADMINISTRATION)),
    element('effectiveTime', v3.NOT_APPLICABLE),
    subDetails.length === 0 ? '' : v3.repeatNumber(repeat),
    ...subDetails.map((subDetail) => claimedSupply(detail, subDetail, reading)),
    nonDispensing(detail),
    v3.itemStatus(objectIn(codingIn(detail['modifier'], ITEM_TYPES))),
    v3.inFulfillmentOf(
      'priorOriginalItemRef',
      textAt(extensionOf(detail, REQUEST), 'valueReference', 'identifier', 'value'),
    ),
  );
}

const CHARGED: Readonly<Record<string, string>> = { 'paid-once': 'true', 'paid-twice': 'true', 'not-paid': 'false' };

function claimedSupply(detail: Json, subDetail: Json, reading: Reading): string {
  const charge = textIn(codingIn(detail['programCode'], CHARGES)?.['code']);
  const paid = Object.hasOwn(CHARGED, charge) ? CHARGED[charge] : undefined;
  if (paid === undefined)
    reading.refuse('INVALID_VALUE', 'Unsupported prescription charge code', 'Claim.item.detail.programCode');
  const product = objectsIn(at(subDetail, 'productOrService', 'coding')).find(({ system }) => system === SNOMED);
  return suppliedQuantity(
    { quantity: subDetail['quantity'], product: objectIn(product), determiner: 'KIND' },
    v3.pertinent({ number: '1' }, v3.annotation('pertinentChargePayment', 'CP', element('value', { value: paid }))),
    ...objectsIn(detail['programCode']).map(endorsement),
  );
}

/** '' for what is no endorsement. */
function endorsement(concept: Json): string {
  const coding = codingIn([concept], ENDORSEMENTS);
  if (coding === undefined) return '';
  const supporting = textIn(concept['text']);
  return v3.pertinent(
    { number: '2', separable: true },
    v3.annotation(
      'pertinentDispensingEndorsement',
      'DE',
      supporting === '' ? '' : element('text', {}, text(supporting)),
      element('value', { code: textIn(coding['code']), codeSystem: '2.16.840.1.113883.2.1.3.2.4.16.29' }),
    ),
  );
}
