/** The checks of the published schema that several parts of the Patient share, with their wire texts. */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate, invalidValue, missingValue, refuse } from '../refusals.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, memberOf } from './json.ts';
import { pythonRepr, shownRepr, shownStr } from './python-text.ts';

export const invalid = (value: Json, path: string): PdsRefusal => invalidValue(shownStr(value), path);

/** A value that may be read but not written. The service's own text is not public; this one is ours. */
export const unsupportedValue = (value: Json, path: string): PdsRefusal =>
  refuse('UNSUPPORTED_VALUE', `Unsupported value - '${shownStr(value)}' in field '${path}'`);

/** The service's own text is not public; this one is ours. */
export const unsupportedCharacters = (value: Json, path: string): PdsRefusal =>
  refuse('UNSUPPORTED_CHARACTERS_IN_FIELD', `Unsupported characters - '${shownStr(value)}' in field '${path}'`);

export const tooMany = (value: Json, path: string): PdsRefusal =>
  refuse('TOO_MANY_VALUES_SUBMITTED', `Too many values submitted - ${shownRepr(value)} in field '${path}'`);

export const tooFew = (value: Json, path: string): PdsRefusal =>
  refuse('TOO_FEW_VALUES_SUBMITTED', `Too few values submitted - ${shownRepr(value)} in field '${path}'`);

export function additionalProperties(names: readonly string[]): PdsRefusal {
  const list = names.map(pythonRepr).join(', ');
  return refuse(
    'ADDITIONAL_PROPERTIES',
    `Invalid request with error - Additional properties are not allowed (${list} ${names.length === 1 ? 'was' : 'were'} unexpected)`,
  );
}

/** Refuses members outside the set. */
export function checkMembers(object: JsonObject, allowed: ReadonlySet<string>): PdsRefusal | null {
  const unexpected = Object.keys(object).filter((name) => !allowed.has(name));
  return unexpected.length === 0 ? null : additionalProperties(unexpected);
}

/** Forgets members that PDS has no place for, as the service does where its schema is open; stored ones stay. */
export function dropUnknown(object: JsonObject, known: ReadonlySet<string>, before: JsonObject | null): void {
  for (const name of Object.keys(object)) {
    if (!known.has(name) && memberOf(before ?? undefined, name) === undefined) delete object[name];
  }
}

/** A string that is not blank. */
export function checkText(value: Json | undefined, path: string): PdsRefusal | null {
  if (value === undefined) return missingValue(path);
  return typeof value === 'string' && value.trim() !== '' ? null : invalid(value, path);
}

export function checkOneOf(value: Json | undefined, allowed: readonly string[], path: string): PdsRefusal | null {
  if (value === undefined) return missingValue(path);
  return typeof value === 'string' && allowed.includes(value) ? null : invalid(value, path);
}

export interface ListSize {
  readonly least?: number;
  readonly most?: number;
}

/** A list of objects within its size, or the refusal. */
export function objectsOf(value: Json | undefined, size: ListSize, path: string): readonly JsonObject[] | PdsRefusal {
  if (value === undefined) return missingValue(path);
  if (!Array.isArray(value)) return invalid(value, path);
  if (size.most !== undefined && value.length > size.most) return tooMany(value, path);
  if (size.least !== undefined && value.length < size.least) return tooFew(value, path);
  const objects: JsonObject[] = [];
  for (const [index, item] of value.entries()) {
    if (!isObject(item)) return invalid(item, `${path}/${index}`);
    objects.push(item);
  }
  return objects;
}

/** A member that must be an object, or the refusal. */
export function objectAt(holder: JsonObject, name: string, path: string): { readonly object: JsonObject } | PdsRefusal {
  const value = memberOf(holder, name);
  if (value === undefined) return missingValue(`${path}/${name}`);
  return isObject(value) ? { object: value } : invalid(value, `${path}/${name}`);
}

const EMAIL = /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/;

export const isEmail = (text: string): boolean => text.length >= 7 && text.length <= 89 && EMAIL.test(text);

export const EMAIL_INVALID = invalidUpdate('email format is invalid');
