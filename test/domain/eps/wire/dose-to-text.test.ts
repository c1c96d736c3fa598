/** Structured dosages in words. */
import { describe, expect, test } from 'vitest';
import { doseToText } from '../../../../src/domain/eps/wire/dose-to-text.ts';
import { parseLossless } from '../../../../src/fhir/lossless-json.ts';

const concept = (...displays: readonly string[]) => ({ coding: displays.map((display) => ({ display })) });
const quantity = (value: unknown, unit: string) => ({ value, unit });
const repeat = (facts: object) => ({ timing: { repeat: facts } });
const told = (...dosages: readonly object[]): string => {
  const answer = doseToText(dosages);
  return answer.kind === 'text' ? answer.text : `! ${answer.issues[0]?.coding?.display ?? ''}`;
};

describe('EPS-T01 what a dosage tells, each in its words', () => {
  test.each([
    ['Inject', { method: concept('Inject') }],
    ['10 milligram', { doseAndRate: [{ doseQuantity: quantity(10, 'milligram') }] }],
    ['1 to 2 tablet', { doseAndRate: [{ doseRange: { low: quantity(1, 'tablet'), high: quantity(2, 'tablet') } }] }],
    ['1 ml to 2 l', { doseAndRate: [{ doseRange: { low: quantity(1, 'ml'), high: quantity(2, 'l') } }] }],
    ['at least 1 ml', { doseAndRate: [{ doseRange: { low: quantity(1, 'ml') } }] }],
    ['up to 2 ml', { doseAndRate: [{ doseRange: { high: quantity(2, 'ml') } }] }],
    [
      'at a rate of 5 ml per hour',
      { doseAndRate: [{ rateRatio: { numerator: quantity(5, 'ml'), denominator: quantity(1, 'hour') } }] },
    ],
    [
      'at a rate of 5 ml every 2 hours',
      { doseAndRate: [{ rateRatio: { numerator: quantity(5, 'ml'), denominator: quantity(2, 'hour') } }] },
    ],
    ['at a rate of 2 litre', { doseAndRate: [{ rateQuantity: quantity(2, 'litre') }] }],
    ['over 30 minutes (maximum 1 minute)', repeat({ duration: 30, durationMax: 1, durationUnit: 'min' })],
    ['once', repeat({ frequency: 1 })],
    ['once a day', repeat({ frequency: 1, period: 1, periodUnit: 'd' })],
    ['once an hour', repeat({ frequency: 1, period: 1, periodUnit: 'h' })],
    ['every 72 hours', repeat({ frequency: 1, period: 72, periodUnit: 'h' })],
    ['every 4 to 6 hours', repeat({ frequency: 1, period: 4, periodMax: 6, periodUnit: 'h' })],
    ['twice', repeat({ frequency: 2 })],
    ['twice a week', repeat({ frequency: 2, period: 1, periodUnit: 'wk' })],
    ['3 to 4 times a day', repeat({ frequency: 3, frequencyMax: 4, period: 1, periodUnit: 'd' })],
    ['up to 4 times', repeat({ frequencyMax: 4 })],
    ['daily', repeat({ period: 1, periodUnit: 'd' })],
    ['annually', repeat({ period: 1, periodUnit: 'a' })],
    ['1 hour before breakfast and at dinner', repeat({ offset: 60, when: ['ACM', 'CV'] })],
    ['2 days before sleep', repeat({ offset: 2880, when: ['HS'] })],
    ['90 minutes upon waking', repeat({ offset: 90, when: ['WAKE'] })],
    [
      'on Monday, Friday and Sunday at 08:00 and 20:30:15',
      repeat({ dayOfWeek: ['mon', 'fri', 'sun'], timeOfDay: ['08:00:00', '20:30:15'] }),
    ],
    ['Oral - Left arm', { route: concept('Oral'), site: concept('Left arm') }],
    ['as required', { asNeededBoolean: true }],
    ['as required for pain and fever', { asNeededCodeableConcept: concept('pain', 'fever') }],
    ['for 10 days', repeat({ boundsDuration: quantity(10, 'day') })],
    ['for 10 to 14 days', repeat({ boundsRange: { low: quantity(10, 'day'), high: quantity(14, 'day') } })],
    ['from 01/02/2026 to 03/04/2026', repeat({ boundsPeriod: { start: '2026-02-01', end: '2026-04-03' } })],
    ['until 01/02/2026', repeat({ boundsPeriod: { end: '2026-02' } })],
    ['take once', repeat({ count: 1 })],
    ['take 3 to 5 times', repeat({ count: 3, countMax: 5 })],
    ['on 01/02/2026 and 31/12/2026', { timing: { event: ['2026-02-01', '2027-01-01T00:30:00+01:00'] } }],
    [
      'up to a maximum of 8 tablet in 24 hours',
      { maxDosePerPeriod: { numerator: quantity(8, 'tablet'), denominator: quantity(24, 'hour') } },
    ],
    ['up to a maximum of 2 tablet per dose', { maxDosePerAdministration: quantity(2, 'tablet') }],
    ['up to a maximum of 9 mg for the lifetime of the patient', { maxDosePerLifetime: quantity(9, 'mg') }],
    ['with food and with water', { additionalInstruction: [concept('with food'), concept('with water')] }],
    ['One at night', { patientInstruction: 'One at night' }],
    ['', { text: 'only words' }],
  ])('%s', (words, dosage) => {
    expect(told(dosage)).toBe(words);
  });

  test('in one order, behind the method; numbers keep their letters', () => {
    const dosage = parseLossless(
      '{"route":{"coding":[{"display":"Oral"}]},"method":{"coding":[{"display":"Swallow"}]},' +
        '"doseAndRate":[{"doseQuantity":{"value":2.50,"unit":"ml"}}],' +
        '"timing":{"repeat":{"frequency":1.0,"period":1,"periodUnit":"d"}}}',
    ) as object;
    expect(told(dosage)).toBe('Swallow 2.50 ml - 1.0 times a day - Oral');
  });
});

test('EPS-T02 of the same sequence together, of the next thereafter; several need a sequence', () => {
  const one = { sequence: 2, patientInstruction: 'two' };
  const other = { sequence: 1, patientInstruction: 'one' };
  expect(told(one, other, { sequence: 1, patientInstruction: 'also one' })).toBe('one, and also one, then two');
  expect(told({ patientInstruction: 'one' }, other)).toBe('! Multiple dosage instructions but sequence not specified');
  expect(doseToText(undefined)).toEqual({ kind: 'text', text: '' });
});

test.each([
  ['Null or undefined dosage element - required field not populated.', { method: { coding: [{ code: '1' }] } }],
  [
    'Null or undefined dosage element - required field not populated.',
    repeat({ frequency: 1, periodMax: 2, periodUnit: 'd' }),
  ],
  ['Null or undefined dosage element - required field not populated.', repeat({ offset: 60 })],
  ['Period or periodMax specified without a frequency and period is not 1.', repeat({ period: 2, periodUnit: 'd' })],
  ['Unhandled unit of time fortnight', repeat({ frequency: 3, period: 1, periodUnit: 'fortnight' })],
  ['Unhandled DayOfWeek Monday', repeat({ dayOfWeek: ['Monday'] })],
  ['Unhandled EventTiming toString', repeat({ when: ['toString'] })],
  ['Invalid time of day 8am', repeat({ timeOfDay: ['8am'] })],
  ['Invalid dateTime soon', { timing: { event: ['soon'] } }],
  ['No entries in asNeededCodeableConcept.', { asNeededCodeableConcept: { text: 'pain' } }],
])('EPS-T03 what cannot be told is refused: %s', (words, dosage) => {
  expect(told(dosage)).toBe(`! ${words}`);
});
