/** The pieces that HL7 v3 messages of prescriptions are made of: ids, codes, times, annotations, people and places. */
import { isDateTime } from '../../../../fhir/dates.ts';
import { numberText, wholeNumber } from '../../../../fhir/lossless-json.ts';
import { element, text } from '../canonical-xml.ts';
import { ODS_CODE, SDS_ROLE, SDS_USER } from '../codes.ts';
import type { Reading } from '../issues.ts';
import { extensionOf, has, objectIn, objectsIn, textAt, textIn } from '../json.ts';
import type { Json } from '../json.ts';
import { isReference } from '../message-bundle.ts';
import { jobRole } from '../signed-author.ts';
import { MESSAGE_CODES, address, odsId, requiredIdentifier, telecom } from '../signed-parts.ts';

const SNOMED_ROOT = '2.16.840.1.113883.2.1.3.2.4.15';
export const SHORT_FORM_ROOT = '2.16.840.1.113883.2.1.3.2.4.18.8';
export const NHS_NUMBER_ROOT = '2.16.840.1.113883.2.1.4.1';
export const SDS_ROLE_ROOT = '1.2.826.0.1285.0.2.0.67';
export const SDS_USER_ROOT = '1.2.826.0.1285.0.2.0.65';
/** A dispenser is named by his user id where a prescriber has a professional code. */
export const PERSON_ROOT = '1.2.826.0.1285.0.2.1.54';
export const JOB_ROLE_ROOT = '1.2.826.0.1285.0.2.1.104';

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

export const globalId = (id: string): string => element('id', { root: UUID.test(id) ? id.toUpperCase() : id });

export const snomed = (code: string, displayName?: string) => ({ code, codeSystem: SNOMED_ROOT, displayName });

export const coded = (coding: Json, codeSystem: string): string =>
  element('value', { code: textIn(coding['code']), codeSystem, displayName: shownText(coding['display']) });

const shownText = (value: unknown): string | undefined => (textIn(value) === '' ? undefined : textIn(value));

export const typeId = (extension: string): string =>
  element('typeId', { extension, root: '2.16.840.1.113883.2.1.3.2.4.18.7' });
export const templateId = (extension: string): string =>
  element('templateId', { extension: `CSAB_RM-NPfITUK10.${extension}`, root: '2.16.840.1.113883.2.1.3.2.4.18.2' });

export const separable = (yes: boolean): string => element('seperatableInd', { value: String(yes) });

export const NOT_APPLICABLE = { nullFlavor: 'NA' } as const;
export const ADMINISTRATION = 'Administration of therapeutic substance (procedure)';
export const DISPENSING = element('code', snomed('373784005', 'Dispensing medication (procedure)'));

interface Pertinence {
  readonly number: string;
  readonly separable?: boolean;
  readonly conduction?: boolean;
}

/** One piece of information, told of what stands around it. */
export const pertinent = (
  { conduction = true, number, separable: apart = false }: Pertinence,
  ...content: readonly string[]
): string =>
  element(
    `pertinentInformation${number}`,
    { contextConductionInd: String(conduction), typeCode: 'PERT' },
    separable(apart),
    ...content,
  );

/** Items of a prescription, each a statement of its own. */
export const pertinentItem = (number: string, apart: boolean, item: string): string =>
  element(
    `pertinentInformation${number}`,
    { contextConductionInd: 'true', inversionInd: 'false', negationInd: 'false', typeCode: 'PERT' },
    separable(apart),
    templateId('sourceOf2'),
    item,
  );

export const annotation = (tag: string, code: string, ...content: readonly string[]): string =>
  element(tag, { classCode: 'OBS', moodCode: 'EVN' }, element('code', { code, codeSystem: MESSAGE_CODES }), ...content);

export const prescriptionId = (shortForm: string): string =>
  annotation('pertinentPrescriptionID', 'PID', element('value', { extension: shortForm, root: SHORT_FORM_ROOT }));

/** Another act, named by its id alone. */
export const actRef = (tag: string, moods: readonly [classCode: string, moodCode: string], id: string): string =>
  element(tag, { classCode: moods[0], moodCode: moods[1] }, globalId(id));

export const interval = (tag: string, low: string, high: string): string =>
  element(tag, {}, element('low', { value: low }), element('high', { value: high }));

/** The quantity in units, and the same in the units of the medicine. */
export function quantity(told: unknown): string {
  const { code, unit, value } = objectIn(told);
  const number = numberText(value);
  const translation = { ...snomed(textIn(code), shownText(unit)), value: number };
  return element('quantity', { unit: '1', value: number }, element('translation', translation));
}

const digits = (time: number): string => new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);

export const timeOf = (time: number, tag = 'effectiveTime'): string => element(tag, { value: digits(time) });

/** YYYYMMDDHHmmss in universal time. */
export function timeDigits(told: unknown, path: string, reading: Reading): string {
  const value = textIn(told);
  const time = isDateTime(value)
    ? Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/.test(value) || !value.includes('T') ? value : `${value}Z`)
    : Number.NaN;
  if (!Number.isNaN(time)) return digits(time);
  reading.refuse('INVALID_VALUE', `Incorrect format for date time string '${value}'.`, path);
  return '';
}

export const carePart = (moodCode: string, ids: readonly string[]): string =>
  element(
    'pertinentInformation2',
    { typeCode: 'PERT' },
    templateId('pertinentInformation1'),
    element(
      'pertinentCareRecordElementCategory',
      { classCode: 'CATEGORY', moodCode: 'EVN' },
      element('code', snomed('185361000000102', 'Medication - care record element (record artifact)')),
      ...ids.map((id) => element('component', { typeCode: 'COMP' }, actRef('actRef', ['SBADM', moodCode], id))),
    ),
  );

export const containedIn = (holder: Json, reference: unknown): Json =>
  objectIn(objectsIn(holder['contained']).find(({ id }) => `#${textIn(id)}` === textAt(reference, 'reference')));

/** Who dispenses, and for which pharmacy. */
export function dispenserPerson(role: Json, organization: Json, reading: Reading): string {
  const [point] = objectsIn(role['telecom']);
  const user = { system: SDS_USER, path: 'PractitionerRole.practitioner' };
  const practitioner = objectIn(role['practitioner']);
  if (isReference(practitioner))
    reading.refuse('INVALID_VALUE', 'PractitionerRole.practitioner should be an Identifier', user.path);
  const called = textIn(practitioner['display']);
  const id = {
    extension: requiredIdentifier([practitioner['identifier']], user, reading),
    root: PERSON_ROOT,
  };
  return element(
    'AgentPerson',
    { classCode: 'AGNT' },
    roleId(role, reading),
    element('code', { code: jobRole(role, reading), codeSystem: JOB_ROLE_ROOT }),
    point === undefined ? '' : telecom(point, '', reading),
    element(
      'agentPerson',
      { classCode: 'PSN', determinerCode: 'INSTANCE' },
      element('id', id),
      called === '' ? '' : element('name', {}, text(called)),
    ),
    pharmacy(organization, point, reading),
  );
}

export const roleId = (role: Json, reading: Reading): string =>
  element('id', {
    extension: requiredIdentifier(
      role['identifier'],
      { system: SDS_ROLE, path: 'PractitionerRole.identifier' },
      reading,
    ),
    root: SDS_ROLE_ROOT,
  });

const NOT_SPECIFIED = element('code', { code: '999', codeSystem: '2.16.840.1.113883.2.1.3.2.4.17.94' });

/** A pharmacy without a telephone is reached by that of the person. */
function pharmacy(organization: Json, personal: Json | undefined, reading: Reading): string {
  const point = objectsIn(organization['telecom'])[0] ?? personal;
  const [place] = objectsIn(organization['address']);
  const ods = { system: ODS_CODE, path: 'Organization.identifier' };
  return element(
    'representedOrganization',
    { classCode: 'ORG', determinerCode: 'INSTANCE' },
    odsId(requiredIdentifier(organization['identifier'], ods, reading)),
    NOT_SPECIFIED,
    has(organization, 'name') ? element('name', {}, text(textIn(organization['name']))) : '',
    point === undefined ? '' : telecom(point, 'Organization.telecom', reading),
    place === undefined ? '' : address(place, 'Organization.address', reading),
  );
}

/** The authority that pays. */
export const payer = (attributes: Readonly<Record<string, string>>, code: string, called = ''): string =>
  element(
    'primaryInformationRecipient',
    { ...attributes, typeCode: 'PRCP' },
    element(
      'AgentOrg',
      { classCode: 'AGNT' },
      element(
        'agentOrganization',
        { classCode: 'ORG', determinerCode: 'INSTANCE' },
        code === '' ? '' : odsId(code),
        NOT_SPECIFIED,
        called === '' ? '' : element('name', {}, text(called)),
      ),
    ),
  );

/** The issue of a repeat and how many there are, from extensions that count from none. */
export function repeatNumber(information: Json | undefined): string {
  if (information === undefined) return '';
  const [issued, allowed] = ['numberOfRepeatsIssued', 'numberOfRepeatsAllowed'].map((name) =>
    String(integerOf(information, name) + 1),
  );
  return interval('repeatNumber', issued ?? '', allowed ?? '');
}

export const wholeNumberOf = (value: unknown): number => wholeNumber(value) ?? 0;

export function integerOf(holder: Json | undefined, url: string): number {
  const { valueInteger, valueString, valueUnsignedInt } = objectIn(extensionOf(holder, url));
  return wholeNumberOf(valueInteger ?? valueUnsignedInt ?? valueString);
}

/** What follows what was released. */
export const sequelTo = (id: string): string =>
  element('sequelTo', { typeCode: 'SEQL' }, actRef('priorPrescriptionReleaseEventRef', ['INFO', 'RQO'], id));

export const replacementOf = (id: string): string =>
  id === '' ? '' : element('replacementOf', { typeCode: 'RPLC' }, actRef('priorMessageRef', ['INFO', 'EVN'], id));

export const inFulfillmentOf = (tag: string, id: string): string =>
  element(
    'inFulfillmentOf',
    { inversionInd: 'false', negationInd: 'false', typeCode: 'FLFS' },
    separable(true),
    templateId('sourceOf1'),
    actRef(tag, ['SBADM', 'RQO'], id),
  );

export const prescriptionStatus = (coding: Json): string =>
  pertinent(
    { number: '3' },
    annotation('pertinentPrescriptionStatus', 'PS', coded(coding, '2.16.840.1.113883.2.1.3.2.4.16.35')),
  );

export const itemStatus = (coding: Json): string =>
  pertinent(
    { number: '3' },
    annotation('pertinentItemStatus', 'IS', coded(coding, '2.16.840.1.113883.2.1.3.2.4.17.23')),
  );

export const nonDispensing = (coding: Json | undefined): string =>
  coding === undefined
    ? ''
    : pertinent(
        { number: '2' },
        annotation('pertinentNonDispensingReason', 'NDR', coded(coding, '2.16.840.1.113883.2.1.3.2.4.16.31')),
      );
