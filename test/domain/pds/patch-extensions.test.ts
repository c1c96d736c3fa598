/** PATCH Patient: extensions, history, and what patients may do to their own record. */
import { describe, expect, test } from 'vitest';
import type { Loose } from './patch-fixture.ts';
import {
  accepted,
  add,
  assertion,
  BIRTH_PLACE,
  BIRTH_PLACE_AT,
  communication,
  COMMUNICATION_AT,
  interpreter,
  language,
  minimal,
  MISSING,
  outcome,
  pharmacy,
  PHARMACY_AT,
  REMOVAL,
  REMOVAL_AT,
  remove,
  replace,
  TODAY,
  UK,
  UPDATE,
  VALUE,
} from './patch-fixture.ts';

const put = (extension: Loose): unknown => [add('/extension/-', extension)];
const onMinimal = { on: minimal() };

test.each<[Loose, string]>([
  [pharmacy('NominatedPharmacy', 'F'), `${VALUE}'F' in field 'extension/0/valueReference/identifier/value'`],
  [pharmacy('NominatedPharmacy', 'FK-12'), `${VALUE}'FK-12' in field 'extension/0/valueReference/identifier/value'`],
  [{ url: `${UK}NominatedPharmacy` }, `${MISSING}'extension/0/valueReference'`],
  [{ url: `${UK}NominatedPharmacy`, valueReference: {} }, `${MISSING}'extension/0/valueReference/identifier'`],
  [
    { url: `${UK}NominatedPharmacy`, valueReference: { identifier: {} } },
    `${MISSING}'extension/0/valueReference/identifier/value'`,
  ],
  [{ url: 'x' }, `${VALUE}'x' in field 'extension/0/url'`],
  [{ valueString: 'x' }, `${MISSING}'extension/0/url'`],
  [pharmacy('NominatedPharmacy', 'FK123'), 'accepted'],
  [pharmacy('PreferredDispenserOrganization', 'Y23456'), 'accepted'],
  [pharmacy('MedicalApplianceSupplier', 'Y34567'), 'accepted'],
])('PDS-P45 pharmacies: %j', (extension, text) => expect(outcome(put(extension), onMinimal)).toBe(text));
test('PDS-P45 one of each type, without dates', () => {
  expect(outcome(put(pharmacy('NominatedPharmacy', 'FK999')))).toBe(
    `${UPDATE}cannot add multiple '${UK}NominatedPharmacy' extensions`,
  );
  const dated = {
    url: `${UK}NominatedPharmacy`,
    valueReference: { identifier: { value: 'Y12345', period: { start: '2020-01-01' } } },
  };
  expect(accepted(put(dated), onMinimal).resource['extension'][0]).toEqual(pharmacy('NominatedPharmacy', 'Y12345'));
});

const at = 'extension/0/extension/0';
test.each<[Loose, string]>([
  [communication(language('en')), `${VALUE}'en' in field '${at}/valueCodeableConcept/coding/0/code'`],
  [communication(language('qa')), `${VALUE}'qa' in field '${at}/valueCodeableConcept/coding/0/code'`],
  [communication(language('constructor')), `${VALUE}'constructor' in field '${at}/valueCodeableConcept/coding/0/code'`],
  [communication(interpreter('yes')), `${VALUE}'yes' in field '${at}/valueBoolean'`],
  [communication(interpreter(undefined)), `${MISSING}'${at}/valueBoolean'`],
  [communication({ url: 'x' }), `${VALUE}'x' in field '${at}/url'`],
  [communication({}), `${MISSING}'${at}/url'`],
  [communication(language('fr'), language('de')), `${VALUE}'language' in field 'extension/0/extension/1/url'`],
  [communication(), "TOO_FEW_VALUES_SUBMITTED Too few values submitted - [] in field 'extension/0/extension'"],
  [communication({ url: 'language' }), `${MISSING}'${at}/valueCodeableConcept'`],
  [
    communication({ url: 'language', valueCodeableConcept: { coding: ' ' } }),
    `${VALUE}' ' in field '${at}/valueCodeableConcept/coding'`,
  ],
  [
    communication({ url: 'language', valueCodeableConcept: { coding: [{}] } }),
    `${MISSING}'${at}/valueCodeableConcept/coding/0/code'`,
  ],
  [communication(language('q4'), interpreter(false)), 'accepted'],
])('PDS-P46 communication: %j', (extension, text) =>
  expect(outcome(JSON.parse(JSON.stringify(put(extension))), onMinimal)).toBe(text),
);
describe('communication', () => {
  const path = `/extension/${COMMUNICATION_AT}`;
  test.each<[unknown]>([
    [[replace(`${path}/extension/1`, { url: ' ', valueBoolean: true })]],
    [[replace(path, communication(language('fr')))]],
    [[assertion(`${path}/extension/1/url`, 'interpreterRequired'), remove(`${path}/extension/1`)]],
  ])('PDS-P46 the need of an interpreter is never just dropped: %j', (patches) => {
    expect(outcome(patches)).toBe(`${UPDATE}interpreterRequired cannot be removed`);
  });
  test('PDS-P46 the whole extension may go', () => {
    const url = `${UK}NHSCommunication`;
    const { resource } = accepted([assertion(`${path}/url`, url), remove(path)]);
    expect(resource['extension'].some((extension) => extension['url'] === url)).toBe(false);
  });
  test('PDS-P46 a language shows its display', () => {
    const { resource } = accepted([
      add(`${path}/url`, `${UK}NHSCommunication`),
      replace(`${path}/extension/0/valueCodeableConcept/coding/0/code`, 'cy'),
    ]);
    expect(JSON.stringify(resource['extension'][COMMUNICATION_AT])).toContain('"code":"cy","display":"Welsh"');
  });
});

describe('contact preference', () => {
  const coded = (url: string, code: string): Loose => ({ url, valueCodeableConcept: { coding: [{ code }] } });
  const preference = (...parts: Loose[]): Loose => ({ url: `${UK}ContactPreference`, extension: parts });
  const times = (text: unknown): Loose => ({ url: 'PreferredContactTimes', valueString: text });
  const method = coded('PreferredContactMethod', '3');
  test.each<[Loose, string]>([
    [
      preference(times('Mornings')),
      `${UPDATE}when adding a preferred contact time, a preferred contact method must also be supplied`,
    ],
    [
      preference(method, times('x'.repeat(41))),
      `${VALUE}'${'x'.repeat(41)}' in field 'extension/0/extension/1/valueString'`,
    ],
    [preference(method, times(5)), `${VALUE}'5' in field 'extension/0/extension/1/valueString'`],
    [
      preference(coded('PreferredContactMethod', '9')),
      `${VALUE}'9' in field 'extension/0/extension/0/valueCodeableConcept/coding/0/code'`,
    ],
    [
      preference(coded('PreferredWrittenCommunicationFormat', '1')),
      `${VALUE}'1' in field 'extension/0/extension/0/valueCodeableConcept/coding/0/code'`,
    ],
    [preference(method, times('x'.repeat(40)), coded('PreferredWrittenCommunicationFormat', '12')), 'accepted'],
  ])('PDS-P47 contact preference: %j', (extension, text) => expect(outcome(put(extension), onMinimal)).toBe(text));
  test('PDS-P47 one, with displays', () => {
    const { resource } = accepted(put(preference(method)), onMinimal);
    expect(JSON.stringify(resource['extension'][0])).toContain('"display":"Telephone"');
    expect(outcome([...(put(preference(method)) as Loose[]), ...(put(preference(method)) as Loose[])], onMinimal)).toBe(
      `${UPDATE}cannot add multiple '${UK}ContactPreference' extensions`,
    );
  });
});

test.each<[unknown, string]>([
  [{}, `${MISSING}'extension/0/valueAddress/city/district/country'`],
  [{ city: 5 }, `${VALUE}'5' in field 'extension/0/valueAddress/city'`],
  [{ country: 'QQQ' }, `${VALUE}'QQQ' in field 'extension/0/valueAddress/country'`],
  [
    { city: 'York', line: ['x'] },
    "ADDITIONAL_PROPERTIES Invalid request with error - Additional properties are not allowed ('line' was unexpected)",
  ],
  [undefined, `${MISSING}'extension/0/valueAddress'`],
  [{ district: 'Yorkshire' }, 'accepted'],
  [{ country: '10' }, 'accepted'],
  [{ country: 'FRA' }, 'accepted'],
])('PDS-P48 place of birth %j', (valueAddress, text) => {
  expect(outcome(JSON.parse(JSON.stringify(put({ url: BIRTH_PLACE, valueAddress }))), onMinimal)).toBe(text);
});

test.each<[unknown]>([
  [put({ url: REMOVAL, extension: [] })],
  [[assertion(`/extension/${REMOVAL_AT}/url`, REMOVAL), remove(`/extension/${REMOVAL_AT}`)]],
  [[replace(`/extension/${REMOVAL_AT}`, { url: REMOVAL, extension: [] })]],
])('PDS-P49 the reason of removal is the server’s: %j', (patches) => {
  expect(outcome(patches)).toBe(`${UPDATE}Update unsupported for resource - '${REMOVAL}'`);
});

describe('history', () => {
  test('PDS-P50 of former values is kept what searches look at', () => {
    const { annex } = accepted([
      replace('/name/0/id', 'N1'),
      replace('/name/0/family', 'Reed'),
      replace('/gender', 'male'),
      replace('/birthDate', '1980-05-18'),
      assertion('/telecom/0/id', 'T1'),
      remove('/telecom/0'),
      replace('/address/0/id', 'A1'),
      replace('/address/0/postalCode', 'LS9 9ZZ'),
    ]);
    expect(annex.history).toEqual({
      name: [{ given: ['Ada', 'Mary'], family: 'Quill' }],
      gender: ['female'],
      birthDate: ['1980-05-17'],
      telecom: [{ system: 'phone', value: '01132220000' }],
      address: [{ postalCode: 'LS1 1AA' }],
    });
  });
  test('PDS-P50 what was kept whole is cut down with the next change, and what nobody can find is dropped', () => {
    const whole = { id: 'T9', system: 'phone' as const, use: 'home' as const, value: '01132229999' };
    const nowhere = { id: 'T8', use: 'home' as const };
    const patches = [add('/telecom/0/id', 'T1'), replace('/telecom/0/value', '1')];
    expect(accepted(patches, { annex: { history: { telecom: [whole, nowhere] } } }).annex.history?.telecom).toEqual([
      { system: 'phone', value: '01132229999' },
      { system: 'phone', value: '01132220000' },
    ]);
  });
  test('PDS-P50 a new period makes nothing former, an addition neither', () => {
    expect(accepted([add('/name/0/id', 'N1'), add('/name/0/period/end', '2030-01-01')]).annex).toEqual({});
    expect(accepted([add('/name/-', { use: 'old', family: 'Reed' })]).annex).toEqual({});
  });
  test('PDS-P50 the same former value is kept once, and twelve at most', () => {
    const kept = Array.from({ length: 12 }, (_, index) => ({
      id: `${index}`,
      system: 'phone' as const,
      use: 'home' as const,
      value: `${index}`,
    }));
    const patches = [add('/telecom/0/id', 'T1'), replace('/telecom/0/value', '1')];
    const grown = accepted(patches, { annex: { history: { telecom: kept } } }).annex.history?.telecom;
    expect(grown?.length).toBe(12);
    expect(grown?.at(-1)).toEqual({ system: 'phone', value: '01132220000' });
    const same = { id: 'x', system: 'phone' as const, use: 'home' as const, value: '01132220000' };
    expect(accepted(patches, { annex: { history: { telecom: [same] } } }).annex.history?.telecom).toEqual([
      { system: 'phone', value: '01132220000' },
    ]);
  });
  test('PDS-P50 the rest of the annex stays', () => {
    expect(
      accepted([replace('/gender', 'male')], { annex: { consent: '1', history: { gender: ['unknown'] } } }).annex,
    ).toEqual({ consent: '1', history: { gender: ['unknown', 'female'] } });
  });
});

describe('patient access', () => {
  const mode = 'patient-access';
  const denied = `${UPDATE}This user does not have permission to update the fields in the patches provided.`;
  const birthPlace = { url: BIRTH_PLACE, valueAddress: { city: 'York' } };
  test.each<[unknown]>([
    [[replace('/gender', 'male')]],
    [[add('/name/-', { use: 'old', family: 'X' })]],
    [[replace('/birthDate', '1980-01-01')]],
    [[add('/deceasedDateTime', '2020-01-01')]],
    [[add('/multipleBirthInteger', 1)]],
    [[replace('/generalPractitioner/0', { id: 'G1', identifier: { value: 'B81001' } })]],
    [[assertion('/telecom/0/id', 'T1'), remove('/telecom/0')]],
    [[replace('/telecom/0', { id: 'T1', system: 'phone', use: 'home', value: '1' })]],
    [[replace('/telecom/0', { id: 'T1', system: 'phone', use: 'mobile', value: '1' })]],
    [[add('/telecom/-', { system: 'phone', use: 'work', value: '1' })]],
    [[add('/telecom/-', { system: 'fax', use: 'mobile', value: '1' })]],
    [put({ url: `${UK}ContactPreference`, extension: [] })],
    [put({ url: `${UK}DeathNotificationStatus`, extension: [] })],
    [[assertion(`/extension/${REMOVAL_AT}/url`, REMOVAL), remove(`/extension/${REMOVAL_AT}`)]],
    [[replace('/telecom/1', { id: 'T2', system: 'phone', use: 'mobile', value: '07' }), replace('/gender', 'male')]],
  ])('PDS-P51 fields that are not the patient’s: %j', (patches) => expect(outcome(patches, { mode })).toBe(denied));
  test.each<[unknown]>([
    [[replace('/telecom/1', { id: 'T2', period: { start: TODAY }, system: 'phone', use: 'mobile', value: '07' })]],
    [[replace('/telecom/2', { id: 'T3', system: 'email', use: 'home', value: 'new@example.com' })]],
    [[add('/telecom/-', { system: 'email', use: 'work', value: 'work@example.com' })]],
    [[assertion('/telecom/1/id', 'T2'), remove('/telecom/1')]],
    [[add('/address/0/id', 'A1'), replace('/address/0/line/0', '2 Mill Lane')]],
    [
      [
        replace('/contact/0', {
          id: 'C1',
          relationship: [{ coding: [{ code: 'C' }] }],
          telecom: [{ system: 'phone', value: '07' }],
        }),
      ],
    ],
    [[add('/contact/0/id', 'C1'), replace('/contact/0/telecom/0/value', '07')]],
    [[replace(`/extension/${PHARMACY_AT}`, pharmacy('NominatedPharmacy', 'FK999'))]],
    [[replace(`/extension/${BIRTH_PLACE_AT}`, birthPlace)]],
    [[replace(`/extension/${COMMUNICATION_AT}`, communication(language('de'), interpreter(true)))]],
    [[assertion(`/extension/${BIRTH_PLACE_AT}/url`, BIRTH_PLACE), remove(`/extension/${BIRTH_PLACE_AT}`)]],
    [[assertion('/gender', 'female'), replace(`/extension/${BIRTH_PLACE_AT}`, birthPlace)]],
  ])('PDS-P51 fields that are: %j', (patches) => expect(outcome(patches, { mode })).toBe('accepted'));
  test.each<[unknown]>([
    [[add('/telecom/1/id', 'T2'), replace('/telecom/1/value', '07')]],
    [[replace(`/extension/${COMMUNICATION_AT}/extension/1`, interpreter(false))]],
    [
      [
        add(`/extension/${BIRTH_PLACE_AT}/url`, BIRTH_PLACE),
        replace(`/extension/${BIRTH_PLACE_AT}/valueAddress/city`, 'York'),
      ],
    ],
  ])('PDS-P52 some parts a patient sends only whole: %j', (patches) => {
    expect(outcome(patches, { mode })).toBe(denied);
    expect(outcome(patches)).toBe('accepted');
  });
});
