/** What several messages tell in the same way: ids, organisations, quantities, which issue is meant. */
import { EPS_REPEAT, LINE_ITEM, ODS_CODE, SNOMED } from './wire/codes.ts';
import { at, extensionOf, identifierOf, objectIn, objectsIn, textAt, textIn } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import type { MessageBundle } from './wire/message-bundle.ts';
import { numberText, wholeNumber } from '../../fhir/lossless-json.ts';
import type { Coding, Organization, WrittenQuantity } from './prescription-state.ts';

export const odsOf = (resource: unknown): string => identifierOf(at(resource, 'identifier'), ODS_CODE).toUpperCase();

/** Of a reference by identifier. */
export const odsAt = (reference: unknown): string => textAt(reference, 'identifier', 'value').toUpperCase();

export const itemId = (resource: unknown): string => identifierOf(at(resource, 'identifier'), LINE_ITEM).toLowerCase();

export function organizationFrom(resource: Json | undefined, ods = odsOf(resource)): Organization {
  const name = textAt(resource, 'name');
  return {
    ods,
    ...(name === '' ? {} : { name }),
    ...(resource === undefined ? {} : { resource: JSON.stringify(resource) }),
  };
}

/** The organisation for which a PractitionerRole acts: its healthcare service, where it names one. */
export function organizationOfRole(bundle: MessageBundle, role: Json | undefined): Json | undefined {
  const service = bundle.find(textAt(role, 'healthcareService', 0, 'reference'));
  return service ?? bundle.find(textAt(role, 'organization', 'reference'));
}

/** Of a coded concept, the SNOMED coding or the first. */
export function codingOf(concept: unknown): Coding | undefined {
  const codings = objectsIn(at(concept, 'coding'));
  const coding = codings.find(({ system }) => system === SNOMED) ?? codings[0];
  if (coding === undefined) return undefined;
  const display = textIn(coding['display']);
  return { code: textIn(coding['code']), ...(display === '' ? {} : { display }) };
}

export function quantityOf(value: unknown): WrittenQuantity | undefined {
  const quantity = objectIn(value);
  const written = numberText(quantity['value']);
  if (written === '') return undefined;
  const [unit, code] = [textIn(quantity['unit']), textIn(quantity['code'])];
  return { value: written, ...(unit === '' ? {} : { unit }), ...(code === '' ? {} : { code }) };
}

/** The medication of a request or a dispense, in it or behind its reference. */
export function medicationOf(holder: Json, find: (reference: string) => Json | undefined): Coding {
  const referred = find(textAt(holder, 'medicationReference', 'reference'));
  return codingOf(holder['medicationCodeableConcept']) ?? codingOf(at(referred, 'code')) ?? { code: '' };
}

export interface Repeats {
  readonly issued?: number;
  readonly allowed?: number;
}

/** Integers, unsigned ones and even texts stand there. */
export function repeatsOf(holder: unknown): Repeats | null {
  const extension = extensionOf(holder, EPS_REPEAT);
  if (extension === undefined) return null;
  const number = (url: string) => {
    const inner = extensionOf(extension, url) ?? {};
    return wholeNumber(inner['valueInteger'] ?? inner['valueUnsignedInt'] ?? inner['valueString']);
  };
  const [issued, allowed] = [number('numberOfRepeatsIssued'), number('numberOfRepeatsAllowed')];
  return { ...(issued === undefined ? {} : { issued }), ...(allowed === undefined ? {} : { allowed }) };
}

/** Most messages count from nought: repeats issued before this one. */
export const issueOf = (repeats: Repeats | null): number | undefined =>
  repeats?.issued === undefined ? undefined : repeats.issued + 1;
