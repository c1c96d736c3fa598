import { expect, test } from 'vitest';
import { checkDigit, populationNumbers, SANDBOX_NUMBERS } from '../../bench/population.ts';

/** Modulus 11 written the textbook way, to check the formula and not repeat it. */
function isValid(number: string): boolean {
  const digits = number.split('').map(Number);
  const weighted = digits.slice(0, 9).reduce((sum, digit, index) => sum + digit * (10 - index), 0);
  return /^\d{10}$/.test(number) && (weighted + (digits[9] ?? 0)) % 11 === 0;
}

test('numbers are valid NHS numbers, unique, ascending and start with 99', () => {
  const numbers = populationNumbers(20_000);
  expect(numbers).toHaveLength(20_000);
  expect(new Set(numbers).size).toBe(20_000);
  expect(numbers.every(isValid)).toBe(true);
  expect(numbers.every((number) => number.startsWith('99'))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
});

test('a smaller population is the beginning of a larger one', () => {
  expect(populationNumbers(100)).toEqual(populationNumbers(5000).slice(0, 100));
  expect(populationNumbers(3)).toEqual(['9900000005', '9900000013', '9900000021']);
});

test('a counter without a check digit is skipped, and a person of the sandbox; none else', () => {
  const numbers = new Set(populationNumbers(1000));
  for (let counter = 0; counter < 1000; counter++) {
    const stem = `99${String(counter).padStart(7, '0')}`;
    const digit = checkDigit(stem);
    const candidates = '0123456789'
      .split('')
      .map((last) => stem + last)
      .filter(isValid);
    expect(candidates).toEqual(digit === null ? [] : [stem + String(digit)]);
    const number = stem + String(digit);
    if (digit !== null) expect(numbers.has(number)).toBe(!SANDBOX_NUMBERS.has(number));
  }
});
