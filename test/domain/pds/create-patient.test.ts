import { describe, expect, test } from 'vitest';
import { checkCreatePatient, checkCreateShape, newPatient } from '../../../src/domain/pds/create-patient.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { agent, birthPlace, communication, death, decisionContext, KEY, patient } from './people.ts';
import { authority, ethnicity, home, newcomer } from './births.ts';

const told = (body: unknown): string => {
  const refusal = checkCreatePatient(body);
  return refusal === null ? 'accepted' : `${refusal.code}: ${refusal.diagnostics}`;
};
const without = (...members: string[]) => newcomer(Object.fromEntries(members.map((member) => [member, undefined])));
const withAddress = (changes: object) => newcomer({ address: [{ ...home, ...changes }] });
const withName = (changes: object) =>
  newcomer({ name: [{ use: 'usual', given: ['Ida'], family: 'Blythe', ...changes }] });

describe('what is missing', () => {
  test('PDS-C01 a complete body is accepted', () => expect(told(newcomer())).toBe('accepted'));

  test.each([
    [{ bananas: 'in pyjamas' }, 'name'],
    [{ name: { family: 'Blythe' } }, 'address'],
    [{ name: { family: 'Blythe' }, address: [{ line: ['1'] }] }, 'gender'],
    [{ name: { family: 'Blythe' }, address: [{ line: ['1'] }], gender: 'male' }, 'birthDate'],
    [without('extension'), 'extension'],
    [without('name', 'address', 'gender', 'birthDate', 'extension'), 'name'],
    [withAddress({ use: undefined }), 'address/0/use'],
    [withAddress({ period: undefined }), 'address/0/period'],
    [withAddress({ period: {} }), 'address/0/period/start'],
    [withName({ use: undefined }), 'name/0/use'],
    [withName({ family: undefined }), 'name/0/family'],
    [newcomer({ telecom: [{ system: 'phone' }] }), 'telecom/0/value'],
    [
      withAddress({ extension: [{ url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey' }] }),
      'address/0/extension/0/extension',
    ],
  ])('PDS-C01 %j: the first missing one is named: %s', (body, path) => {
    expect(told(body)).toBe(`MISSING_VALUE: Missing value - '${path}'`);
  });

  test.each(['toString', 'constructor', { toString: 0 }, [authority.url], null, 7])(
    'PDS-C09 an extension whose address is %j is invalid',
    (url) => expect(told(newcomer({ extension: [authority, { ...ethnicity, url }] }))).toMatch(/^INVALID_VALUE/),
  );

  test('PDS-C02 what is missing deep inside is told before what is wrong near the root', () => {
    expect(told(newcomer({ gender: 'other', address: [{ use: 'home' }] }))).toContain("'address/0/period'");
  });

  test('PDS-C02 of two wrong values the one nearer to the root is told', () => {
    expect(told(newcomer({ name: [{ use: 'usual', family: 'O`Brien' }], gender: 'other' }))).toContain("'gender'");
  });
});

describe('what is wrong', () => {
  test.each([
    [newcomer({ gender: 'other' }), "'other' in field 'gender'"],
    [newcomer({ birthDate: 'not-a-date' }), "'not-a-date' in field 'birthDate'"],
    [newcomer({ birthDate: '2023-02-29' }), "'2023-02-29' in field 'birthDate'"],
    [newcomer({ birthDate: 19900504 }), "'19900504' in field 'birthDate'"],
    [newcomer({ address: [['another', 'array']] }), "'['another', 'array']' in field 'address/0'"],
    [newcomer({ address: [{ ...home, period: { start: 'then' } }] }), "'then' in field 'address/0/period/start'"],
    [withName({ given: 'not an array' }), "'not an array' in field 'name/0/given'"],
    [withName({ given: 'O`Brien' }), "'O`Brien' in field 'name/0/given'"],
    [withName({ given: ['O`Brien'] }), "'O`Brien' in field 'name/0/given/0'"],
    [withName({ use: 'official' }), "'official' in field 'name/0/use'"],
    [newcomer({ name: 'Ida' }), "'Ida' in field 'name'"],
    [newcomer({ telecom: [{ system: 'pigeon', value: '1' }] }), "'pigeon' in field 'telecom/0/system'"],
    [newcomer({ gender: true }), "'True' in field 'gender'"],
    [newcomer({ gender: null }), "'None' in field 'gender'"],
  ])('PDS-C03 %#: %s', (body, text) => {
    expect(told(body)).toBe(`INVALID_VALUE: Invalid value - ${text}`);
  });

  test.each([[[]], ['text'], [null], [7]])('PDS-C03 a body that is no object: %j', (body) => {
    expect(checkCreatePatient(body)?.code).toBe('INVALID_VALUE');
  });

  test('PDS-C04 more than five given names, more than one name', () => {
    const six = ['One', 'Two', 'Three', 'Four', 'Five', 'six'];
    expect(told(withName({ given: six }))).toBe(
      "TOO_MANY_VALUES_SUBMITTED: Too many values submitted - ['One', 'Two', 'Three', 'Four', 'Five', 'six'] in field 'name/0/given'",
    );
    const name = { use: 'usual', family: 'Blythe' };
    expect(checkCreatePatient(newcomer({ name: [name, name] }))?.code).toBe('TOO_MANY_VALUES_SUBMITTED');
  });

  test.each([
    ['name', []],
    ['address', []],
  ])('PDS-C04 an empty list is too few: %s', (member, list) => {
    expect(told(newcomer({ [member]: list }))).toBe(
      `TOO_FEW_VALUES_SUBMITTED: Too few values submitted - [] in field '${member}'`,
    );
  });

  test('PDS-C08 members that the service does not know', () => {
    const text = 'ADDITIONAL_PROPERTIES: Invalid request with error - Additional properties are not allowed';
    expect(told(newcomer({ pets: 1 }))).toBe(`${text} ('pets' was unexpected)`);
    expect(told(newcomer({ pets: 1, cars: 2 }))).toBe(`${text} ('pets', 'cars' were unexpected)`);
    expect(told(newcomer({ id: KEY }))).toBe(`${text} ('id' was unexpected)`);
  });

  test('PDS-C09 the registering authority must be among the extensions, and no unknown one', () => {
    expect(told(newcomer({ extension: [ethnicity] }))).toMatch(/^INVALID_VALUE: .* in field 'extension'$/);
    expect(told(newcomer({ extension: [authority, { url: 'urn:mine' }] }))).toBe(
      "INVALID_VALUE: Invalid value - '{'url': 'urn:mine'}' in field 'extension/1'",
    );
  });
});

describe('rules of content', () => {
  const lines =
    "INVALID_CREATE: Invalid patient create data provided - 'address lines 1 and 4 or 2 and 4 must be completed as a minimum'";
  test.each([[['24 Park Street']], [['', '', 'LEEDS', 'x']], [['a', 'b', 'c']], [['a', '', '', ' ']], [undefined]])(
    'PDS-C05 lines %j are not enough',
    (line) => expect(told(withAddress({ line }))).toBe(lines),
  );

  test.each([
    [{ line: ['a', '', '', 'd'] }],
    [{ line: ['', 'b', '', 'd', ''] }],
    [{ line: ['somewhere'], postalCode: 'ZZ99 3VZ' }],
    [
      {
        line: ['somewhere'],
        extension: [
          {
            url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey',
            extension: [
              { url: 'type', valueCoding: { code: 'PAF' } },
              { url: 'value', valueString: '12345678' },
            ],
          },
        ],
      },
    ],
  ])('PDS-C05 enough: %j', (changes) => expect(told(withAddress(changes))).toBe('accepted'));

  test.each(['testemail', 'a@b', 'a@b..c', 'a b@example.com', `${'x'.repeat(80)}@example.com`])(
    'PDS-C06 no email: %s',
    (value) => {
      expect(told(newcomer({ telecom: [{ system: 'email', value }] }))).toBe(
        "INVALID_CREATE: Invalid patient create data provided - 'email format is invalid'",
      );
    },
  );

  test('PDS-C06 an email, and a phone that is none', () => {
    const telecom = [
      { system: 'email', value: 'ida.b@example.com' },
      { system: 'phone', value: '0113 496 0000' },
    ];
    expect(told(newcomer({ telecom }))).toBe('accepted');
  });

  test('PDS-C07 a usual name has no end', () => {
    const ended = { period: { start: '2020-01-01', end: '2021-01-01' } };
    expect(told(withName(ended))).toBe(
      "INVALID_CREATE: Invalid patient create data provided - 'An end date can not be provided on usual name'",
    );
    expect(told(withName({ ...ended, use: 'temp' }))).toBe('accepted');
  });

  test('PDS-C05 the shape alone does not look at them', () => {
    expect(checkCreateShape(withAddress({ line: ['24 Park Street'] }))).toBeNull();
  });
});

describe('what is kept', () => {
  test('PDS-C11 names are normalised', () => {
    const body = withName({
      given: ['Mary Jane', 'Ann Lee', ' '],
      prefix: ['Mrs.', ''],
      suffix: [' '],
      period: { start: '2001-01-01' },
    });
    expect(newPatient(body).name).toEqual([
      {
        use: 'usual',
        given: ['Mary Jane', 'Ann', 'Lee'],
        family: 'Blythe',
        prefix: ['Mrs'],
        period: { start: '2001-01-01' },
      },
    ]);
  });

  test('PDS-C12 only communication and contact preference are persisted of the extensions', () => {
    const body = newcomer({ extension: [authority, ethnicity, birthPlace, death('1'), communication] });
    expect(newPatient(body).extension).toEqual([communication]);
    expect(newPatient(newcomer())).not.toHaveProperty('extension');
  });

  test('PDS-C11 ids that the client sent are not kept', () => {
    expect(newPatient(withAddress({ id: '456' })).address).toEqual([home]);
  });
});

describe('the new record', () => {
  const create = (body = newcomer(), context = decisionContext()) =>
    demographics.decide(null, { name: 'create-patient', patient: newPatient(body) }, context);

  test('PDS-C10 has the number, version 1, label U and ids on its items', () => {
    const decision = create(newcomer({ telecom: [{ system: 'phone', value: '1', use: 'home' }] }));
    if (decision.kind !== 'accepted') throw new Error('refused');
    const { resource } = decision.state;
    expect(resource).toMatchObject({
      resourceType: 'Patient',
      id: KEY,
      identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: KEY }],
      meta: { versionId: '1', security: [{ code: 'U', display: 'unrestricted' }] },
      gender: 'female',
      birthDate: '1990-05-04',
    });
    const items = [...(resource.name ?? []), ...(resource.address ?? []), ...(resource.telecom ?? [])];
    const ids = items.map((item) => item.id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9A-F]{8}$/);
    expect(decision.reply).toEqual({ body: demographics.encode(decision.state).body });
  });

  test('PDS-C13 blank lines are not served, but their places are kept', () => {
    const decision = create();
    if (decision.kind !== 'accepted') throw new Error('refused');
    const [address] = decision.state.resource.address ?? [];
    expect(address?.line).toEqual(['24 Park Street', 'LEEDS']);
    expect(decision.state.annex.addressLines).toEqual({
      [String(address?.id)]: [null, '24 Park Street', null, 'LEEDS', null],
    });
  });

  test('PDS-C13 an entitled system is answered with them', () => {
    const by = agent('user-restricted', { rights: ['return-empty-address-lines'] });
    const decision = create(newcomer(), decisionContext({ agent: by }));
    const body = decision.kind === 'accepted' ? (JSON.parse(decision.reply.body) as PdsPatient) : undefined;
    expect(body?.address?.[0]?.line).toEqual([null, '24 Park Street', null, 'LEEDS', null]);
  });

  test('PDS-C10 without anything beside it the annex is empty', () => {
    const decision = create(withAddress({ line: ['1 High Street', 'a', 'b', 'LEEDS'] }));
    expect(decision.kind === 'accepted' && demographics.encode(decision.state).annex).toBe('');
  });

  test('PDS-C14 a number that has a record already is not used again', () => {
    const state = { resource: patient(), annex: {} };
    const decision = demographics.decide(
      state,
      { name: 'create-patient', patient: newPatient(newcomer()) },
      decisionContext(),
    );
    expect(decision).toEqual({ kind: 'refused', code: 'number-in-use' });
  });

  test('PDS-C10 nothing stands above the version check of a create', () => {
    const command = { name: 'create-patient', patient: newPatient(newcomer()) } as const;
    expect(demographics.guard?.(null, command, decisionContext())).toBeNull();
  });
});
