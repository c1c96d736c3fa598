/** The NHS numbers of the synthetic population: '99', a seven-digit counter from zero, the check digit. */
import { nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';

/** Numbers of that form which belong to published test people: nobody of the population may wear them. */
const TAKEN: ReadonlySet<string> = new Set(['9900000285', '9912003071', '9990003343']);

/** Counters end here; about 9.09 million of them have a check digit. */
const COUNTERS = 10_000_000;

/** Every number of the population in order, for ever the same; counters without a check digit are skipped. */
export function* populationNumbers(): Generator<string, void, undefined> {
  for (let counter = 0; counter < COUNTERS; counter++) {
    const nineDigits = `99${String(counter).padStart(7, '0')}`;
    const check = nhsNumberCheckDigit(nineDigits);
    if (check === null) continue;
    const number = `${nineDigits}${check}`;
    if (!TAKEN.has(number)) yield number;
  }
}
