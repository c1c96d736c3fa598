/** PATCH Patient: only what is touched is judged; periods and names. */
import { describe, expect, test } from 'vitest';
import type { ListName, Loose } from './patch-fixture.ts';
import {
  FORBIDDEN,
  MISSING,
  ODS,
  TODAY,
  UPDATE,
  VALUE,
  accepted,
  add,
  assertion,
  minimal,
  outcome,
  patient,
  remove,
  replace,
} from './patch-fixture.ts';

const name = (more: Loose): Loose => add('/name/-', { use: 'old', family: 'Reed', ...more });
const home = (more: Loose): Loose =>
  add('/address/-', { use: 'home', line: ['1 Hill', 'York'], postalCode: 'YO1 1AA', ...more });
const telecom = (more: Loose): Loose => add('/telecom/-', { system: 'phone', value: '01904', use: 'work', ...more });
const contact = (more: Loose): Loose =>
  add('/contact/-', {
    relationship: [{ coding: [{ code: 'C' }] }],
    telecom: [{ system: 'phone', value: '01904' }],
    ...more,
  });
const practice = (more: Loose): Loose => add('/generalPractitioner/-', { identifier: { value: 'B81001' }, ...more });

describe('PDS-P20 only what the patch touches is judged', () => {
  const legacy = patient();
  const [usual, nickname] = legacy['name'] as Loose[];
  legacy['name'] = [{ ...usual, prefix: ['MRS.'], family: 'Qu|ll' }, nickname];
  test.each<[string, unknown]>([
    [
      'a temp address without end and with an old description',
      [replace('/address/1/id', 'A2'), replace('/address/1/postalCode', 'LS3 3CC')],
    ],
    ['another item', [replace('/gender', 'male')]],
    ['another member of the same item', [replace('/name/0/id', 'N1'), replace('/name/0/given/0', 'Eve')]],
  ])('PDS-P20 legacy data stays out of the way: %s', (_what, patches) =>
    expect(outcome(patches, { on: legacy })).toBe('accepted'),
  );
  test('PDS-P20 but a part that is written is judged', () => {
    expect(outcome([replace('/address/1/id', 'A2'), replace('/address/1/text', 'Barge')])).toBe(
      `${VALUE}'Barge' in field 'address/1/text'`,
    );
    expect(
      outcome([
        replace('/address/1', {
          ...(patient()['address'] as Loose[])[1],
          text: 'Second Home',
          line: ['2 Quay', 'Hull'],
        }),
      ]),
    ).toBe(`${MISSING}'address/1/period/end'`);
  });
});

describe('periods', () => {
  test.each<[ListName, Loose, string]>([
    ['name', name({}), TODAY],
    ['address', home({}), TODAY],
    ['telecom', telecom({}), TODAY],
    ['telecom', telecom({ period: { end: '2026-04-01' } }), TODAY],
    ['contact', contact({}), TODAY],
    ['name', name({ period: { start: '2026-03-10' } }), TODAY],
    ['name', name({ period: { start: '2019-12-31', end: '2030-01-01' } }), '2019-12-31'],
  ])('PDS-P21 a new %s starts today unless told otherwise: %j', (field, operation, start) => {
    const { resource } = accepted([operation], { on: { ...minimal() } });
    expect(resource[field].at(-1)?.['period']).toMatchObject({ start });
  });
  test('PDS-P21 the practice keeps its period inside the identifier', () => {
    const { resource } = accepted([practice({})], { on: minimal() });
    expect(resource['generalPractitioner'][0]?.['identifier']).toEqual({
      system: ODS,
      value: 'B81001',
      period: { start: TODAY },
    });
  });
  test('PDS-P21 a whole replacement starts today, a part keeps the start', () => {
    const whole = accepted([replace('/telecom/1', { id: 'T2', system: 'phone', use: 'mobile', value: '07' })]);
    expect(whole.resource['telecom'][1]).toMatchObject({ id: 'T2', period: { start: TODAY } });
    const part = accepted([add('/telecom/1/id', 'T2'), replace('/telecom/1/value', '07')]);
    expect(part.resource['telecom'][1]).toMatchObject({ period: { start: '2011-01-01' } });
  });
  test('PDS-P21 a period that is taken away is not put back', () => {
    const { resource } = accepted([
      assertion('/name/1/period', { start: '2005-01-01' }),
      add('/name/1/id', 'N2'),
      assertion('/name/1/id', 'N2'),
      remove('/name/1/period'),
    ]);
    expect(resource['name'][1]).not.toHaveProperty('period');
  });
  test.each<[unknown, string]>([
    [[name({ period: {} })], `${MISSING}'name/2/period/start'`],
    [[name({ period: 'x' })], `${VALUE}'x' in field 'name/2/period'`],
    [[name({ period: { start: '2026-02-30' } })], `${VALUE}'2026-02-30' in field 'name/2/period/start'`],
    [[name({ period: { start: '2026-01-01', end: 'soon' } })], `${VALUE}'soon' in field 'name/2/period/end'`],
    [[name({ period: { start: '2026-03-11' } })], `${UPDATE}business effective start date cannot be in the future`],
    [
      [name({ period: { start: '2026-01-02', end: '2026-01-01' } })],
      `${UPDATE}business effective start date is after the end date`,
    ],
    [[telecom({ period: { end: '2020-01-01' } })], `${UPDATE}business effective start date is after the end date`],
    [
      [replace('/name/0/id', 'N1'), add('/name/0/period/end', '2000-01-01')],
      `${UPDATE}business effective start date is after the end date`,
    ],
  ])('PDS-P21 a bad period is refused: %j', (patches, text) => expect(outcome(patches)).toBe(text));
});

describe('names', () => {
  test.each<[unknown, string]>([
    [[name({ use: 'usual' })], 'multiple usual names cannot be added'],
    [[assertion('/name/0/id', 'N1'), remove('/name/0')], 'not permitted to remove usual name'],
    [[assertion('/name/0/id', 'N1'), remove('/name/0'), name({ use: 'usual' })], 'not permitted to remove usual name'],
    [[add('/name/1/id', 'N2'), replace('/name/1/use', 'usual')], 'multiple usual names cannot be added'],
  ])('PDS-P22 there is one usual name: %j', (patches, text) => expect(outcome(patches)).toBe(FORBIDDEN + text));
  test.each<[unknown, string]>([
    [[name({ use: 'nickname' })], 'multiple nicknames cannot be added'],
    [[add('/name/1/id', 'N2'), replace('/name/1/use', 'old')], 'not permitted to change the use of a name'],
    [[add('/name/0/id', 'N1'), replace('/name/0/use', 'old')], 'not permitted to change the use of a name'],
  ])('PDS-P23 one nickname, and a use for good: %j', (patches, text) =>
    expect(outcome(patches)).toBe(FORBIDDEN + text),
  );
  test('PDS-P23 other uses may repeat', () => expect(outcome([name({}), name({ family: 'Moss' })])).toBe('accepted'));
  test.each<[unknown, string]>([
    [[add('/name/-', { family: 'X' })], `${MISSING}'name/2/use'`],
    [[add('/name/-', { use: 'old' })], `${MISSING}'name/2/family'`],
    [[add('/name/-', 'x')], `${VALUE}'x' in field 'name/2'`],
    [[name({ use: 'official' })], `${VALUE}'official' in field 'name/2/use'`],
    [[name({ family: 5 })], `${VALUE}'5' in field 'name/2/family'`],
    [[name({ family: ' ' })], `${VALUE}' ' in field 'name/2/family'`],
    [[name({ family: 'x'.repeat(36) })], `${VALUE}'${'x'.repeat(36)}' in field 'name/2/family'`],
    [[name({ given: 'Joe' })], `${VALUE}'Joe' in field 'name/2/given'`],
    [[name({ given: [{ a: 1 }] })], `${VALUE}'{'a': 1}' in field 'name/2/given/0'`],
    [
      [name({ given: ['a', 'b', 'c', 'd', 'e', 'f'] })],
      "TOO_MANY_VALUES_SUBMITTED Too many values submitted - ['a', 'b', 'c', 'd', 'e', 'f'] in field 'name/2/given'",
    ],
    [
      [name({ text: 'x' })],
      "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('text' was unexpected)",
    ],
    [
      [name({ text: 'x', foo: 1 })],
      "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('text', 'foo' were unexpected)",
    ],
    [
      [add('/name/0/id', 'N1'), remove('/name/0/family')],
      `${UPDATE}removal '/name/0/family' is not immediately preceded by equivalent test - instead it is preceded by add '/name/0/id'`,
    ],
    [[assertion('/name/0/id', 'N1'), remove('/name/0/family')], `${MISSING}'name/0/family'`],
  ])('PDS-P24 the shape of a name: %j', (patches, text) => expect(outcome(patches)).toBe(text));
  test('PDS-P25 given names after the first are split on spaces', () => {
    const { resource } = accepted([name({ given: ['Jane Marie Anne', 'Jo  Adele'] })]);
    expect(resource['name'][2]?.['given']).toEqual(['Jane Marie Anne', 'Jo', 'Adele']);
  });
  test('PDS-P25 more than five after splitting are too many', () => {
    expect(outcome([name({ given: ['A', 'B C D E F'] })])).toBe(
      "TOO_MANY_VALUES_SUBMITTED Too many values submitted - ['A', 'B', 'C', 'D', 'E', 'F'] in field 'name/2/given'",
    );
  });
  test.each([
    ['Mrs.', 'Mrs'],
    ['Prof..', 'Prof'],
    ['CANON', 'CANON'],
    ['Dr', 'Dr'],
  ])('PDS-P26 the prefix %s is kept as %s', (given, kept) => {
    expect(accepted([name({ prefix: [given] })]).resource['name'][2]?.['prefix']).toEqual([kept]);
  });
  test.each(['MR', 'mrs', 'DR.', 'rev'])('PDS-P26 the prefix %s is not spelt as it must be', (prefix) => {
    expect(outcome([name({ prefix: [prefix] })])).toBe(
      `${VALUE}'${prefix.replace('.', '')}' in field 'name/2/prefix/0'`,
    );
  });
  test.each(['phd', '1st', 'é'])('PDS-P27 a suffix starts with a capital letter, not as %s', (suffix) => {
    expect(outcome([name({ suffix: ['PhD', suffix] })])).toBe(`${VALUE}'${suffix}' in field 'name/2/suffix/1'`);
  });
  test.each(['Qu|ll', 'O`Brien', '名', 'Multiply×', 'Divide÷', 'Ɓ'])(
    'PDS-P28 characters PDS cannot hold: %s',
    (family) => {
      expect(outcome([name({ family })])).toBe(
        `UNSUPPORTED_CHARACTERS_IN_FIELD Unsupported characters - '${family}' in field 'name/2/family'`,
      );
    },
  );
  test.each(["O'Brien-Smythe Jr. 2nd", 'Łukaszewska', 'Ñandú', 'ſ'])(
    'PDS-P28 characters PDS can hold: %s',
    (family) => {
      expect(outcome([name({ family })])).toBe('accepted');
    },
  );
});
