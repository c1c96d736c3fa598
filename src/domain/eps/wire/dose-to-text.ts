/** A structured dosage in words, as $dose-to-text tells it. What is signed is not this text but the one that was sent. */
import { wholeNumber } from '../../../fhir/lossless-json.ts';
import * as timing from './dose-timing.ts';
import { listed, quantityWords, rangeWords } from './dose-words.ts';
import type { Words } from './dose-words.ts';
import { Reading } from './issues.ts';
import type { Invalid } from './issues.ts';
import { at, has, isObject, objectIn, objectsIn, textIn } from './json.ts';
import type { Json } from './json.ts';

export interface DoseText {
  readonly kind: 'text';
  readonly text: string;
}

const NO_SEQUENCE = 'Multiple dosage instructions but sequence not specified';

/** Of the same sequence at once, of the next one thereafter. */
export function doseToText(instructions: unknown): DoseText | Invalid {
  const reading = new Reading();
  const dosages = objectsIn(instructions);
  if (dosages.length > 1 && !dosages.every((dosage) => has(dosage, 'sequence')))
    reading.refuse('INVALID_VALUE', NO_SEQUENCE, 'Dosage.sequence');
  const told = Map.groupBy(dosages, ({ sequence }) => wholeNumber(sequence) ?? 0);
  const text = [...told]
    .sort(([one], [other]) => one - other)
    .map(([, group]) => group.map((dosage) => sentence(dosage, reading)).join(', and '))
    .join(', then ');
  return reading.fault ?? { kind: 'text', text };
}

const MISSING = 'Null or undefined dosage element - required field not populated.';

function sentence(dosage: Json, reading: Reading): string {
  const repeat = timing.repeatOf(dosage);
  const method = displays(dosage['method']);
  const rest: readonly Words[] = [
    dose(dosage),
    rate(dosage),
    timing.duration(repeat, reading),
    timing.frequency(repeat, reading),
    timing.offsetAndWhen(repeat, reading),
    timing.daysAndTimes(repeat, reading),
    displays(dosage['route']),
    displays(dosage['site']),
    asNeeded(dosage, reading),
    timing.bounds(repeat, reading),
    timing.count(repeat),
    timing.events(dosage, reading),
    mostInPeriod(dosage['maxDosePerPeriod']),
    most(dosage['maxDosePerAdministration'], ' per dose'),
    most(dosage['maxDosePerLifetime'], ' for the lifetime of the patient'),
    listed(objectsIn(dosage['additionalInstruction']).flatMap(displays)),
    has(dosage, 'patientInstruction') ? [textIn(dosage['patientInstruction'])] : [],
  ];
  if ([method, ...rest].some((words) => words.includes(''))) reading.refuse('INVALID_VALUE', MISSING, 'Dosage');
  const parts = rest.map((words) => words.join('')).filter((part) => part !== '');
  return [method.join(''), parts.join(' - ')].filter((part) => part !== '').join(' ');
}

const displays = (concept: unknown): Words => objectsIn(at(concept, 'coding')).map(({ display }) => textIn(display));

const withField = (dosage: Json, field: string): unknown =>
  objectsIn(dosage['doseAndRate']).find((each) => isObject(each[field]))?.[field];

function dose(dosage: Json): Words {
  const [quantity, range] = [withField(dosage, 'doseQuantity'), withField(dosage, 'doseRange')];
  if (quantity !== undefined) return quantityWords(quantity);
  return range === undefined ? [] : rangeWords(range);
}

const AT_RATE = 'at a rate of ';

function rate(dosage: Json): Words {
  const ratio = withField(dosage, 'rateRatio');
  if (ratio !== undefined) return [AT_RATE, ...ratioWords(objectIn(ratio))];
  const range = withField(dosage, 'rateRange');
  if (range !== undefined) return [AT_RATE, ...rangeWords(range)];
  const quantity = withField(dosage, 'rateQuantity');
  return quantity === undefined ? [] : [AT_RATE, ...quantityWords(quantity)];
}

/** "per hour", "every 2 hours". */
function ratioWords({ denominator, numerator }: Json): Words {
  const [value = '', , unit = ''] = quantityWords(denominator, true);
  const over = value === '1' ? [' per ', unit] : [' every ', value, ' ', unit];
  return [...quantityWords(numerator), ...over];
}

const NO_REASON = 'No entries in asNeededCodeableConcept.';

function asNeeded({ asNeededBoolean, asNeededCodeableConcept }: Json, reading: Reading): Words {
  if (!isObject(asNeededCodeableConcept)) return asNeededBoolean === true ? ['as required'] : [];
  const reasons = displays(asNeededCodeableConcept);
  if (reasons.length === 0) reading.refuse('INVALID_VALUE', NO_REASON, 'Dosage.asNeededCodeableConcept');
  return ['as required for ', ...listed(reasons)];
}

const UP_TO = 'up to a maximum of ';

const most = (quantity: unknown, of: string): Words =>
  isObject(quantity) ? [UP_TO, ...quantityWords(quantity), of] : [];

const mostInPeriod = (ratio: unknown): Words =>
  isObject(ratio)
    ? [UP_TO, ...quantityWords(ratio['numerator']), ' in ', ...quantityWords(ratio['denominator'], true)]
    : [];
