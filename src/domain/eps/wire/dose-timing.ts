/** When and how often a dose is taken, in words. */
import { numberText } from '../../../fhir/lossless-json.ts';
import * as say from './dose-words.ts';
import type { Words } from './dose-words.ts';
import type { Reading } from './issues.ts';
import { at, has, isObject, objectIn, textsIn } from './json.ts';
import type { Json } from './json.ts';

export const repeatOf = (dosage: Json): Json => objectIn(at(dosage, 'timing', 'repeat'));

export function duration({ duration: span, durationMax, durationUnit }: Json, reading: Reading): Words {
  if (span === undefined && durationMax === undefined) return [];
  const words = ['over ', numberText(span), ' ', say.spanOfTime(durationUnit, span, reading)];
  if (durationMax === undefined) return words;
  return [
    ...words,
    ' (maximum ',
    numberText(durationMax),
    ' ',
    say.spanOfTime(durationUnit, durationMax, reading),
    ')',
  ];
}

export function frequency(repeat: Json, reading: Reading): Words {
  const hasPeriod = has(repeat, 'period') || has(repeat, 'periodMax');
  const one = say.isNumber(repeat['period'], '1') && !has(repeat, 'periodMax');
  const exactly = has(repeat, 'frequencyMax') ? undefined : repeat['frequency'];
  if (!has(repeat, 'frequency') && !has(repeat, 'frequencyMax'))
    return withoutFrequency(repeat, { hasPeriod, one }, reading);
  if (say.isNumber(exactly, '1')) {
    if (!hasPeriod) return ['once'];
    return [...(one ? ['once '] : []), ...period(repeat, reading)];
  }
  if (say.isNumber(exactly, '2')) return hasPeriod ? ['twice ', ...period(repeat, reading)] : ['twice'];
  return [...times(repeat), ...(hasPeriod ? [' ', ...period(repeat, reading)] : [])];
}

const NO_FREQUENCY = 'Period or periodMax specified without a frequency and period is not 1.';

function withoutFrequency(
  repeat: Json,
  { hasPeriod, one }: { readonly hasPeriod: boolean; readonly one: boolean },
  reading: Reading,
): Words {
  if (!hasPeriod) return [];
  if (one) return [say.everyUnit(repeat['periodUnit'], reading)];
  reading.refuse('INVALID_VALUE', NO_FREQUENCY, 'Dosage.timing.repeat');
  return [];
}

function times(repeat: Json): Words {
  const [least, most] = [numberText(repeat['frequency']), numberText(repeat['frequencyMax'])];
  if (!has(repeat, 'frequency')) return ['up to ', most, ' times'];
  return has(repeat, 'frequencyMax') ? [least, ' to ', most, ' times'] : [least, ' times'];
}

function period({ period: least, periodMax, periodUnit }: Json, reading: Reading): Words {
  if (periodMax !== undefined) {
    const unit = say.spanOfTime(periodUnit, periodMax, reading);
    return ['every ', numberText(least), ' to ', numberText(periodMax), ' ', unit];
  }
  if (say.isNumber(least, '1')) return [periodUnit === 'h' ? 'an' : 'a', ' ', say.unitOfTime(periodUnit, reading)];
  return ['every ', numberText(least), ' ', say.spanOfTime(periodUnit, least, reading)];
}

const MINUTES: readonly (readonly [string, number])[] = [
  ['day', 1440],
  ['hour', 60],
  ['minute', 1],
];

/** The largest unit that the minutes are a whole number of. */
function offsetWords(offset: unknown): Words {
  const minutes = Number.parseInt(numberText(offset), 10);
  const [unit, length] = MINUTES.find(([, each]) => minutes % each === 0) ?? ['', 1];
  const count = unit === '' ? '' : String(minutes / length);
  return [count, ' ', say.inNumber(unit, count), ' '];
}

export function offsetAndWhen(repeat: Json, reading: Reading): Words {
  if (!has(repeat, 'offset') && !has(repeat, 'when')) return [];
  const events = textsIn(repeat['when']).map((event) => say.eventTiming(event, reading));
  return [
    ...(has(repeat, 'offset') ? offsetWords(repeat['offset']) : []),
    ...(events.length === 0 ? [''] : say.listed(events)),
  ];
}

export function daysAndTimes(repeat: Json, reading: Reading): Words {
  const days = textsIn(repeat['dayOfWeek']).map((day) => say.dayOfWeek(day, reading));
  const hours = textsIn(repeat['timeOfDay']).map((time) => say.timeWords(time, reading));
  return [
    ...(days.length === 0 ? [] : ['on ', ...say.listed(days)]),
    ...(days.length === 0 || hours.length === 0 ? [] : [' ']),
    ...(hours.length === 0 ? [] : ['at ', ...say.listed(hours)]),
  ];
}

export function bounds({ boundsDuration, boundsPeriod, boundsRange }: Json, reading: Reading): Words {
  if (boundsDuration !== undefined) return ['for ', ...say.quantityWords(boundsDuration, true)];
  if (boundsRange !== undefined) return ['for ', ...say.rangeWords(boundsRange, true)];
  if (!isObject(boundsPeriod)) return [];
  const { end, start } = boundsPeriod;
  if (start === undefined) return ['until ', say.dateWords(end, reading)];
  const from = ['from ', say.dateWords(start, reading)];
  return end === undefined ? from : [...from, ' to ', say.dateWords(end, reading)];
}

export function count(repeat: Json): Words {
  const { count: least, countMax } = repeat;
  if (least === undefined && countMax === undefined) return [];
  if (countMax === undefined && say.isNumber(least, '1')) return ['take once'];
  if (countMax === undefined && say.isNumber(least, '2')) return ['take twice'];
  return ['take ', numberText(least), ...(countMax === undefined ? [] : [' to ', numberText(countMax)]), ' times'];
}

export function events(dosage: Json, reading: Reading): Words {
  const dates = textsIn(at(dosage, 'timing', 'event')).map((date) => say.dateWords(date, reading));
  return dates.length === 0 ? [] : ['on ', ...say.listed(dates)];
}
