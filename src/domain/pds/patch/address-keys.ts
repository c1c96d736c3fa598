/** Keys of an address in the Postcode Address File (PAF) and the property register (UPRN). */
import { ADDRESS_KEY } from '../../../fhir/pds-extensions.ts';
import type { PdsRefusal } from '../refusals.ts';
import { missingValue } from '../refusals.ts';
import type { Json, JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import { checkOneOf, invalid, objectAt, objectsOf, tooMany } from './value-checks.ts';

const KEY_TYPES = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType';
const PATTERNS: Readonly<Record<string, RegExp>> = { PAF: /^[0-9]{8}$/, UPRN: /^[0-9]{1,12}$/ };

/** Checks the keys of an address and writes them as PDS serves them. */
export function checkAddressKeys(address: JsonObject, path: string): PdsRefusal | null {
  const value = memberOf(address, 'extension');
  if (value === undefined) return null;
  const keys = objectsOf(value, { most: 2 }, `${path}/extension`);
  if ('kind' in keys) return keys;
  const written: JsonObject[] = [];
  const types = new Set<string>();
  for (const [index, key] of keys.entries()) {
    const result = readKey(key, `${path}/extension/${index}`);
    if ('kind' in result) return result;
    types.add(result.type);
    written.push(result.key);
  }
  if (types.size < written.length) return tooMany(value, `${path}/extension`);
  address['extension'] = written;
  return null;
}

interface Key {
  readonly type: string;
  readonly key: JsonObject;
}

function readKey(key: JsonObject, path: string): Key | PdsRefusal {
  const refusal = checkOneOf(memberOf(key, 'url'), [ADDRESS_KEY], `${path}/url`);
  if (refusal !== null) return refusal;
  const parts = objectsOf(memberOf(key, 'extension'), { least: 2, most: 2 }, `${path}/extension`);
  if ('kind' in parts) return parts;
  const typeAt = parts.findIndex((part) => memberOf(part, 'url') === 'type');
  const valueAt = parts.findIndex((part) => memberOf(part, 'url') === 'value');
  const typePart = parts[typeAt];
  const valuePart = parts[valueAt];
  if (typePart === undefined || valuePart === undefined) return wrongUrl(parts, path);
  const coding = objectAt(typePart, 'valueCoding', `${path}/extension/${typeAt}`);
  if ('kind' in coding) return coding;
  const code = memberOf(coding.object, 'code');
  const codeRefusal = checkOneOf(code, ['PAF', 'UPRN'], `${path}/extension/${typeAt}/valueCoding/code`);
  if (codeRefusal !== null) return codeRefusal;
  return writeKey(String(code), memberOf(valuePart, 'valueString'), `${path}/extension/${valueAt}/valueString`);
}

function wrongUrl(parts: readonly JsonObject[], path: string): PdsRefusal {
  const seen = new Set<Json>();
  for (const [index, part] of parts.entries()) {
    const url = memberOf(part, 'url');
    if (url === undefined) return missingValue(`${path}/extension/${index}/url`);
    if ((url !== 'type' && url !== 'value') || seen.has(url)) return invalid(url, `${path}/extension/${index}/url`);
    seen.add(url);
  }
  return invalid([...parts], `${path}/extension`);
}

function writeKey(type: string, value: Json | undefined, path: string): Key | PdsRefusal {
  if (value === undefined) return missingValue(path);
  if (typeof value !== 'string' || PATTERNS[type]?.test(value) !== true) return invalid(value, path);
  const key: JsonObject = {
    url: ADDRESS_KEY,
    extension: [
      { url: 'type', valueCoding: { system: KEY_TYPES, code: type } },
      { url: 'value', valueString: value },
    ],
  };
  return { type, key };
}
