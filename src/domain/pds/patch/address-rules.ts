/** Addresses: one of each use, the lines and postcode an address needs, the description and dates of a temporary one. */
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate, invalidUpdate } from '../refusals.ts';
import { checkAddressKeys } from './address-keys.ts';
import type { Json, JsonObject } from './json.ts';
import { itemsOf, memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { touches } from './list-changes.ts';
import { checkPeriod } from './period-rules.ts';
import { checkOneOf, dropUnknown, invalid, tooMany, unsupportedValue } from './value-checks.ts';

const USES = ['home', 'work', 'temp', 'billing'];
const DESCRIPTIONS = [
  'Second Home',
  'Student Accommodation',
  'Respite Care Address',
  'Temporary Residence Address',
  'Convalescence Home',
  'Mobile Home',
  'Holiday Home',
];
const MEMBERS = new Set(['id', 'period', 'use', 'text', 'line', 'postalCode', 'extension']);
const MOST_LINES = 5;
/** Pseudo postcodes of the Office for National Statistics, such as ZZ99 3VZ: no fixed abode. */
const PSEUDO_POSTCODE = /^ZZ99 ?\d[A-Z]{2}$/i;

const useOf = (item: Json): Json | undefined => memberOf(item, 'use');
const isBlank = (line: Json): boolean => line === null || (typeof line === 'string' && line.trim() === '');

export function checkAddresses(change: ListChange, today: string): PdsRefusal | null {
  for (const item of change.changes) {
    const refusal = checkAddress(item, today);
    if (refusal !== null) return refusal;
  }
  for (const use of USES) {
    const countOf = (items: readonly Json[]): number => items.filter((item) => useOf(item) === use).length;
    // records from before the rule may hold several: they only must not grow; the text is ours
    if (countOf(change.after) > 1 && countOf(change.after) > countOf(change.before)) {
      return forbiddenUpdate(`multiple ${use} addresses cannot be added`);
    }
  }
  return null;
}

function checkAddress(change: ItemChange, today: string): PdsRefusal | null {
  const { item, before, whole, path } = change;
  dropUnknown(item, MEMBERS, before);
  const refusal =
    checkOneOf(useOf(item), USES, `${path}/use`) ??
    (useOf(item) === 'work' ? unsupportedValue('work', `${path}/use`) : null) ??
    checkDescription(change) ??
    (touches(change, 'line') ? checkLines(item, path) : null) ??
    (touches(change, 'postalCode') ? checkPostcode(item, path) : null) ??
    (touches(change, 'extension') ? checkAddressKeys(item, path) : null) ??
    checkComplete(change);
  if (refusal !== null) return refusal;
  const kind = useOf(item) === 'home' ? 'ordinary' : 'bounded';
  const isReused = before !== null && useOf(item) !== useOf(before);
  return checkPeriod({ holder: item, before: before ?? undefined, whole: whole || isReused, path, today, kind });
}

function checkDescription(change: ItemChange): PdsRefusal | null {
  if (!touches(change, 'text') && !touches(change, 'use')) return null;
  const text = memberOf(change.item, 'text');
  if (text === undefined && useOf(change.item) !== 'temp') return null;
  return checkOneOf(text, DESCRIPTIONS, `${change.path}/text`);
}

function checkLines(item: JsonObject, path: string): PdsRefusal | null {
  const lines = memberOf(item, 'line');
  if (lines === undefined) return null;
  if (!Array.isArray(lines)) return invalid(lines, `${path}/line`);
  if (lines.length > MOST_LINES) return tooMany(lines, `${path}/line`);
  const wrong = lines.findIndex((line) => line !== null && typeof line !== 'string');
  return wrong === -1 ? null : invalid(lines[wrong] ?? null, `${path}/line/${wrong}`);
}

function checkPostcode(item: JsonObject, path: string): PdsRefusal | null {
  const postcode = memberOf(item, 'postalCode');
  if (postcode === undefined) return null;
  if (typeof postcode !== 'string') return invalid(postcode, `${path}/postalCode`);
  if (postcode.trim() === '') delete item['postalCode'];
  return null;
}

/** Blank lines are places only when four or five lines came; fewer lines are the compact form, without places. */
function hasNeededLines(lines: readonly Json[]): boolean {
  const filled = lines.filter((line) => !isBlank(line)).length;
  if (lines.length < 4 || filled === lines.length) return filled >= 2;
  const isFilled = (index: number): boolean => !isBlank(lines[index] ?? null);
  return (isFilled(0) || isFilled(1)) && isFilled(3);
}

function isComplete(item: JsonObject): boolean {
  const postcode = memberOf(item, 'postalCode');
  const isPseudo = typeof postcode === 'string' && PSEUDO_POSTCODE.test(postcode.trim());
  const isKeyed = postcode !== undefined && itemsOf(memberOf(item, 'extension')).some(isPafKey);
  return isPseudo || isKeyed || hasNeededLines(itemsOf(memberOf(item, 'line')));
}

/** An address that was incomplete before may stay so while the patch leaves its lines alone. */
function checkComplete(change: ItemChange): PdsRefusal | null {
  const wasIncomplete = change.before !== null && !isComplete(change.before);
  if (isComplete(change.item) || (wasIncomplete && !touches(change, 'line'))) return null;
  return invalidUpdate('address lines 1 and 4 or 2 and 4 must be completed as a minimum');
}

const isPafKey = (key: Json): boolean =>
  itemsOf(memberOf(key, 'extension')).some((part) => memberOf(memberOf(part, 'valueCoding'), 'code') === 'PAF');

/** The lines in their places, blank ones null, when the served address drops any; null when it drops none. */
export function dropBlankLines(item: JsonObject): (string | null)[] | null {
  const lines = itemsOf(memberOf(item, 'line'));
  if (!lines.some(isBlank)) return null;
  const filled = lines.filter((line) => !isBlank(line));
  if (filled.length === 0) delete item['line'];
  else item['line'] = filled;
  return lines.map((line) => (typeof line === 'string' && !isBlank(line) ? line : null));
}
