/**
 * NHS numbers of the synthetic population, agreed by formula and not by a file: '99', a counter of seven digits from 0, a
 * Modulus 11 check digit. Counters without a valid check digit and numbers of sandbox people are skipped; a population of n
 * is the first n numbers left.
 */

const PREFIX = '99';
const COUNTER_DIGITS = 7;
/** People of the public sandbox, who have records of their own. */
export const SANDBOX_NUMBERS: ReadonlySet<string> = new Set(['9900000285', '9912003071', '9990003343']);
export const LARGEST_COUNTER = 10 ** COUNTER_DIGITS - 1;

/** Written again here, not taken from the product: a bench that shares the product's code shares its mistakes. */
export function checkDigit(nineDigits: string): number | null {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (nineDigits.charCodeAt(i) - 48) * (10 - i);
  const digit = (11 - (sum % 11)) % 11;
  return digit === 10 ? null : digit;
}

export function populationNumbers(size: number): string[] {
  const numbers: string[] = [];
  for (let counter = 0; numbers.length < size; counter++) {
    if (counter > LARGEST_COUNTER) throw new Error(`the formula has only ${numbers.length} numbers`);
    const stem = PREFIX + String(counter).padStart(COUNTER_DIGITS, '0');
    const digit = checkDigit(stem);
    if (digit !== null && !SANDBOX_NUMBERS.has(stem + String(digit))) numbers.push(stem + String(digit));
  }
  return numbers;
}
