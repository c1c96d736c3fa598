/**
 * The people a client developer knows from the public PDS sandbox, as facts (numbers, names, dates) put together by our
 * own builders. Source of the facts: NHSDigital/personal-demographics-service-api (MIT). All of them are fictitious.
 */
import type { Address, Extension, Patient, RelatedPerson } from 'fhir/r4';
import * as fhir from './fhir-parts.ts';
import { healthInsuranceCard, relatedPerson } from './beside-patient.ts';
import type { PatientResources } from './beside-patient.ts';

const SINCE_2020 = { start: '2020-01-01', end: '2021-12-31' };
const TREVELYAN_SQUARE = ['1 Trevelyan Square', 'Boar Lane', 'City Centre', 'Leeds', 'West Yorkshire'];
const SQUARE_KEYS = [fhir.addressKey('PAF', '12345678'), fhir.addressKey('UPRN', '123456789012')];
const IN_LEEDS = { line: TREVELYAN_SQUARE, postalCode: 'LS1 6AE' };
const BRAILLE_BY_LETTER = fhir.contactPreference({
  format: ['12', 'Braille'],
  method: ['1', 'Letter'],
  times: 'Not after 7pm',
});
const FRENCH_INTERPRETER = fhir.communication('fr', 'French', true);
const MANCHESTER = fhir.birthPlace('Manchester', 'Greater Manchester', 'GBR');
const FORMAL_DEATH_2010 = fhir.deathNotification(2, '2010-10-22T00:00:00+00:00');

/** One of every extension that PDS knows, in the order of the public sample. */
const EVERY_EXTENSION: readonly Extension[] = [
  fhir.supplier('pharmacy', 'Y12345'),
  fhir.supplier('dispenser', 'Y23456'),
  fhir.supplier('appliances', 'Y34567'),
  FORMAL_DEATH_2010,
  FRENCH_INTERPRETER,
  BRAILLE_BY_LETTER,
  MANCHESTER,
  fhir.removalFromRegistration('SCT', { start: '2020-01-01T00:00:00+00:00', end: '2021-12-31T00:00:00+00:00' }),
];

interface SmithFacts {
  readonly nhsNumber: string;
  readonly given: readonly string[];
  readonly family: string;
  readonly title: string;
  readonly suffix?: string;
  readonly gender: 'female' | 'male';
  readonly phone: string;
  readonly email: string;
}

/** The Smiths of Trevelyan Square share everything but their names and numbers. */
function smith(facts: SmithFacts): Patient {
  return {
    ...fhir.patientHead({ nhsNumber: facts.nhsNumber, version: 2 }),
    name: [
      {
        id: '123',
        use: 'usual',
        period: SINCE_2020,
        given: [...facts.given],
        family: facts.family,
        prefix: [facts.title],
        ...(facts.suffix === undefined ? {} : { suffix: [facts.suffix] }),
      },
    ],
    gender: facts.gender,
    birthDate: '2010-10-22',
    multipleBirthInteger: 1,
    deceasedDateTime: '2010-10-22T00:00:00+00:00',
    generalPractitioner: [fhir.generalPractice('254406A3', 'Y12345', SINCE_2020)],
    extension: [FORMAL_DEATH_2010],
    telecom: [
      fhir.telecom('789', SINCE_2020, ['phone', 'home', facts.phone]),
      fhir.telecom('790', { start: '2019-01-01', end: '2022-12-31' }, ['email', 'home', facts.email]),
      fhir.textphone('OC789', SINCE_2020, facts.phone),
    ],
    contact: [fhir.emergencyContact('C123', SINCE_2020, facts.phone)],
    address: [fhir.address('456', SINCE_2020, { use: 'home', ...IN_LEEDS, keys: SQUARE_KEYS })],
  };
}

/** A Smith with everything a record may have. */
function completeSmith(facts: SmithFacts): Patient {
  const patient = smith(facts);
  const student = { use: 'temp', text: 'Student Accommodation', ...IN_LEEDS, keys: SQUARE_KEYS } as const;
  return {
    ...patient,
    managingOrganization: fhir.managingOrganization('Y12345', SINCE_2020),
    extension: [...EVERY_EXTENSION],
    address: [...(patient.address ?? []), fhir.address('T456', SINCE_2020, student)],
  };
}

/** A guardian who wants Braille letters in French; `described` adds name, address and telephone. */
function guardian(id: string, nhsNumber: string, described: boolean): RelatedPerson {
  const person = relatedPerson({
    id,
    nhsNumber,
    period: SINCE_2020,
    relationship: ['Guardian', 'Guardian of patient'],
    rank: 1,
    copyCorrespondence: true,
    extensions: [BRAILLE_BY_LETTER, FRENCH_INTERPRETER],
  });
  if (!described) return person;
  return {
    ...person,
    name: [{ use: 'usual', period: SINCE_2020, given: ['Jane'], family: 'Smith', prefix: ['Mrs'], suffix: ['MBE'] }],
    telecom: [fhir.telecom(null, SINCE_2020, ['phone', 'home', '01632960587'])],
    address: [fhir.address(null, SINCE_2020, { use: 'home', ...IN_LEEDS, keys: SQUARE_KEYS })],
  };
}

const JANE_SMITH = completeSmith({
  nhsNumber: '9000000009',
  given: ['Jane'],
  family: 'Smith',
  title: 'Mrs',
  gender: 'female',
  phone: '01632960587',
  email: 'jane.smith@example.com',
});

const JAYNE_SMYTH = completeSmith({
  nhsNumber: '9000000017',
  given: ['Jayne'],
  family: 'Smyth',
  title: 'Mrs',
  suffix: 'MBE',
  gender: 'female',
  phone: '01632960588',
  email: 'jayne.smyth@example.com',
});

/** Restricted: stored with everything, so that what is withheld can be seen to be withheld. */
const JANET_SMYTHE: Patient = {
  ...fhir.patientHead({ nhsNumber: '9000000025', version: 2, confidentiality: 'R' }),
  name: [
    {
      id: '123',
      use: 'usual',
      period: SINCE_2020,
      given: ['Janet'],
      family: 'Smythe',
      prefix: ['Mrs'],
      suffix: ['MBE'],
    },
  ],
  gender: 'female',
  birthDate: '2005-06-16',
  multipleBirthInteger: 1,
  deceasedDateTime: '2005-06-16T00:00:00+00:00',
  extension: [fhir.deathNotification(2, '2005-06-16T00:00:00+00:00'), fhir.supplier('pharmacy', 'Y12345'), MANCHESTER],
  address: [fhir.address('BD78AAA3', { start: '2001-01-01' }, { use: 'home', ...IN_LEEDS })],
  telecom: [
    fhir.telecom('898DEA0B', { start: '2020-01-01' }, ['phone', 'home', '01632960587']),
    fhir.telecom('628DFEAE', { start: '2020-01-01' }, ['email', 'home', 'janet.smythe@example.com']),
  ],
  contact: [fhir.emergencyContact('BAE7E3BF', { start: '2022-08-05' }, '01632960599')],
  generalPractitioner: [fhir.generalPractice('800FA5BD', 'Y12345', { start: '2005-03-05' })],
};

/** A compound first name; reachable by the telephone number of the public search example as well. */
function johnPaulSmith(): Patient {
  const patient = smith({
    nhsNumber: '9000000041',
    given: ['John Paul', 'James'],
    family: 'Smith',
    title: 'Mr',
    suffix: 'MBE',
    gender: 'male',
    phone: '01632960586',
    email: 'johnp.smith@example.com',
  });
  const work = fhir.telecom('879F94A1', { start: '2020-01-01' }, ['phone', 'work', '01632960587']);
  return { ...patient, telecom: [...(patient.telecom ?? []), work] };
}

/** One line a person: who, and where they live. */
interface PlainFacts {
  readonly head: fhir.Head;
  readonly name: readonly [id: string, since: string, title: string | null, given: string, family: string];
  readonly gender: 'female' | 'male' | 'unknown';
  readonly birthDate: string;
  readonly address: Address;
  readonly practice?: readonly [id: string, code: string, since: string];
  readonly extension?: readonly Extension[];
}

function plain(facts: PlainFacts): Patient {
  const [id, start, title, given, family] = facts.name;
  const [practiceId, code, since] = facts.practice ?? [];
  const practice =
    practiceId === undefined || code === undefined || since === undefined
      ? {}
      : { generalPractitioner: [fhir.generalPractice(practiceId, code, { start: since })] };
  return {
    ...fhir.patientHead(facts.head),
    name: [
      {
        id,
        use: 'usual',
        period: { start },
        given: given.split('|'),
        family,
        ...(title === null ? {} : { prefix: [title] }),
      },
    ],
    gender: facts.gender,
    birthDate: facts.birthDate,
    address: [facts.address],
    ...practice,
    ...(facts.extension === undefined ? {} : { extension: [...facts.extension] }),
  };
}

const home = (id: string, start: string, [postalCode, ...line]: readonly string[], paf?: string): Address =>
  fhir.address(
    id,
    { start },
    {
      use: 'home',
      line,
      ...(postalCode === undefined ? {} : { postalCode }),
      ...(paf === undefined ? {} : { keys: [fhir.addressKey('PAF', paf)] }),
    },
  );

/** Her history holds another name and another birth date; only the name is ever matched. */
const BILL_GARTON = plain({
  head: { nhsNumber: '9693632109', version: 171 },
  name: ['oHCsm', '1977-06-26', 'MR', 'BILL', 'GARTON'],
  gender: 'female',
  birthDate: '1955-11-05',
  address: home('drSwB', '2001-04-25', ['DN18 5DW', '1 MOUNT AVENUE', 'BARTON-UPON-HUMBER', 'S HUMBERSIDE']),
  practice: ['uMbZF', 'A20047', '2005-03-05'],
  extension: [
    fhir.besideTheRecord('history', {
      name: [
        {
          id: '90F9051A',
          use: 'usual',
          period: { start: '1960-01-01', end: '1977-06-25' },
          given: ['Joe'],
          family: 'Bloggs',
          prefix: ['Mr'],
        },
      ],
      birthDate: ['1946-06-23'],
    }),
  ],
});

/** The record that lives on after a merge. */
const JANE_CUFF = plain({
  head: { nhsNumber: '9732019395', version: 2 },
  name: ['DiGat', '1955-06-09', 'MRS', 'Jane', 'CUFF'],
  gender: 'female',
  birthDate: '1926-01-07',
  address: home('hlMuz', '1975-06-28', ['DN20 0PQ', '2 CHURCH CLOSE', 'BONBY', 'BRIGG', 'S HUMBERSIDE'], '24104389'),
  practice: ['cCxjf', 'A20047', '1977-03-03'],
});

/** Found by the public create example: one match. */
const MICKEY_MCMATCH = plain({
  head: { nhsNumber: '5900054586', version: 1 },
  name: ['978C7701', '2024-05-09', 'Mr', 'Mickey', 'McMatch-Single'],
  gender: 'male',
  birthDate: '1954-10-26',
  address: home('A5ED70F0', '2024-05-09', ['BAP4WG', '317 Stuart Streets']),
});

/** Marked as invalid: kept, never shown. */
const INVALIDATED = plain({
  head: { nhsNumber: '9990003343', version: 1, confidentiality: 'REDACTED' },
  name: ['080F498C', '2000-01-01', null, 'Patient', 'INVALIDATED'],
  gender: 'female',
  birthDate: '2000-01-01',
  address: home('C2F88C2B', '2001-01-01', ['LS1 1AA', '9 GONE STREET', 'LEEDS']),
  practice: ['0FF5DB81', 'A20047', '2005-03-05'],
});

const FRENCH_CARD = {
  personalId: '5647382910',
  cardId: 'ES456789012345',
  institutionId: 'ES11223',
  country: ['FRA', 'France'],
  end: '2027-03-03',
} as const;

/** Everyone of the sandbox, in the form of the import. */
export function sandboxPatients(): readonly PatientResources[] {
  return [
    [
      JANE_SMITH,
      healthInsuranceCard('9000000009', FRENCH_CARD),
      guardian('507B7621', '9000000009', true),
      guardian('B3380E98', '9000000009', false),
    ],
    [JAYNE_SMYTH, guardian('F4CF8B96', '5328023641', true)],
    [JANET_SMYTHE],
    [fhir.patientHead({ nhsNumber: '9000000033', version: 2 })],
    [johnPaulSmith()],
    [BILL_GARTON],
    [JANE_CUFF],
    [fhir.supersededPatient('5900053636', 1, '9732019395')],
    [MICKEY_MCMATCH],
    [INVALIDATED],
  ];
}
