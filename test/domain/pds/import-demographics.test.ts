import { describe, expect, test } from 'vitest';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import { importPatient, type ImportedRecord } from '../../../src/domain/pds/import-demographics.ts';
import type { Demographics } from '../../../src/domain/pds/demographics-state.ts';
import { nhsNumberIdentifier, security } from '../../../src/domain/pds/patient-parts.ts';
import { KEY, OTHER, patient, removal } from './people.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const labelled = (code: string) => ({ meta: { versionId: '3', security: [{ code }] } });

function imported(changes: object = {}): ImportedRecord {
  const result = importPatient(plain({ ...patient(), ...changes }));
  if (typeof result === 'string') throw new Error(result);
  return result;
}
const state = (changes: object = {}): Demographics => demographics.decode(imported(changes));

describe('a resource as it is', () => {
  test('PDS-I01 keeps its bytes, its version and nothing beside', () => {
    expect(imported()).toEqual({
      kind: 'demographics',
      key: KEY,
      version: 3,
      body: JSON.stringify(patient()),
      annex: '',
    });
  });

  test('PDS-I02 versions are kept; none means 1', () => {
    expect(imported({ meta: { versionId: '57', security: [security('U')] } }).version).toBe(57);
    expect(imported({ meta: undefined })).toMatchObject({ version: 1 });
    expect(state({ meta: undefined }).resource.meta).toEqual({ versionId: '1', security: [security('U')] });
  });

  test('PDS-I03 the number may stand in the identifier alone; the identifier is completed', () => {
    const { id: _id, ...rest } = patient();
    expect(importPatient(plain(rest))).toMatchObject({ key: KEY });
    expect(state({ identifier: undefined }).resource.identifier).toEqual([nhsNumberIdentifier(KEY)]);
  });

  test.each([
    [{ id: '9990000019' }, 'not an NHS number'],
    [{ id: 'x', identifier: undefined }, 'not an NHS number'],
    [{ meta: { versionId: '0' } }, 'versionId'],
    [{ meta: { versionId: '1.5' } }, 'versionId'],
    [{ meta: { versionId: 'two' } }, 'versionId'],
    [{ meta: { security: [{ code: 'N' }] } }, "security code 'N'"],
    [{ link: [{ type: 'replaced-by', other: { identifier: { value: '12' } } }] }, "replaced-by '12'"],
    [{ extension: [{ url: 'urn:edge-spine:demographics-history', valueString: '{' }] }, 'not JSON'],
    [{ extension: [{ url: 'urn:edge-spine:demographics-hidden', valueString: '[]' }] }, 'not a JSON object'],
    [{ extension: [{ url: 'urn:edge-spine:demographics-hidden', valueString: '{"pets":[]}' }] }, "'pets'"],
    [{ extension: [{ url: 'urn:edge-spine:demographics-history', valueString: '{"name":{}}' }] }, 'not a list'],
  ])('PDS-I04 %j is refused with a reason: %s', (changes, reason) => {
    expect(importPatient(plain({ ...patient(), ...changes }))).toEqual(expect.stringContaining(reason));
  });

  test.each([[null], ['text'], [[]], [{ resourceType: 'Observation' }]])('PDS-I04 no Patient: %j', (resource) => {
    expect(importPatient(resource)).toBe('not a Patient');
  });
});

describe('facts that FHIR has an element for', () => {
  test.each(['R', 'V'] as const)('PDS-I05 label %s makes the record restricted, with its display', (code) => {
    const { resource, annex } = state(labelled(code));
    expect(annex).toEqual({ confidentiality: code });
    expect(resource.meta?.security).toEqual([security(code)]);
    expect(resource.address).toBeDefined();
  });

  test('PDS-I05 label REDACTED makes it invalidated, U ordinary', () => {
    expect(state(labelled('REDACTED')).annex).toEqual({ status: 'invalidated', confidentiality: 'REDACTED' });
    expect(imported(labelled('U')).annex).toBe('');
  });

  test.each([
    [{ identifier: { value: OTHER } }],
    [{ reference: `Patient/${OTHER}` }],
    [{ reference: `https://old.example.com/FHIR/R4/Patient/${OTHER}` }],
  ])('PDS-I06 replaced by %j: superseded', (other) => {
    const { resource, annex } = state({ active: false, link: [{ type: 'replaced-by', other }] });
    expect(annex).toEqual({ status: 'superseded', supersededBy: OTHER });
    expect(resource).not.toHaveProperty('link');
    expect(resource).not.toHaveProperty('active');
  });

  test('PDS-I06 nothing but the link is needed', () => {
    const link = [{ type: 'replaced-by', other: { identifier: { value: OTHER } } }];
    const result = importPatient({ resourceType: 'Patient', id: KEY, active: false, link });
    expect(result).toMatchObject({ key: KEY, version: 1 });
  });

  test.each(['AFN', 'SDN', 'LDN'])('PDS-I07 removal reason %s is masked in the body, true beside it', (code) => {
    const { resource, annex } = state({ extension: [removal(code)] });
    expect(annex.removalFromRegistration).toEqual(removal(code));
    const [served] = resource.extension ?? [];
    expect(served?.extension?.[0]?.valueCodeableConcept?.coding).toEqual([
      { system: 'urn:x', code: 'ORR', display: 'Other Reason' },
    ]);
    expect(served?.extension?.[1]).toEqual(removal(code).extension[1]);
  });

  test('PDS-I07 every other reason is served as it is', () => {
    expect(imported({ extension: [removal('SCT')] }).annex).toBe('');
    expect(state({ extension: [removal('SCT')] }).resource.extension).toEqual([removal('SCT')]);
  });

  test.each(['1', '2', '3', '5'])('PDS-I08 sharing consent %s stands beside the body', (code) => {
    const value = { url: 'consentValue', valueCodeableConcept: { coding: [{ code }] } };
    const { resource, annex } = state({
      extension: [{ url: 'https://hl7.org/fhir/R4/consent.html', extension: [value] }],
    });
    expect(annex).toEqual({ consent: code });
    expect(resource).not.toHaveProperty('extension');
  });
});

describe('facts that FHIR has none for', () => {
  test('PDS-I09 former and hidden values stand beside the body', () => {
    const history = { name: [{ family: 'Seward' }], birthDate: ['1970-01-01'] };
    const hidden = { address: [{ postalCode: 'ZZ1 1ZZ' }] };
    const { resource, annex } = state({
      extension: [
        { url: 'urn:edge-spine:demographics-history', valueString: JSON.stringify(history) },
        { url: 'urn:edge-spine:demographics-hidden', valueString: JSON.stringify(hidden) },
      ],
    });
    expect(annex).toEqual({ history, hidden });
    expect(resource).not.toHaveProperty('extension');
  });

  test.each([[['', '23 MILL LANE', '', 'LEEDS', '']], [[null, '23 MILL LANE', ' ', 'LEEDS', null]]])(
    'PDS-I10 blank lines %j are dropped from the body and kept beside it',
    (line) => {
      const { resource, annex } = state({ address: [{ id: 'A1', use: 'home', line, _line: [{ extension: [] }] }] });
      expect(resource.address).toEqual([{ id: 'A1', use: 'home', line: ['23 MILL LANE', 'LEEDS'] }]);
      expect(annex).toEqual({ addressLines: { A1: [null, '23 MILL LANE', null, 'LEEDS', null] } });
    },
  );

  test('PDS-I10 an address of blank lines alone has no line', () => {
    expect(state({ address: [{ id: 'A1', use: 'home', line: ['', ''] }] }).resource.address).toEqual([
      { id: 'A1', use: 'home' },
    ]);
  });

  test('PDS-I11 items without an id get one that follows from the record and the place', () => {
    const changes = { name: [{ family: 'A' }, { id: 'OWN', family: 'B' }, { family: 'C' }], telecom: [{ value: '1' }] };
    const { resource } = state(changes);
    const ids = [...(resource.name ?? []), ...(resource.telecom ?? [])].map(({ id }) => id);
    expect(ids[1]).toBe('OWN');
    expect(new Set(ids).size).toBe(4);
    for (const id of ids.filter((one) => one !== 'OWN')) expect(id).toMatch(/^[0-9A-F]{8}$/);
    expect(imported(changes)).toEqual(imported(changes));
    expect(state({ ...changes, id: OTHER }).resource.name?.[0]?.id).not.toBe(ids[0]);
  });

  test.each(['1971', '1971-05'])('PDS-I12 a partial date is served as stored: %s', (date) => {
    expect(state({ birthDate: date, deceasedDateTime: date }).resource).toMatchObject({
      birthDate: date,
      deceasedDateTime: date,
    });
  });

  test.each(['1971-13', '1971-02-30', '26/05/1971', ''])('PDS-I12 an impossible date is not served: %j', (date) => {
    const { resource, annex } = state({ birthDate: date, deceasedDateTime: date });
    expect(resource).not.toHaveProperty('birthDate');
    expect(resource).not.toHaveProperty('deceasedDateTime');
    expect(annex.hidden).toEqual({ birthDate: [date] });
  });

  test('PDS-I13 absent data is an absent member', () => {
    const { resource } = state({ telecom: [], contact: null, generalPractitioner: [], extension: [] });
    for (const member of ['telecom', 'contact', 'generalPractitioner', 'extension'])
      expect(resource).not.toHaveProperty(member);
  });
});

test.each([
  [{ name: {} }, 'name'],
  [{ name: [{ family: 7 }] }, 'name/0/family'],
  [{ address: [{ line: ['1', 2] }] }, 'address/0/line'],
  [{ extension: [null] }, 'extension/0'],
  [{ birthDate: 19710526 }, 'birthDate'],
  [{ generalPractitioner: [{ identifier: 'Y12345' }] }, 'generalPractitioner/0/identifier'],
])('PDS-I14 %j is refused with the path %s', (changes, path) => {
  const line = { resourceType: 'Patient', id: '9990000018', ...changes };
  expect(importPatient(line)).toBe(`Patient: ${path} is of the wrong type`);
});
