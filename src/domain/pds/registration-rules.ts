/** Rules a new person's data must keep beyond its shape. They count only once no known person was matched. */
import { invalidCreate, type PdsRefusal } from './refusals.ts';
import { isObject } from './shape.ts';

const NEEDED_LINES = 'address lines 1 and 4 or 2 and 4 must be completed as a minimum';
const PSEUDO_POSTCODE = 'ZZ993VZ';

/** `patient` has the right shape already. */
export function registrationObjection(patient: unknown): PdsRefusal | null {
  if (!isObject(patient)) return null;
  if (list(patient['address']).some((address) => !hasNeededLines(address))) return invalidCreate(NEEDED_LINES);
  if (list(patient['telecom']).some(isUnusableEmail)) return invalidCreate('email format is invalid');
  const ended = list(patient['name']).some((name) => member(name, 'use') === 'usual' && endOf(name) !== undefined);
  return ended ? invalidCreate('An end date can not be provided on usual name') : null;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);
const endOf = (name: unknown): unknown => member(member(name, 'period'), 'end');

function hasNeededLines(address: unknown): boolean {
  const postcode = String(member(address, 'postalCode') ?? '')
    .replaceAll(' ', '')
    .toUpperCase();
  if (postcode === PSEUDO_POSTCODE || (postcode !== '' && hasPafKey(address))) return true;
  const lines = list(member(address, 'line'));
  const filled = (i: number): boolean => String(lines[i] ?? '').trim() !== '';
  return (filled(0) || filled(1)) && filled(3);
}

function hasPafKey(address: unknown): boolean {
  return list(member(address, 'extension')).some((key) =>
    list(member(key, 'extension')).some((part) => member(member(part, 'valueCoding'), 'code') === 'PAF'),
  );
}

function isUnusableEmail(telecom: unknown): boolean {
  if (member(telecom, 'system') !== 'email') return false;
  const value = String(member(telecom, 'value') ?? '').trim();
  return value.length < 7 || value.length > 89 || !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value);
}
