/** Extensions a patch may write: pharmacies, communication, contact preference, birth place. Deaths have their own file. */
import { countryName } from '../../../fhir/countries.ts';
import {
  BIRTH_PLACE,
  CONTACT_PREFERENCE,
  DEATH_NOTIFICATION,
  MEDICAL_APPLIANCE_SUPPLIER,
  NHS_COMMUNICATION,
  NOMINATED_PHARMACY,
  PREFERRED_DISPENSER,
  REMOVAL_FROM_REGISTRATION,
} from '../../../fhir/pds-extensions.ts';
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate, missingValue } from '../refusals.ts';
import { CONTACT_METHOD, WRITTEN_FORMAT } from './coded-values.ts';
import { ODS_CODES } from './general-practitioner-rules.ts';
import type { Json, JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import { HUMAN_LANGUAGE } from './languages.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { unsupportedField } from './read-operations.ts';
import type { PartCheck } from './sub-extensions.ts';
import { checkParts, codedPart, partOf } from './sub-extensions.ts';
import { checkMembers, checkText, invalid, objectAt } from './value-checks.ts';

const ODS_CODE = /^[A-Za-z0-9]{3,10}$/;
const LONGEST_TIMES = 40;
/** The UK's own codes for its parts, which ISO 3166 does not know. */
const UK_INTERNAL_COUNTRIES = new Set(['1', '2', '3', '4', '7', '9', '10']);
const isCountry = (code: string): boolean => UK_INTERNAL_COUNTRIES.has(code) || countryName(code) !== undefined;
const PLACE_MEMBERS = new Set(['city', 'district', 'country']);

const RULES: ReadonlyMap<Json | undefined, (change: ItemChange) => PdsRefusal | null> = new Map([
  [NOMINATED_PHARMACY, checkPharmacy],
  [PREFERRED_DISPENSER, checkPharmacy],
  [MEDICAL_APPLIANCE_SUPPLIER, checkPharmacy],
  [NHS_COMMUNICATION, checkCommunication],
  [CONTACT_PREFERENCE, checkContactPreference],
  [BIRTH_PLACE, checkBirthPlace],
  [DEATH_NOTIFICATION, () => null],
]);

const urlOf = (item: Json): Json | undefined => memberOf(item, 'url');

export function checkExtensions(change: ListChange): PdsRefusal | null {
  const touched = [...change.removed, ...change.changes.map(({ item }) => item)];
  if (touched.some((item) => urlOf(item) === REMOVAL_FROM_REGISTRATION))
    return unsupportedField(REMOVAL_FROM_REGISTRATION);
  for (const item of change.changes) {
    const rule = RULES.get(urlOf(item.item));
    const refusal = rule === undefined ? unknownExtension(item) : rule(item);
    if (refusal !== null) return refusal;
    if (item.before === null && change.after.filter((other) => urlOf(other) === urlOf(item.item)).length > 1) {
      return invalidUpdate(`cannot add multiple '${String(urlOf(item.item))}' extensions`);
    }
  }
  return null;
}

function unknownExtension({ item, path }: ItemChange): PdsRefusal {
  const url = urlOf(item);
  return url === undefined ? missingValue(`${path}/url`) : invalid(url, `${path}/url`);
}

function checkPharmacy({ item, path }: ItemChange): PdsRefusal | null {
  const reference = objectAt(item, 'valueReference', path);
  if ('kind' in reference) return reference;
  const identifier = objectAt(reference.object, 'identifier', `${path}/valueReference`);
  if ('kind' in identifier) return identifier;
  const at = `${path}/valueReference/identifier/value`;
  const value = memberOf(identifier.object, 'value');
  if (value === undefined) return missingValue(at);
  if (typeof value !== 'string' || !ODS_CODE.test(value)) return invalid(value, at);
  // a nomination has no dates: whatever period came with it is not kept
  item['valueReference'] = { identifier: { system: ODS_CODES, value } };
  return null;
}

const checkLanguage = codedPart(HUMAN_LANGUAGE);

const checkInterpreter: PartCheck = (part, path) => {
  const value = memberOf(part, 'valueBoolean');
  if (value === undefined) return missingValue(`${path}/valueBoolean`);
  return typeof value === 'boolean'
    ? { url: 'interpreterRequired', valueBoolean: value }
    : invalid(value, `${path}/valueBoolean`);
};

function checkCommunication({ item, before, path }: ItemChange): PdsRefusal | null {
  const had = before !== null && partOf(before, 'interpreterRequired') !== undefined;
  if (had && partOf(item, 'interpreterRequired') === undefined)
    return invalidUpdate('interpreterRequired cannot be removed');
  return checkParts(item, path, { language: checkLanguage, interpreterRequired: checkInterpreter });
}

const checkTimes: PartCheck = (part, path) => {
  const value = memberOf(part, 'valueString');
  const at = `${path}/valueString`;
  const refusal = checkText(value, at);
  if (refusal !== null) return refusal;
  const text = String(value);
  return text.length > LONGEST_TIMES ? invalid(text, at) : { url: 'PreferredContactTimes', valueString: text };
};

const PREFERENCES = {
  PreferredWrittenCommunicationFormat: codedPart(WRITTEN_FORMAT),
  PreferredContactMethod: codedPart(CONTACT_METHOD),
  PreferredContactTimes: checkTimes,
};

function checkContactPreference({ item, path }: ItemChange): PdsRefusal | null {
  const refusal = checkParts(item, path, PREFERENCES);
  if (refusal !== null) return refusal;
  const isLost =
    partOf(item, 'PreferredContactTimes') !== undefined && partOf(item, 'PreferredContactMethod') === undefined;
  // the text is ours: the service's own is not public
  return isLost
    ? invalidUpdate('when adding a preferred contact time, a preferred contact method must also be supplied')
    : null;
}

function checkBirthPlace({ item, path }: ItemChange): PdsRefusal | null {
  const found = objectAt(item, 'valueAddress', path);
  if ('kind' in found) return found;
  const at = `${path}/valueAddress`;
  const place: JsonObject = {};
  const refusal = checkMembers(found.object, PLACE_MEMBERS);
  if (refusal !== null) return refusal;
  for (const name of PLACE_MEMBERS) {
    const text = memberOf(found.object, name);
    if (text === undefined) continue;
    const isKnown = typeof text === 'string' && (name !== 'country' || isCountry(text));
    if (!isKnown || text.trim() === '') return invalid(text, `${at}/${name}`);
    place[name] = text;
  }
  if (Object.keys(place).length === 0) return missingValue(`${at}/city/district/country`);
  item['valueAddress'] = place;
  return null;
}
