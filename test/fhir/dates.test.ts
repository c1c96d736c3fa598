import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countryName } from '../../src/fhir/countries.ts';
import { dayOf, isCalendarDate, isDateTime, isPartialDate } from '../../src/fhir/dates.ts';

test.each([
  ['2024-02-29', true],
  ['2023-02-29', false],
  ['2000-02-29', true],
  ['1900-02-29', false],
  ['2024-04-31', false],
  ['2024-00-10', false],
  ['2024-13-01', false],
  ['2024-01-00', false],
  ['0000-01-01', false],
  ['24-01-01', false],
  ['2024-1-1', false],
  ['2024-01-01T00:00:00', false],
  [' 2024-01-01', false],
  ['', false],
])('PDS-C03 %j is a day of the calendar: %s', (text, is) => expect(isCalendarDate(text)).toBe(is));

test('PDS-C03 every day is one', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(isCalendarDate(dayOf(date.getTime()))).toBe(true);
    }),
  );
});

test.each([
  ['2000', true],
  ['2000-01', true],
  ['2000-01-31', true],
  ['2000-13', false],
  ['0000', false],
  ['200', false],
])('PDS-I12 %s is a date, partial or not: %s', (text, is) => expect(isPartialDate(text)).toBe(is));

test.each([
  ['2020', true],
  ['2020-05-06', true],
  ['2020-05-06T00:00:00+00:00', true],
  ['2020-05-06T23:59:59Z', true],
  ['2020-05-06T24:00:00', false],
  ['2020-05T00:00:00', false],
  ['2020-02-30T00:00:00Z', false],
  ['T', false],
])('PDS-I12 %s is a date with or without a time: %s', (text, is) => expect(isDateTime(text)).toBe(is));

test.each([
  ['DEU', 'Germany'],
  ['FRA', 'France'],
  ['GBR', 'United Kingdom'],
  ['ZWE', 'Zimbabwe'],
  ['AFG', 'Afghanistan'],
  ['CIV', "Côte d'Ivoire"],
])('PDS-V05 %s is %s', (code, name) => expect(countryName(code)).toBe(name));

test.each(['FAU', 'deu', 'DE', '', 'toString'])('PDS-V05 %j is no country', (code) =>
  expect(countryName(code)).toBeUndefined(),
);
