/** PATCH Patient: addresses, telecoms, emergency contacts and the general practice. */
import { describe, expect, test } from 'vitest';
import type { Loose } from './patch-fixture.ts';
import {
  FORBIDDEN,
  MISSING,
  UPDATE,
  VALUE,
  accepted,
  add,
  addressKey,
  assertion,
  minimal,
  outcome,
  remove,
  replace,
} from './patch-fixture.ts';

const address = (more: Loose): Loose =>
  add('/address/-', {
    use: 'billing',
    period: { start: '2026-01-01', end: '2026-02-01' },
    line: ['1 Hill', 'York'],
    ...more,
  });
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

describe('addresses', () => {
  test.each<[unknown, string]>([
    [[home({})], `${FORBIDDEN}multiple home addresses cannot be added`],
    [[address({ use: 'temp', text: 'Second Home' })], `${FORBIDDEN}multiple temp addresses cannot be added`],
    [[address({}), address({})], `${FORBIDDEN}multiple billing addresses cannot be added`],
    [[address({ use: 'work' })], "UNSUPPORTED_VALUE Unsupported value - 'work' in field 'address/2/use'"],
    [[address({ use: 'x' })], `${VALUE}'x' in field 'address/2/use'`],
    [[add('/address/-', { line: ['a', 'b'] })], `${MISSING}'address/2/use'`],
    [[address({})], 'accepted'],
  ])('PDS-P36 one address of each use that may be written: %j', (patches, text) => expect(outcome(patches)).toBe(text));
  test('PDS-P36 a work address is removed like any other', () => {
    const on = { ...minimal(), address: [{ id: 'W', use: 'work', line: ['1 Hill', 'York'] }] };
    expect(outcome([assertion('/address/0/id', 'W'), remove('/address/0')], { on })).toBe('accepted');
  });
  const temp = (more: Loose): Loose => address({ use: 'temp', text: 'Holiday Home', ...more });
  test.each<[unknown, string]>([
    [[temp({ text: undefined })], `${MISSING}'address/0/text'`],
    [[temp({ text: 'Barge' })], `${VALUE}'Barge' in field 'address/0/text'`],
    [[temp({ period: undefined })], `${MISSING}'address/0/period'`],
    [[temp({ period: { start: '2026-01-01' } })], `${MISSING}'address/0/period/end'`],
    [[address({ period: { end: '2026-01-01' } })], `${MISSING}'address/0/period/start'`],
    [[address({ period: undefined })], `${MISSING}'address/0/period'`],
    [[temp({})], 'accepted'],
  ])('PDS-P37 a temporary or billing address is bounded, a temporary one described: %j', (patches, text) => {
    expect(outcome(JSON.parse(JSON.stringify(patches)), { on: minimal() })).toBe(text);
  });
  const lines = `${UPDATE}address lines 1 and 4 or 2 and 4 must be completed as a minimum`;
  test.each<[Loose, string]>([
    [{ line: ['1 Hill'] }, lines],
    [{ line: [] }, lines],
    [{ line: ['', '', 'Oldtown', 'York', ''] }, lines],
    [{ line: ['1 Hill', '', 'Oldtown', '', 'Yorkshire'] }, lines],
    [{ line: ['', '1 Hill', '', 'York', ''] }, 'accepted'],
    [{ line: [null, '1 Hill', null, 'York', null] }, 'accepted'],
    [{ line: ['1 Hill', 'York'] }, 'accepted'],
    [{ line: [], postalCode: 'ZZ99 3VZ' }, 'accepted'],
    [{ line: [], postalCode: 'YO1 1AA', extension: [addressKey('PAF', '12345678')] }, 'accepted'],
    [{ line: [], postalCode: 'YO1 1AA', extension: [addressKey('UPRN', '1')] }, lines],
    [
      { line: ['1', '2', '3', '4', '5', '6'] },
      "TOO_MANY_VALUES_SUBMITTED Too many values submitted - ['1', '2', '3', '4', '5', '6'] in field 'address/0/line'",
    ],
    [{ line: ['a', 5] }, `${VALUE}'5' in field 'address/0/line/1'`],
    [{ line: 'a' }, `${VALUE}'a' in field 'address/0/line'`],
    [{ postalCode: 5 }, `${VALUE}'5' in field 'address/0/postalCode'`],
  ])('PDS-P38 the lines an address needs: %j', (more, text) =>
    expect(outcome([home(more)], { on: minimal() })).toBe(text),
  );
  test('PDS-P39 blank lines are dropped and kept beside the record', () => {
    const first = accepted([home({ line: ['', '1 Hill', null, 'York', ' '] })], { on: minimal() });
    expect(first.resource['address'][0]?.['line']).toEqual(['1 Hill', 'York']);
    expect(first.annex.addressLines).toEqual({ NEW00001: [null, '1 Hill', null, 'York', null] });
    const annex = { addressLines: { A1: ['', 'x'], A2: ['y'] } };
    expect(
      accepted([add('/address/0/id', 'A1'), replace('/address/0/line/1', 'Newtown')], { annex }).annex.addressLines,
    ).toEqual({ A2: ['y'] });
    expect(accepted([assertion('/address/1/id', 'A2'), remove('/address/1')], { annex }).annex.addressLines).toEqual({
      A1: ['', 'x'],
    });
    expect(
      accepted([add('/address/0/id', 'A1'), replace('/address/0/postalCode', 'LS9 9ZZ')], { annex }).annex.addressLines,
    ).toEqual(annex.addressLines);
    expect(accepted([add('/address/0/id', 'A1'), replace('/address/0/line/1', '')]).annex.addressLines).toEqual({
      A1: ['1 Mill Lane', null, 'Leeds'],
    });
  });
  const at = 'address/0/extension/0';
  test.each<[unknown, string]>([
    [[addressKey('PAF', '9876543')], `${VALUE}'9876543' in field '${at}/extension/1/valueString'`],
    [[addressKey('UPRN', '1234567890123')], `${VALUE}'1234567890123' in field '${at}/extension/1/valueString'`],
    [[addressKey('XYZ', '1')], `${VALUE}'XYZ' in field '${at}/extension/0/valueCoding/code'`],
    [[{ ...addressKey('PAF', '1'), url: 'x' }], `${VALUE}'x' in field '${at}/url'`],
    [
      [{ ...addressKey('PAF', '1'), extension: [] }],
      `TOO_FEW_VALUES_SUBMITTED Too few values submitted - [] in field '${at}/extension'`,
    ],
    [
      [{ ...addressKey('PAF', '1'), extension: [{ url: 'type' }, { url: 'x' }] }],
      `${VALUE}'x' in field '${at}/extension/1/url'`,
    ],
    [[addressKey('PAF', '12345678'), addressKey('UPRN', '1')], 'accepted'],
  ])('PDS-P40 keys of an address: %j', (extension, text) =>
    expect(outcome([home({ extension })], { on: minimal() })).toBe(text),
  );
  test('PDS-P40 one key of each type', () => {
    expect(
      outcome([home({ extension: [addressKey('PAF', '12345678'), addressKey('PAF', '12345679')] })], { on: minimal() }),
    ).toMatch(/^TOO_MANY_VALUES_SUBMITTED .* in field 'address\/0\/extension'$/);
  });
});

describe('telecoms', () => {
  test.each<[unknown, string]>([
    [[telecom({ use: 'home' })], `${FORBIDDEN}multiple home phone telecoms cannot be added`],
    [[telecom({}), telecom({})], `${FORBIDDEN}multiple work phone telecoms cannot be added`],
    [
      [add('/telecom/0/id', 'T1'), replace('/telecom/0/use', 'work')],
      `${FORBIDDEN}not permitted to change the use or system of a telecom`,
    ],
    [
      [replace('/telecom/0', { id: 'T1', system: 'fax', use: 'home', value: '1' })],
      `${FORBIDDEN}not permitted to change the use or system of a telecom`,
    ],
    [[telecom({ system: 'pager' })], `${VALUE}'pager' in field 'telecom/3/system'`],
    [[telecom({ use: 'old' })], `${VALUE}'old' in field 'telecom/3/use'`],
    [[telecom({ value: '' })], `${VALUE}'' in field 'telecom/3/value'`],
    [[add('/telecom/-', { system: 'phone' })], `${MISSING}'telecom/3/value'`],
    [[add('/telecom/-', { value: '1' })], `${MISSING}'telecom/3/system'`],
    [
      [telecom({ extension: [{ url: 'x', valueCoding: { code: 'textphone' } }] })],
      `${VALUE}'x' in field 'telecom/3/extension/0/url'`,
    ],
    [[telecom({ rank: 1 })], 'accepted'],
  ])('PDS-P41 one telecom per system and use, neither of which changes: %j', (patches, text) =>
    expect(outcome(patches)).toBe(text),
  );
  test('PDS-P41 a textphone shows its display; what PDS has no place for is dropped', () => {
    const url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-OtherContactSystem';
    const { resource } = accepted([
      telecom({ system: 'other', rank: 1, extension: [{ url, valueCoding: { code: 'textphone' } }] }),
    ]);
    expect(JSON.stringify(resource['telecom'][3])).toContain('"code":"textphone","display":"Minicom (Textphone)"');
    expect(resource['telecom'][3]).not.toHaveProperty('rank');
  });
  test.each<[string, string]>([
    ['a@b.uk', `${UPDATE}email format is invalid`],
    ['plain text', `${UPDATE}email format is invalid`],
    ['ada@example', `${UPDATE}email format is invalid`],
    ['a@b@c.org', `${UPDATE}email format is invalid`],
    [`${'a'.repeat(78)}@example.com`, `${UPDATE}email format is invalid`],
    ['ab@b.uk', 'accepted'],
    [`${'a'.repeat(77)}@example.com`, 'accepted'],
  ])('PDS-P42 the e-mail address %s', (value, text) =>
    expect(outcome([telecom({ system: 'email', value })])).toBe(text),
  );
});

test.each<[Loose, string]>([
  [{ relationship: [{ coding: [{ code: 'N' }] }] }, `${VALUE}'N' in field 'contact/1/relationship/0/coding/0/code'`],
  [{ relationship: [] }, "TOO_FEW_VALUES_SUBMITTED Too few values submitted - [] in field 'contact/1/relationship'"],
  [
    { relationship: [1, 2] },
    "TOO_MANY_VALUES_SUBMITTED Too many values submitted - [1, 2] in field 'contact/1/relationship'",
  ],
  [{ telecom: [] }, "TOO_FEW_VALUES_SUBMITTED Too few values submitted - [] in field 'contact/1/telecom'"],
  [{ telecom: [{ system: 'fax', value: '1' }] }, `${VALUE}'fax' in field 'contact/1/telecom/0/system'`],
  [{ telecom: [{ system: 'phone' }] }, `${MISSING}'contact/1/telecom/0/value'`],
  [
    { telecom: [{ system: 'phone', value: '1', use: 'home' }] },
    "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('use' was unexpected)",
  ],
  [
    { telecom: [{ system: 'phone', value: '1', period: {} }] },
    "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('period' was unexpected)",
  ],
  [{ telecom: [{ system: 'email', value: 'x' }] }, `${UPDATE}email format is invalid`],
  [
    { name: { family: 'X' } },
    "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('name' was unexpected)",
  ],
  [
    { period: { start: '2026-01-01', end: '2025-01-01' } },
    `${UPDATE}business effective start date is after the end date`,
  ],
])('PDS-P43 emergency contacts: %j', (more, text) => expect(outcome([contact(more)])).toBe(text));
test('PDS-P43 the relationship shows its display', () => {
  expect(JSON.stringify(accepted([contact({})]).resource['contact'][1])).toContain(
    '"code":"C","display":"Emergency Contact"',
  );
});

test.each<[unknown, string]>([
  [
    [assertion('/generalPractitioner/0/id', 'G1'), remove('/generalPractitioner/0')],
    `${FORBIDDEN}source not permitted to remove 'generalPractitioner'`,
  ],
  [
    [replace('/generalPractitioner/0', { id: 'G1', identifier: { value: 'b81' } })],
    `${VALUE}'b81' in field 'generalPractitioner/0/identifier/value'`,
  ],
  [
    [replace('/generalPractitioner/0', { id: 'G1', identifier: {} })],
    `${MISSING}'generalPractitioner/0/identifier/value'`,
  ],
  [[replace('/generalPractitioner/0', { id: 'G1' })], `${MISSING}'generalPractitioner/0/identifier'`],
  [
    [
      replace('/generalPractitioner/0', {
        id: 'G1',
        identifier: { value: 'B81001', period: { start: '2020-01-01', end: '2021-01-01' } },
      }),
    ],
    `${UPDATE}an end date can not be provided on general practitioner`,
  ],
  [[add('/generalPractitioner/0/id', 'G1'), replace('/generalPractitioner/0/identifier/value', 'B81001')], 'accepted'],
])('PDS-P44 the general practice: %j', (patches, text) => expect(outcome(patches)).toBe(text));
test('PDS-P44 there is one', () => {
  expect(outcome([practice({})])).toMatch(
    /^TOO_MANY_VALUES_SUBMITTED Too many values submitted - \[\{'id': 'G1', .*\] in field 'generalPractitioner'$/,
  );
});
