/** What kind of treatment a prescription is: acute, repeat prescribing, or repeat dispensing. */
import type { Reading } from './issues.ts';
import { at, objectsIn, textIn } from './json.ts';
import type { Json } from './json.ts';

export type CourseOfTherapy = 'acute' | 'continuous' | 'continuous-repeat-dispensing';

const KNOWN: readonly CourseOfTherapy[] = ['acute', 'continuous', 'continuous-repeat-dispensing'];

const MIXED =
  "Course of therapy type must either match for all MedicationRequests or be a mixture of 'acute' and 'continuous'.";

/** Acute and continuous items together count as acute. */
export function courseOfTherapy(requests: readonly Json[], reading: Reading): CourseOfTherapy {
  const codings = requests.flatMap((request) => objectsIn(at(request, 'courseOfTherapyType', 'coding')));
  const codes = new Set(codings.map((coding) => textIn(coding['code'])));
  const path = 'MedicationRequest.courseOfTherapyType.coding';
  if (codes.size === 2 && codes.has('acute') && codes.has('continuous')) return 'acute';
  if (codes.size !== 1) reading.refuse('INVALID_VALUE', MIXED, path);
  const [code = ''] = codes;
  const known = KNOWN.find((one) => one === code);
  if (known === undefined)
    reading.refuse('INVALID_VALUE', `Unhandled course of therapy type code '${code}'.`, `${path}.code`);
  return known ?? 'acute';
}

export const isRepeatDispensing = (requests: readonly Json[]): boolean =>
  requests.some((request) =>
    objectsIn(at(request, 'courseOfTherapyType', 'coding')).some(({ code }) => code === 'continuous-repeat-dispensing'),
  );
