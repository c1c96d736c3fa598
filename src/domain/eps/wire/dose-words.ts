/** The words that dosages are told with: units of time, days, hours of the day, quantities, lists, dates. */
import { numberText } from '../../../fhir/lossless-json.ts';
import type { Reading } from './issues.ts';
import { objectIn, textIn } from './json.ts';

/** One fragment of a dosage: its words in order, nothing where the dosage does not tell it. '' is a word that is missing. */
export type Words = readonly string[];

const UNITS: Readonly<Record<string, readonly [one: string, each: string]>> = {
  s: ['second', 'every second'],
  min: ['minute', 'every minute'],
  h: ['hour', 'hourly'],
  d: ['day', 'daily'],
  wk: ['week', 'weekly'],
  mo: ['month', 'monthly'],
  a: ['year', 'annually'],
};

/** Only units of time have a plural that is certain. */
const TIME_UNITS = new Set(Object.values(UNITS).map(([one]) => one));

const DAYS: Readonly<Record<string, string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

const EVENTS: Readonly<Record<string, string>> = {
  MORN: 'during the morning',
  'MORN.early': 'during the early morning',
  'MORN.late': 'during the late morning',
  NOON: 'around 12:00pm',
  AFT: 'during the afternoon',
  'AFT.early': 'during the early afternoon',
  'AFT.late': 'during the late afternoon',
  EVE: 'during the evening',
  'EVE.early': 'during the early evening',
  'EVE.late': 'during the late evening',
  NIGHT: 'during the night',
  PHS: 'once asleep',
  HS: 'before sleep',
  WAKE: 'upon waking',
  C: 'at a meal',
  CM: 'at breakfast',
  CD: 'at lunch',
  CV: 'at dinner',
  AC: 'before a meal',
  ACM: 'before breakfast',
  ACD: 'before lunch',
  ACV: 'before dinner',
  PC: 'after a meal',
  PCM: 'after breakfast',
  PCD: 'after lunch',
  PCV: 'after dinner',
};

function lookedUp<T>(table: Readonly<Record<string, T>>, code: unknown, { what, reading }: Lookup): T | undefined {
  const key = textIn(code);
  if (Object.hasOwn(table, key)) return table[key];
  reading.refuse('INVALID_VALUE', `Unhandled ${what} ${key}`, 'Dosage.timing.repeat');
  return undefined;
}

interface Lookup {
  readonly what: string;
  readonly reading: Reading;
}

export const unitOfTime = (code: unknown, reading: Reading): string =>
  lookedUp(UNITS, code, { what: 'unit of time', reading })?.[0] ?? '';

/** "daily" for once a day and the like. */
export const everyUnit = (code: unknown, reading: Reading): string =>
  lookedUp(UNITS, code, { what: 'unit of time', reading })?.[1] ?? '';

export const dayOfWeek = (code: string, reading: Reading): string =>
  lookedUp(DAYS, code, { what: 'DayOfWeek', reading }) ?? '';

export const eventTiming = (code: string, reading: Reading): string =>
  lookedUp(EVENTS, code, { what: 'EventTiming', reading }) ?? '';

/** Compared by its letters: 1.0 is not one. */
export const isNumber = (value: unknown, letters: '1' | '2'): boolean => numberText(value) === letters;

export const inNumber = (unit: string, value: unknown): string =>
  numberText(value) === '' || isNumber(value, '1') || !TIME_UNITS.has(unit) ? unit : `${unit}s`;

export const spanOfTime = (unit: unknown, value: unknown, reading: Reading): string =>
  inNumber(unitOfTime(unit, reading), value);

/** Value and unit; `many`: the unit in the plural where it has one. */
export function quantityWords(quantity: unknown, many = false): Words {
  const { unit, value } = objectIn(quantity);
  const name = textIn(unit);
  return [numberText(value), ' ', many ? inNumber(name, value) : name];
}

export function rangeWords(range: unknown, many = false): Words {
  const { high, low } = objectIn(range);
  const [lowest, highest] = [quantityWords(low, many), quantityWords(high, many)];
  if (low !== undefined && high === undefined) return ['at least ', ...lowest];
  if (high !== undefined && low === undefined) return ['up to ', ...highest];
  const sameUnit = lowest[2] === highest[2];
  return [...(sameUnit ? lowest.slice(0, 1) : lowest), ' to ', ...highest];
}

/** "one, two and three". */
export const listed = (items: readonly string[]): Words =>
  items.flatMap((item, index) => {
    if (index === items.length - 1) return [item];
    return [item, index === items.length - 2 ? ' and ' : ', '];
  });

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?$/;

/** DD/MM/YYYY in universal time; what is left out of a date is its first. */
export function dateWords(date: unknown, reading: Reading): string {
  const told = textIn(date);
  const [, year = '', month = '01', day = '01', hour] = DATE.exec(told) ?? [];
  const time = Date.parse(hour === undefined ? `${year}-${month}-${day}` : told);
  if (year === '' || Number.isNaN(time)) {
    reading.refuse('INVALID_VALUE', `Invalid dateTime ${told}`, 'Dosage.timing');
    return '';
  }
  const [whole = ''] = new Date(time).toISOString().split('T');
  return whole.split('-').reverse().join('/');
}

const TIME = /^((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d)(?:\.\d{1,9})?$/;

/** Seconds only where there are any. */
export function timeWords(time: string, reading: Reading): string {
  const [, minutes = '', seconds = ''] = TIME.exec(time) ?? [];
  if (minutes === '') reading.refuse('INVALID_VALUE', `Invalid time of day ${time}`, 'Dosage.timing.repeat.timeOfDay');
  return seconds === '00' ? minutes : `${minutes}:${seconds}`;
}
