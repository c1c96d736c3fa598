/** Gender, birth date and order of birth. */
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate, invalidUpdate } from '../refusals.ts';
import { isDate } from './calendar.ts';
import type { SimpleField } from './fields.ts';
import type { JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import { checkOneOf, invalid, unsupportedValue } from './value-checks.ts';

const GENDERS = ['male', 'female', 'other', 'unknown'];

export interface SimpleChanges {
  readonly changed: ReadonlySet<SimpleField>;
  readonly after: JsonObject;
  readonly today: string;
}

export function checkSimpleFields(changes: SimpleChanges): PdsRefusal | null {
  const { changed, after } = changes;
  return (
    (changed.has('gender') ? checkGender(after) : null) ??
    (changed.has('birthDate') ? checkBirthDate(changes) : null) ??
    (changed.has('multipleBirthInteger') ? checkBirthOrder(after) : null)
  );
}

function checkGender(after: JsonObject): PdsRefusal | null {
  const gender = memberOf(after, 'gender');
  if (gender === undefined) return forbiddenUpdate("source not permitted to remove 'gender'");
  const refusal = checkOneOf(gender, GENDERS, 'gender');
  return refusal === null && gender === 'other' ? unsupportedValue('other', 'gender') : refusal;
}

function checkBirthDate({ changed, after, today }: SimpleChanges): PdsRefusal | null {
  const born = memberOf(after, 'birthDate');
  if (born === undefined) return forbiddenUpdate("source not permitted to remove 'birthDate'");
  if (!isDate(born)) return invalid(born, 'birthDate');
  if (born > today) return invalidUpdate('birth date cannot be in the future');
  const died = memberOf(after, 'deceasedDateTime');
  if (typeof died === 'string' && !changed.has('deceasedDateTime') && isBefore(died, born)) {
    return invalidUpdate('birth date cannot be after the deceased date');
  }
  return null;
}

/** Compares as far as both are known: stored dates may be a year or a year and month. */
export function isBefore(died: string, born: string): boolean {
  const length = Math.min(died.length, born.length, 10);
  return died.slice(0, length) < born.slice(0, length);
}

function checkBirthOrder(after: JsonObject): PdsRefusal | null {
  const order = memberOf(after, 'multipleBirthInteger');
  if (order === undefined) return null;
  const isOrder = typeof order === 'number' && Number.isInteger(order) && order >= 1 && order <= 9;
  return isOrder ? null : invalid(order, 'multipleBirthInteger');
}
