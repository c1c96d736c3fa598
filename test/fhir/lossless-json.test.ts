import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberText, parseLossless, wholeNumber } from '../../src/fhir/lossless-json.ts';

test('EPS-W03 numbers keep their letters through reading and writing', () => {
  for (const text of ['20.0', '-0', '1e3', '0.10', '12345678901234567890', '7', '2.5', '1E-2'])
    for (const [before, after] of [
      ['', ''],
      ['[', ']'],
      ['{"value":', '}'],
      ['{"a": [1, ', ', "x"]}'],
    ]) {
      const whole = `${before}${text}${after}`;
      expect(JSON.stringify(parseLossless(whole))).toBe(whole.replaceAll(/(?<=[:,]) /g, ''));
    }
});

test('EPS-W03 ordinary numbers are ordinary; texts that look like numbers are left alone', () => {
  expect(parseLossless('{"a":20,"b":"take 2.0 daily","c":[-3,2.5]}')).toEqual({
    a: 20,
    b: 'take 2.0 daily',
    c: [-3, 2.5],
  });
  expect(numberText((parseLossless('{"a":20.0}') as { a: unknown }).a)).toBe('20.0');
  expect(wholeNumber((parseLossless('[6.0]') as unknown[])[0])).toBe(6);
  expect([wholeNumber('5'), wholeNumber('x'), wholeNumber(''), wholeNumber(1.5)]).toEqual([
    5,
    undefined,
    undefined,
    undefined,
  ]);
  expect(() => parseLossless('{')).toThrow(SyntaxError);
});

test('EPS-W03 whatever is written by JSON.stringify is read as by JSON.parse', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseLossless(text))).toBe(text);
    }),
  );
});
