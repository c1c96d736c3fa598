/** Laws of identifiers and of the ways to compare a name, over generated texts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparableName, foldName, likenessText } from '../../src/nhs/fold-name.ts';
import { jaroWinkler } from '../../src/nhs/jaro-winkler.ts';
import { isNhsNumber, nhsNumberCheckDigit } from '../../src/nhs/nhs-number.ts';
import { comparablePostcode } from '../../src/nhs/postcode.ts';
import { soundex } from '../../src/nhs/soundex.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const name = fc.string({ unit: fc.constantFrom(..."abcXYZ éÉßæŁó'-ñĞıİſ\u0301 \t"), maxLength: 20 });
const nineDigits = fc.integer({ min: 0, max: 999_999_999 }).map((number) => String(number).padStart(9, '0'));

describe('the NHS number', () => {
  test('SIM-11 of ten completions of nine digits one is an NHS number, or none', () => {
    fc.assert(
      fc.property(nineDigits, (digits) => {
        const valid = Array.from({ length: 10 }, (_, check) => `${digits}${check}`).filter(isNhsNumber);
        const check = nhsNumberCheckDigit(digits);
        expect(valid).toEqual(check === null ? [] : [`${digits}${check}`]);
      }),
      { numRuns: 500 },
    );
  });

  test('SIM-11 a wrong digit and two neighbours exchanged are noticed', () => {
    fc.assert(
      fc.property(nineDigits, fc.nat(8), fc.integer({ min: 1, max: 9 }), (digits, at, by) => {
        const number = `${digits}${nhsNumberCheckDigit(digits) ?? 0}`;
        fc.pre(isNhsNumber(number));
        const wrong = (Number(number[at]) + by) % 10;
        expect(isNhsNumber(number.slice(0, at) + wrong + number.slice(at + 1))).toBe(false);
        const exchanged = number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2);
        if (exchanged !== number) expect(isNhsNumber(exchanged)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('SIM-11 no text but ten ASCII digits is one', () => {
    fc.assert(
      fc.property(text, (other) => {
        fc.pre(!/^[0-9]{10}$/.test(other));
        expect(isNhsNumber(other)).toBe(false);
      }),
    );
    expect(isNhsNumber('٩٠٠٠٠٠٠٠٠٩')).toBe(false);
    expect(isNhsNumber('9000000009\n')).toBe(false);
  });
});

describe('names and postcodes for comparison', () => {
  test.each([
    ['comparableName', comparableName],
    ['foldName', foldName],
    ['likenessText', likenessText],
    ['comparablePostcode', comparablePostcode],
  ])('SIM-11 %s gives the same when it is done twice', (_name, form) => {
    fc.assert(
      fc.property(fc.oneof(text, name), (value) => {
        expect(form(form(value))).toBe(form(value));
      }),
      { numRuns: 500 },
    );
  });

  test('SIM-11 case and spacing change no comparison of ASCII names', () => {
    const ascii = fc.stringMatching(/^[A-Za-z' -]{0,20}$/);
    fc.assert(
      fc.property(ascii, (value) => {
        expect(comparableName(`  ${value.toUpperCase()} `)).toBe(comparableName(value.toLowerCase()));
        expect(comparablePostcode(value.split('').join(' '))).toBe(comparablePostcode(value));
        expect(soundex(value.toUpperCase())).toBe(soundex(value.toLowerCase()));
      }),
    );
  });

  test('SIM-11 a sound is a letter and three digits wherever a Latin letter is, and accents do not change it', () => {
    fc.assert(
      fc.property(name, (value) => {
        if (/[A-Z]/.test(foldName(value))) expect(soundex(value)).toMatch(/^[A-Z][0-6]{3}$/);
        expect(soundex(foldName(value))).toBe(soundex(value));
      }),
    );
  });

  test('SIM-11 likeness does not depend on which comes first where no letter repeats', () => {
    const letters = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        expect(jaroWinkler(a, b)).toBeCloseTo(jaroWinkler(b, a), 10);
      }),
    );
  });
});
