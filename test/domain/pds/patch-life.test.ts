/** PATCH Patient: gender, birth and death. */
import { describe, expect, test } from 'vitest';
import type { Loose } from './patch-fixture.ts';
import {
  FORBIDDEN,
  MISSING,
  UPDATE,
  VALUE,
  accepted,
  add,
  assertion,
  deathNotice,
  deceased,
  minimal,
  outcome,
  remove,
  replace,
} from './patch-fixture.ts';

test.each<[unknown, string]>([
  [[remove('/gender')], `${FORBIDDEN}source not permitted to remove 'gender'`],
  [[replace('/gender', 'man')], `${VALUE}'man' in field 'gender'`],
  [[replace('/gender', null)], `${VALUE}'None' in field 'gender'`],
  [[replace('/gender', 'other')], "UNSUPPORTED_VALUE Unsupported value - 'other' in field 'gender'"],
  [[replace('/gender', 'unknown')], 'accepted'],
])('PDS-P29 gender: %j', (patches, text) => expect(outcome(patches)).toBe(text));

test.each<[unknown, string]>([
  [[remove('/birthDate')], `${FORBIDDEN}source not permitted to remove 'birthDate'`],
  [[replace('/birthDate', '1980')], `${VALUE}'1980' in field 'birthDate'`],
  [[replace('/birthDate', '2025-02-29')], `${VALUE}'2025-02-29' in field 'birthDate'`],
  [[replace('/birthDate', 19800101)], `${VALUE}'19800101' in field 'birthDate'`],
  [[replace('/birthDate', '2026-03-11')], `${UPDATE}birth date cannot be in the future`],
  [[replace('/birthDate', '2026-03-10')], `${UPDATE}birth date cannot be after the deceased date`],
  [[replace('/birthDate', '2020-01-01')], 'accepted'],
])('PDS-P30 birth date: %j', (patches, text) => expect(outcome(patches, { on: deceased('1') })).toBe(text));

test.each<[unknown, string]>([
  [0, 'x'],
  [10, 'x'],
  [1.5, 'x'],
  ['1', 'x'],
  [1, 'accepted'],
  [9, 'accepted'],
])('PDS-P31 order of birth %j', (order, text) => {
  expect(outcome([add('/multipleBirthInteger', order)])).toBe(
    text === 'x' ? `${VALUE}'${String(order)}' in field 'multipleBirthInteger'` : text,
  );
});

describe('death', () => {
  const dies = (date: unknown, code = '1'): unknown => [
    add('/deceasedDateTime', date),
    add('/extension/-', deathNotice(code)),
  ];
  test.each<[unknown, string]>([
    ['01/02/2020', `${VALUE}'01/02/2020' in field 'deceasedDateTime'`],
    ['2020-01-01T10:00:00+01:00', `${VALUE}'2020-01-01T10:00:00+01:00' in field 'deceasedDateTime'`],
    ['2020-01-01T25:00:00+00:00', `${VALUE}'2020-01-01T25:00:00+00:00' in field 'deceasedDateTime'`],
    ['2020-13-01', `${VALUE}'2020-13-01' in field 'deceasedDateTime'`],
    ['2020', `${VALUE}'2020' in field 'deceasedDateTime'`],
    ['2026-03-11', `${UPDATE}deceased date cannot be in the future`],
    ['2026-03-10T08:30:01+00:00', `${UPDATE}deceased date cannot be in the future`],
    ['1980-05-16', `${UPDATE}deceased date cannot be before the birth date`],
    ['1980-05-17', 'accepted'],
    ['2026-03-10', 'accepted'],
    ['2026-03-10T08:30:00', 'accepted'],
    ['2010-10-22T00:00:00+00:00', 'accepted'],
  ])('PDS-P32 date of death %j', (date, text) => expect(outcome(dies(date), { on: minimal() })).toBe(text));
  test('PDS-P32 a date of death is never taken back', () => {
    expect(outcome([remove('/deceasedDateTime')], { on: deceased('1') })).toBe(
      `${FORBIDDEN}source not permitted to remove 'deceasedDateTime'`,
    );
  });
  test('PDS-P33 date and status come together', () => {
    expect(outcome([add('/deceasedDateTime', '2020-01-01')])).toBe(
      `${UPDATE}when adding a deceased date, a death notification status must also be supplied`,
    );
    expect(outcome([add('/extension/-', deathNotice('1'))])).toBe(
      `${UPDATE}when adding a death notification status, a deceased date must also be supplied`,
    );
    expect(
      outcome([add('/deceasedDateTime', '2020-01-01')], {
        on: { ...deceased('U'), deceasedDateTime: undefined },
      }),
    ).toBe(`${UPDATE}when adding a deceased date, a death notification status must also be supplied`);
    expect(outcome([replace('/deceasedDateTime', '2020-01-02')], { on: deceased('1') })).toBe('accepted');
  });
  const formal = `${FORBIDDEN}source not permitted to update death details when Death Notification Status is formal`;
  test.each<[unknown, string]>([
    [[replace('/deceasedDateTime', '2020-01-02')], formal],
    [[replace('/extension/0', deathNotice('1'))], formal],
    [[assertion('/extension/0/url', deathNotice('1')['url']), remove('/extension/0')], formal],
    [[remove('/deceasedDateTime')], `${FORBIDDEN}source not permitted to remove 'deceasedDateTime'`],
    [[replace('/gender', 'male')], 'accepted'],
  ])('PDS-P34 a formal notification settles the matter: %j', (patches, text) =>
    expect(outcome(patches, { on: deceased('2') })).toBe(text),
  );
  test('PDS-P34 and is not set here', () => {
    const text = `${FORBIDDEN}source not permitted to set a formal death notification status`;
    expect(outcome(dies('2020-01-01', '2'), { on: minimal() })).toBe(text);
    expect(outcome([replace('/extension/0', deathNotice('2'))], { on: deceased('1') })).toBe(text);
  });
  test.each<[unknown, string]>([
    [dies('2020-01-01', '3'), `${VALUE}'3' in field 'extension/0/extension/0/valueCodeableConcept/coding/0/code'`],
    [
      dies('2020-01-01', 'U'),
      "UNSUPPORTED_VALUE Unsupported value - 'U' in field 'extension/0/extension/0/valueCodeableConcept/coding/0/code'",
    ],
    [[add('/extension/-', { url: deathNotice('1')['url'] })], `${MISSING}'extension/0/extension'`],
  ])('PDS-P35 the codes of a status: %j', (patches, text) => expect(outcome(patches, { on: minimal() })).toBe(text));
  test('PDS-P35 one status, which is not taken back', () => {
    expect(outcome([add('/extension/-', deathNotice('1'))], { on: deceased('1') })).toBe(
      `${UPDATE}cannot add multiple death notification states`,
    );
    expect(
      outcome([assertion('/extension/0/url', deathNotice('1')['url']), remove('/extension/0')], { on: deceased('1') }),
    ).toBe(`${FORBIDDEN}source not permitted to remove 'deathNotificationStatus'`);
  });
  test('PDS-P35 a status set takes effect now and shows its display', () => {
    const { resource } = accepted(dies('2020-01-01'), { on: minimal() });
    const [status, date] = (resource['extension'][0]?.['extension'] ?? []) as Loose[];
    expect(JSON.stringify(status)).toContain(
      '"display":"Informal - death notice received via an update from a local NHS Organisation such as GP or Trust"',
    );
    expect(date).toEqual({ url: 'systemEffectiveDate', valueDateTime: '2026-03-10T08:30:00+00:00' });
  });
});
