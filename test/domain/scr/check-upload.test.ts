import { describe, expect, test } from 'vitest';
import { readUpload } from '../../../src/domain/scr/upload-summary.ts';
import { NHS, condition, encounter, observation, summary } from './summaries.ts';
import type { Any, Summary } from './summaries.ts';
import { refusalOf, spoilt } from './uploads.ts';

const UUID = 'https://tools.ietf.org/html/rfc4122';

describe('strict reading', () => {
  test('SCR-U01 a whole summary is taken, under its id in upper case', () => {
    const read = readUpload(summary('abcdef01-0000-4000-8000-00000000000a').bundle);
    expect(read).toMatchObject({
      kind: 'upload',
      nhsNumber: '9000000009',
      command: { eventId: 'ABCDEF01-0000-4000-8000-00000000000A', total: 5 },
    });
  });

  test.each<[string, (upload: Summary) => void, RegExp]>([
    ['an unknown element', ({ bundle }) => (bundle.colour = 'red'), /Unknown element 'colour'/],
    [
      'an unknown element deep inside',
      ({ get }) => (get('Patient').identifier[0].sort = 'x'),
      /Unknown element 'sort'/,
    ],
    ['an empty string', ({ get }) => (get('Practitioner').name[0].text = ''), /must not be empty/],
    ['a value where a list belongs', ({ get }) => (get('Composition').section = {}), /Expected ARRAY and found OBJECT/],
    ['a number where text belongs', ({ get }) => (get('Composition').date = 7), /Expected|incorrect type|SCALAR/],
  ])('SCR-U02 %s is refused', (_name, spoil, text) => {
    expect(spoilt(spoil)).toMatch(text);
  });

  test.each([[null], [[]], ['text'], [{}], [{ resourceType: 'Patient' }]])('SCR-U02 %j is no Bundle', (body) => {
    expect(refusalOf(body)).not.toBe('accepted');
  });
});

describe('texts in order', () => {
  test.each<[string, (upload: Summary) => void]>([
    ['Unsupported Bundle.type: collection', ({ bundle }) => (bundle.type = 'collection')],
    ['bundle.timestamp must not be empty', ({ bundle }) => delete bundle.timestamp],
    ['bundle.identifier must not be empty', ({ bundle }) => delete bundle.identifier],
    [`bundle.identifier.system must be ${UUID}`, ({ bundle }) => (bundle.identifier.system = 'x')],
    ['bundle.identifier.value must not be empty', ({ bundle }) => delete bundle.identifier.value],
  ])('SCR-U03 %s', (text, spoil) => {
    expect(spoilt(spoil)).toBe(text);
  });

  test('SCR-U04 one Composition and one Patient', () => {
    expect(spoilt(({ drop }) => drop('Composition'))).toBe('Composition missing from payload');
    expect(spoilt(({ drop }) => drop('Patient'))).toBe('Patient missing from payload');
    expect(spoilt(({ add, get }) => add({ ...get('Composition'), id: 'c2' }))).toBe(
      'There is more than 1 resource of type Composition',
    );
    expect(spoilt(({ add, get }) => add({ ...get('Patient'), id: 'p2' }))).toBe(
      'There is more than 1 resource of type Patient',
    );
  });

  test.each<[string, (upload: Summary) => void]>([
    [
      'Invalid resource reference. Patient/p1 expected to be referencing PractitionerRole',
      ({ get }) => (get('Composition').author[0].reference = 'Patient/p1'),
    ],
    [
      'Bundle is missing PractitionerRole PractitionerRole/zz that is linked to Encounter',
      ({ get }) => (get('Composition').author[0].reference = 'PractitionerRole/zz'),
    ],
    ['PractitionerRole r1 is missing Practitioner reference', ({ get }) => delete get('PractitionerRole').practitioner],
    [
      'Bundle is missing Practitioner Practitioner/d1 that is linked to PractitionerRole r1',
      ({ drop }) => drop('Practitioner'),
    ],
    [
      'Bundle is missing Organization Organization/o1 that is linked to PractitionerRole r1',
      ({ drop }) => drop('Organization'),
    ],
    [
      'Invalid practitioner identifier system: null',
      ({ get }) =>
        (get('PractitionerRole').identifier = [{ system: 'http://fhir.nhs.net/Id/sds-role-profile-id', value: '1' }]),
    ],
    [
      'Missing practitioner identifier value',
      ({ get }) => {
        get('PractitionerRole').identifier = [{ system: 'http://fhir.nhs.net/Id/sds-role-profile-id', value: '1' }];
        get('Practitioner').identifier = [{ system: 'https://fhir.nhs.uk/Id/sds-user-id' }];
      },
    ],
    [
      'Organization.identifier.value element is missing',
      ({ get }) => {
        delete get('Organization').type;
        get('Organization').identifier = [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code' }];
      },
    ],
  ])('SCR-U05 %s', (text, spoil) => {
    expect(spoilt(spoil)).toBe(text);
  });

  test('SCR-U05 a role without profile id and without job role is invalid', () => {
    expect(spoilt(({ get }) => delete get('PractitionerRole').code)).toMatch(
      /^Invalid PractitionerRole r1 identifier.system or code.coding.system/,
    );
  });

  test.each<[string, (composition: Any) => void]>([
    ['Invalid composition.status: draft', (composition) => (composition.status = 'draft')],
    ['Composition.type element is missing', (composition) => delete composition.type],
    ['Composition.type.coding.system not supported: x', (composition) => (composition.type.coding[0].system = 'x')],
    ['Composition.type.coding.code not supported: 1', (composition) => (composition.type.coding[0].code = '1')],
    ['Composition.type.coding.display not supported: null', (composition) => delete composition.type.coding[0].display],
    ['Composition.category element is missing', (composition) => delete composition.category],
    [
      'Composition.category.coding.code not supported: 1',
      (composition) => (composition.category[0].coding[0].code = '1'),
    ],
    [
      'Unsupported Composition.relatesTo.code element: appends',
      (composition) => (composition.relatesTo = [{ code: 'appends' }]),
    ],
    [
      'Composition.relatesTo.targetIdentifier.value element is missing',
      (composition) => (composition.relatesTo = [{ code: 'replaces' }]),
    ],
    ['Missing Composition.identifier.value element', (composition) => delete composition.identifier.value],
    [`Missing Composition.identifier for system: ${UUID}`, (composition) => (composition.identifier.system = 'x')],
    ['Composition Date Element missing from payload', (composition) => delete composition.date],
    ['Missing mandatory Composition.section', (composition) => delete composition.section],
  ])('SCR-U06 %s', (text, spoil) => {
    expect(spoilt(({ get }) => spoil(get('Composition')))).toBe(text);
  });

  test.each<[string, Any[]]>([
    ['Condition.identifier.value is missing', [condition({ identifier: undefined })]],
    ['Condition.category.coding.code is missing', [condition({ category: undefined })]],
    [
      'Invalid Condition.category.coding.system: x',
      [condition({ category: [{ coding: [{ system: 'x', code: '1' }] }] })],
    ],
    ['Condition should have either clinicalStatus or verificationStatus', [condition({ clinicalStatus: undefined })]],
    ['Bundle is Missing Encounter Encounter/e1 that is linked to Condition k1', [condition()]],
    ['Observation.identifier.value is missing', [observation({ identifier: undefined })]],
    ['Observation.effective must be of type DateTimeType or Period', [observation({ effectivePeriod: undefined })]],
    ['Procedure.code is missing', [{ resourceType: 'Procedure', id: 'x', status: 'completed' }]],
    [
      'procedure.performed must be of type DateTimeType or Period',
      [{ resourceType: 'Procedure', id: 'x', status: 'completed', code: { text: 'x' } }],
    ],
    ['Communication.code is missing', [{ resourceType: 'Communication', id: 'x', status: 'completed' }]],
    [
      'Unsupported encounter participant system: null',
      [condition(), encounter('AUT', 'PractitionerRole/r1', { type: [] })],
    ],
    ['Invalid encounter e1 participant code PRF', [condition(), encounter('PRF')]],
    ['Invalid Encounter participant type Organization', [condition(), encounter('INF', 'Organization/o1')]],
    [
      'Encounter.participant.period.start element is missing',
      [condition(), encounter('AUT', 'PractitionerRole/r1', { period: {} })],
    ],
    [
      'Missing RelatedPerson.name element',
      [
        condition(),
        encounter('INF', 'RelatedPerson/f1'),
        {
          resourceType: 'RelatedPerson',
          id: 'f1',
          patient: { reference: 'Patient/p1' },
          relationship: [
            {
              coding: [
                {
                  system: 'https://fhir.nhs.uk/STU3/ValueSet/PersonRelationshipType-1',
                  code: '01',
                  display: 'Brother',
                },
              ],
            },
          ],
        },
      ],
    ],
  ])('SCR-U07 %s', (text, resources) => {
    expect(spoilt(({ add }) => resources.forEach((resource) => add(JSON.parse(JSON.stringify(resource)))))).toBe(text);
  });

  test('SCR-U07 a device author needs an identifier and a type', () => {
    const role = { resourceType: 'PractitionerRole', id: 'r2', organization: { reference: 'Organization/o1' } };
    const found = observation({ encounter: { reference: 'Encounter/e1' } });
    const withDevice = (device: Any) =>
      spoilt(({ add }) => [role, found, encounter('AUT', 'PractitionerRole/r2'), device].forEach(add));
    const device = { resourceType: 'Device', id: 'v1', owner: { reference: 'Organization/o1' } };
    expect(withDevice(device)).toBe('Device.identifier.value is missing');
    expect(withDevice({ ...device, identifier: [{ value: '1' }] })).toBe('Missing mandatory elements: Device.type');
    expect(withDevice({ ...device, identifier: [{ system: 'https://fhir.nhs.uk/Id/SDSDevice', value: '1' }] })).toBe(
      'accepted',
    );
  });

  test.each<[string, (upload: Summary) => void]>([
    [`patient.identifier[] for system ${NHS} must not be empty`, ({ get }) => delete get('Patient').identifier],
    [
      `patient.identifier[].value for system ${NHS} must not be empty`,
      ({ get }) => delete get('Patient').identifier[0].value,
    ],
    [
      `Multiple Patient resource '${NHS}' identifiers`,
      ({ get }) => get('Patient').identifier.push({ system: NHS, value: '9000000025' }),
    ],
    [
      'Composition.subject reference is missing or invalid',
      ({ get }) => (get('Composition').subject.reference = 'Patient/p9'),
    ],
  ])('SCR-U08 %s', (text, spoil) => {
    expect(spoilt(spoil)).toBe(text);
  });

  test('SCR-U08 a number with a wrong check digit is refused as Spine refuses it', () => {
    expect(refusalOf(summary(undefined, '9000000008').bundle)).toBe(
      'Spine processing finished with errors:\n- 400: Invalid Request\n- 35160: [PSIS-35160] - Invalid input message. Mandatory field NHS Number is missing or incorrect',
    );
  });

  test('SCR-U09 the checks stand in the live order', () => {
    const steps: ((upload: Summary) => void)[] = [
      ({ bundle }) => (bundle.type = 'collection'),
      ({ get }) => delete get('PractitionerRole').practitioner,
      ({ get }) => (get('Composition').status = 'draft'),
      ({ add }) => add({ resourceType: 'Procedure', id: 'x', status: 'completed' }),
      ({ get }) => delete get('Patient').identifier,
    ];
    const texts = [
      'Unsupported Bundle.type: collection',
      'PractitionerRole r1 is missing Practitioner reference',
      'Invalid composition.status: draft',
      'Procedure.code is missing',
      `patient.identifier[] for system ${NHS} must not be empty`,
    ];
    steps.forEach((_, first) =>
      expect(spoilt((upload) => steps.slice(first).forEach((step) => step(upload)))).toBe(texts[first]),
    );
  });
});
