/** PATCH Patient: the guard, and everything about operations as operations. */
import { describe, expect, test } from 'vitest';
import { guardPatchPatient } from '../../../src/domain/pds/patch-patient.ts';
import type { DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import type { Loose } from './patch-fixture.ts';
import {
  accepted,
  add,
  assertion,
  COMMUNICATION_AT,
  communication,
  contextOf,
  decide,
  interpreter,
  language,
  minimal,
  MISSING,
  outcome,
  PATCH,
  patient,
  remove,
  replace,
  stateOf,
  UK,
  UPDATE,
  VALUE,
} from './patch-fixture.ts';

const guard = (annex: DemographicsAnnex | null, ...[patches]: unknown[]): unknown =>
  guardPatchPatient(annex === null ? null : stateOf(patient(), annex), { name: 'patch-patient', patches }, contextOf());

describe('guard', () => {
  test('PDS-P01 an unknown record is not found', () => {
    expect(guard(null, [remove('/gender')])).toEqual({ kind: 'refused', code: 'RESOURCE_NOT_FOUND' });
  });
  test.each<[DemographicsAnnex]>([[{ status: 'invalidated' }], [{ confidentiality: 'REDACTED' }]])(
    'PDS-P02 an invalidated record is refused: %j',
    (annex) => expect(guard(annex, [remove('/gender')])).toEqual({ kind: 'refused', code: 'INVALIDATED_RESOURCE' }),
  );
  test('PDS-P03 a superseded record is refused, whatever else it is', () => {
    expect(
      guard({ status: 'superseded', supersededBy: '9000000017', confidentiality: 'R' }, [remove('/gender')]),
    ).toEqual({
      kind: 'refused',
      code: 'FORBIDDEN_UPDATE',
      diagnostics: 'Forbidden update with error - Update Failed - NHS No. supplied has been superseded in a merge',
    });
  });
  test.each(['R', 'V'] as const)('PDS-P04 a restricted record (%s) is not updated', (confidentiality) => {
    expect(guard({ confidentiality }, [remove('/gender')])).toMatchObject({ code: 'FORBIDDEN_UPDATE' });
  });
  test.each([[undefined], [null], [[]], [{}], ['x'], [0]])('PDS-P05 no patches in %j', (patches) => {
    expect(guard({}, patches)).toEqual({
      kind: 'refused',
      code: 'INVALID_UPDATE',
      diagnostics: 'Invalid update with error - No patches found',
    });
  });
  test('PDS-P05 patches on an active record pass the guard', () => expect(guard({}, [remove('/gender')])).toBeNull());
});

test.each<[unknown, string]>([
  [[{ op: 'bad_value', path: 'not a path' }], `${VALUE}'bad_value' in field '0/op'`],
  [[remove('/gender'), { op: 'move', path: '/a', from: '/b' }], `${VALUE}'move' in field '1/op'`],
  [[{ op: 'copy', path: '/a', from: '/b' }], `${VALUE}'copy' in field '0/op'`],
  [[{ op: ['a'], path: '/a' }], `${VALUE}'['a']' in field '0/op'`],
  [[{ path: '/a' }], `${MISSING}'0/op'`],
  [[{ op: 'add' }], `${MISSING}'0/path'`],
  [[{ op: 'add', path: 5 }], `${VALUE}'5' in field '0/path'`],
  [['x'], `${VALUE}'x' in field '0'`],
  [[null], `${VALUE}'None' in field '0'`],
  [[{ op: 'add', path: 'x' }], `${UPDATE}'x' is not a 'json-pointer'`],
  [[{ op: 'add', path: "it's" }], `${UPDATE}"it's" is not a 'json-pointer'`],
  [[{ op: 'add', path: '/a~2' }], `${UPDATE}'/a~2' is not a 'json-pointer'`],
])('PDS-P06 each operation has a known op and a pointer: %j', (patches, text) => expect(outcome(patches)).toBe(text));

test.each([
  ['pets', '/pets'],
  ['id', '/id'],
  ['meta', '/meta/versionId'],
  ['identifier', '/identifier/0/value'],
  ['managingOrganization', '/managingOrganization'],
  ['resourceType', '/resourceType'],
  ['', ''],
])('PDS-P07 the field %j is not for clients to write', (field, path) => {
  for (const operation of [add(path, 'x'), replace(path, 'x'), remove(path)]) {
    expect(outcome([operation])).toBe(`${UPDATE}Update unsupported for resource - '${field}'`);
  }
});

test.each(['/__proto__/x', '/name/0/constructor', '/gender/prototype', '/address/-/__proto__'])(
  'PDS-P08 a path through the language itself is refused: %s',
  (path) => {
    const name = path.split('/').find((part) => /_|con|pro/.test(part));
    expect(outcome([add(path, 'x')])).toBe(`${UPDATE}Update unsupported for resource - '${name}'`);
  },
);

test('PDS-P08 a value that carries such a member is refused and pollutes nothing', () => {
  const value: unknown = JSON.parse('{"use":"old","family":"Q","extension":[{"__proto__":{"polluted":true}}]}');
  expect(outcome([add('/name/-', value)])).toBe(`${UPDATE}Update unsupported for resource - '__proto__'`);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test.each<[string, unknown]>([
  ['/address/0', [replace('/address/0/line/0', '2 Whitehall Quay'), replace('/address/0/postalCode', 'LS1 4BU')]],
  ['/name/0', [add('/name/0/given/-', 'Rose')]],
  ['/name/0', [replace('/name/0', { use: 'usual', family: 'X' })]],
  ['/name/0', [replace('/name/0', 'x')]],
  ['/name/0', [add('/name/0', { use: 'old', family: 'X' })]],
  ['/name/0', [assertion('/name/1/id', 'N2'), replace('/name/0/family', 'X')]],
  ['/extension/0', [replace('/extension/0/valueReference/identifier/value', 'FK999')]],
  ['/name', [replace('/name', [])]],
  ['/name', [add('/name', [])]],
  ['/name/0', [assertion('/name/0/id', 'N1'), remove('/name/0/id')]],
  ['/address/9', [replace('/address/9/line/0', 'x')]],
])('PDS-P09 an update names the id or url of its object: %s %j', (root, patches) => {
  expect(outcome(patches)).toBe(`${UPDATE}no id or url found for path with root ${root}`);
});

test.each<[unknown]>([
  [[assertion('/name/0/id', 'N1'), replace('/name/0/family', 'Reed')]],
  [[add('/name/0/id', 'N1'), add('/name/0/given/0', 'Rose')]],
  [[replace('/name/0/id', 'N1'), replace('/name/0/family', 'Reed')]],
  [[replace('/name/0/family', 'Reed'), replace('/name/0/id', 'N1')]],
  [
    [
      assertion('/extension/0/url', `${UK}NominatedPharmacy`),
      replace('/extension/0/valueReference/identifier/value', 'FK999'),
    ],
  ],
  [[replace(`/extension/${COMMUNICATION_AT}/extension/1`, interpreter(false))]],
])('PDS-P09 an id or url tested, set or carried anywhere in the request will do: %j', (patches) => {
  expect(outcome(patches)).toBe('accepted');
});

test('PDS-P10 a new item comes last, with an id of the server first of all', () => {
  const { resource } = accepted([add('/name/-', { use: 'old', family: 'Reed', period: { start: '2019-12-31' } })]);
  expect(resource['name'].map(({ id }) => id)).toEqual(['N1', 'N2', 'NEW00001']);
  expect(Object.keys(resource['name'][2] ?? {})[0]).toBe('id');
});
test.each<[unknown, string]>([
  [[add('/name/-', { id: 'N9', use: 'old', family: 'X' })], "no 'name' resources with object id 'N9'"],
  [[add('/name/-', { id: 'N1', use: 'old', family: 'X' })], "no 'name' resources with object id 'N1'"],
  [[add('/name/0', { id: 'N1', use: 'old', family: 'X' })], "no 'name' resources with object id 'N1'"],
])('PDS-P10 a new item brings no id and no position: %j', (patches, text) =>
  expect(outcome(patches)).toBe(UPDATE + text),
);

test.each<[unknown, string]>([
  [[replace('/address/0/id', '123456')], "no 'address' resources with object id '123456'"],
  [
    [replace('/address/0/id', '123456'), replace('/address/0/line/0', 'x')],
    "no 'address' resources with object id '123456'",
  ],
  [[add('/telecom/0/id', 'T2'), replace('/telecom/0/value', '0113')], "no 'telecom' resources with object id 'T2'"],
  [[replace('/name/1', { id: 'N1', use: 'nickname', family: 'X' })], "no 'name' resources with object id 'N1'"],
  [[replace('/extension/0/url', 'x')], "no 'extension' resources with object id 'x'"],
])('PDS-P11 the id must be the one the item has: %j', (patches, text) => expect(outcome(patches)).toBe(UPDATE + text));

test.each<[unknown, string]>([
  [
    [remove('/name/1')],
    "removal '/name/1' is not immediately preceded by equivalent test - instead it is the first item",
  ],
  [
    [remove('/name/0/given/1')],
    "removal '/name/0/given/1' is not immediately preceded by equivalent test - instead it is the first item",
  ],
  [
    [assertion('/name/1/id', 'N2'), replace('/gender', 'male'), remove('/name/1')],
    "removal '/name/1' is not immediately preceded by equivalent test - instead it is preceded by replace '/gender'",
  ],
  [
    [assertion('/name/0/id', 'N1'), remove('/name/1')],
    "removal '/name/1' is not immediately preceded by equivalent test - instead it is preceded by test '/name/0/id'",
  ],
  [
    [assertion('/name/1/family', 'Quill'), remove('/name/1')],
    "removal '/name/1' is not immediately preceded by equivalent test - instead it is preceded by test '/name/1/family'",
  ],
])('PDS-P12 the removal of a list item is tested immediately before: %j', (patches, text) => {
  expect(outcome(patches)).toBe(UPDATE + text);
});
test.each<[unknown]>([
  [[assertion('/name/1/id', 'N2'), remove('/name/1')]],
  [[assertion('/name/1', (patient()['name'] as Loose[])[1]), remove('/name/1')]],
  [[assertion('/extension/0/url', `${UK}NominatedPharmacy`), remove('/extension/0')]],
  [[assertion('/name/0/id', 'N1'), remove('/name/0/prefix')]],
  [[assertion('/telecom/2/id', 'T3'), remove('/telecom/2'), assertion('/telecom/1/id', 'T2'), remove('/telecom/1')]],
  [[assertion('/telecom/0/id', 'T1'), remove('/telecom/0'), assertion('/telecom/0/id', 'T2'), remove('/telecom/0')]],
])('PDS-P12 id, url or the whole object will do: %j', (patches) => expect(outcome(patches)).toBe('accepted'));
test('PDS-P12 a removal shifts what follows, so a stale index fails its test', () => {
  const patches = [
    assertion('/telecom/0/id', 'T1'),
    remove('/telecom/0'),
    assertion('/telecom/1/id', 'T2'),
    remove('/telecom/1'),
  ];
  expect(outcome(patches)).toBe(`${PATCH}T3 (<class 'str'>) is not equal to tested value T2 (<class 'str'>)`);
});

test.each<[unknown, unknown]>([
  [[assertion('/address', []), replace('/gender', 'male')], minimal()],
  [[assertion('/name/0/suffix', []), replace('/gender', 'male')], minimal()],
  [
    [
      assertion('/name/0', {
        id: 'N1',
        use: 'usual',
        family: 'Quill',
        period: { start: '2001-02-03' },
        given: [],
        prefix: [],
      }),
      replace('/gender', 'male'),
    ],
    minimal(),
  ],
  [[add('/name/0/id', 'N1'), add('/name/0/suffix/0', 'PhD')], minimal()],
  [
    [add('/extension/-', { url: `${UK}NominatedPharmacy`, valueReference: { identifier: { value: 'FK1' } } })],
    minimal(),
  ],
])('PDS-P13 a list is there even while it is absent: %j', (patches, on) => {
  expect(outcome(patches, { on: on as Record<string, unknown> })).toBe('accepted');
});
test('PDS-P13 a list without items is not served', () => {
  const { resource } = accepted([assertion('/contact/0/id', 'C1'), remove('/contact/0')]);
  expect(resource).not.toHaveProperty('contact');
  const { resource: second } = accepted([
    add('/name/-', { use: 'old', family: 'X', prefix: [], suffix: [''], given: [] }),
  ]);
  expect(Object.keys(second['name'][2] ?? {}).sort()).toEqual(['family', 'id', 'period', 'use']);
});

test.each<[unknown, string]>([
  [[replace('/address/0/id', '456'), replace('/address/0/line/0', 'x')], "index '0' is out of bounds"],
  [[assertion('/name/1/id', '123456'), remove('/name/1')], "index '1' is out of bounds"],
  [[assertion('/name/0/id', 'N1'), remove('/name/0/suffix/0')], "can't remove non-existent object '0'"],
  [[remove('/multipleBirthInteger')], "can't remove non-existent object 'multipleBirthInteger'"],
  [[assertion('/name/0/id', 'N1'), remove('/name/0/text')], "can't remove non-existent object 'text'"],
  [[replace('/deceasedDateTime', '2020-01-01')], "can't replace non-existent object 'deceasedDateTime'"],
  [[add('/name/', { use: 'old', family: 'X' })], "'' is not a valid sequence index"],
  [[add('/name/0/id', 'N1'), add('/name/0/given/01', 'X')], "'01' is not a valid sequence index"],
  [[add('/name/0/id', 'N1'), add('/name/0/given/3', 'X')], "can't insert outside of list"],
  [[replace('/name/7', { id: 'N7' })], "can't replace outside of list"],
  [[add('/gender')], "The operation does not contain a 'value' member"],
  [[{ op: 'test', path: '/gender' }], "The operation does not contain a 'value' member"],
  [[replace('/gender/x', 'male')], "'x' is not a valid sequence index"],
  [[add('/gender/0', 'm')], 'unable to fully resolve json pointer /gender/0, part 0'],
  [[assertion('/name/-/id', 'N1')], "'-' is not a valid sequence index"],
  [[assertion('/meta/versionId/x/y', 1)], "'x' is not a valid sequence index"],
  [[assertion('/meta/none', 1)], "member 'none' not found in {'versionId': '7'}"],
])('PDS-P14 operations fail in the words of the wire: %j', (patches, text) => {
  expect(outcome(patches, { on: minimal() })).toBe(PATCH + text);
});

describe('order', () => {
  test('PDS-P15 the lines of an address are never replaced as a list', () => {
    const patches = [replace('/address/0/id', 'A1'), replace('/address/0/line', ['2 Mill Lane', 'Leeds'])];
    expect(outcome(patches)).toBe(`${PATCH}can't replace non-existent object 'line'`);
  });
  test('PDS-P15 that is told before a wrong id, and a missing id before both', () => {
    expect(outcome([replace('/address/0/id', '456'), replace('/address/0/line', ['x'])])).toBe(
      `${PATCH}can't replace non-existent object 'line'`,
    );
    expect(outcome([replace('/address/0/line', ['x'])])).toBe(
      `${UPDATE}no id or url found for path with root /address/0`,
    );
  });
  test('PDS-P15 a missing id is told before a position out of bounds', () => {
    expect(outcome([replace('/address/0/line/0', 'x')], { on: minimal() })).toBe(
      `${UPDATE}no id or url found for path with root /address/0`,
    );
  });
  test('PDS-P15 a bad operation is told before anything about ids', () => {
    expect(outcome([replace('/address/0/line/0', 'x'), { op: 'x', path: '/a' }])).toBe(`${VALUE}'x' in field '1/op'`);
  });
});

test('PDS-P16 a failed test shows both values as Python prints them', () => {
  const url = `${UK}NHSCommunication`;
  const tested = { url, extension: [{ url: 'language', valueCodeableConcept: { coding: ' ' } }, interpreter(false)] };
  expect(outcome([assertion(`/extension/${COMMUNICATION_AT}`, tested), remove(`/extension/${COMMUNICATION_AT}`)])).toBe(
    `${PATCH}{'url': '${url}', 'extension': [{'url': 'language', 'valueCodeableConcept': {'coding': [{'system': 'https://fhir.hl7.org.uk/CodeSystem/UKCore-HumanLanguage', 'version': '1.0.0', 'code': 'fr', 'display': 'French'}]}}, {'url': 'interpreterRequired', 'valueBoolean': True}]} (<class 'dict'>) is not equal to tested value {'url': '${url}', 'extension': [{'url': 'language', 'valueCodeableConcept': {'coding': ' '}}, {'url': 'interpreterRequired', 'valueBoolean': False}]} (<class 'dict'>)`,
  );
});
test.each<[unknown, string]>([
  ['male', "female (<class 'str'>) is not equal to tested value male (<class 'str'>)"],
  [null, "female (<class 'str'>) is not equal to tested value None (<class 'NoneType'>)"],
  [1, "female (<class 'str'>) is not equal to tested value 1 (<class 'int'>)"],
  [1.5, "female (<class 'str'>) is not equal to tested value 1.5 (<class 'float'>)"],
  [true, "female (<class 'str'>) is not equal to tested value True (<class 'bool'>)"],
  [['a', 2], "female (<class 'str'>) is not equal to tested value ['a', 2] (<class 'list'>)"],
])('PDS-P16 tested against %j', (value, text) => expect(outcome([assertion('/gender', value)])).toBe(PATCH + text));

test('PDS-P17 all or nothing: a later failure undoes what came before', () => {
  const on = patient();
  const before = JSON.stringify(on);
  expect(decide([replace('/gender', 'male'), replace('/birthDate', 'x')], { on }).kind).toBe('refused');
  expect(JSON.stringify(on)).toBe(before);
});

test.each<[unknown]>([
  [[assertion('/gender', 'female')]],
  [[replace('/gender', 'female')]],
  [[add('/name/0/id', 'N1')]],
  [[replace('/name/0', { ...(patient()['name'] as object[])[0] })]],
  [[add('/name/0/id', 'N1'), replace('/name/0/prefix/0', 'Mrs.')]],
  [[add('/name/0/id', 'N1'), add('/name/0/suffix', [])]],
  [[add('/address/0/id', 'A1'), add('/address/0/city', 'Leeds')]],
  [[replace(`/extension/${COMMUNICATION_AT}`, communication(language('fr'), interpreter(true)))]],
])('PDS-P18 a patch that changes nothing is refused: %j', (patches) => {
  expect(outcome(patches)).toBe(`${PATCH}Provided patch made no changes to the resource`);
});

test('PDS-P19 one version step whatever the number of operations, and the reply is the stored record', () => {
  const { resource, body } = accepted([
    replace('/gender', 'male'),
    add('/telecom/-', { system: 'fax', value: '1', use: 'work' }),
    add('/multipleBirthInteger', 1),
  ]);
  expect(resource['meta']).toEqual({ versionId: '8', security: [{ code: 'U', display: 'unrestricted' }] });
  expect(body).toBe(JSON.stringify(resource));
  expect(Object.keys(resource).slice(0, 3)).toEqual(['resourceType', 'id', 'identifier']);
});
