/** What the body of POST /Patient must look like; the baby of a birth has the same parts. */
import {
  ADDRESS_KEY,
  BIRTH_PLACE,
  BIRTH_SEX,
  CADAVERIC_DONOR,
  CONTACT_PREFERENCE,
  DEATH_NOTIFICATION,
  ETHNIC_CATEGORY,
  INTERPRETER_REQUIRED,
  NHS_COMMUNICATION,
  NHS_NUMBER_UNAVAILABLE_REASON,
  REGISTERING_AUTHORITY,
  RESIDENTIAL_STATUS,
} from '../../fhir/pds-extensions.ts';
import type { Shape } from './shape.ts';

const text: Shape = { type: 'string' };
const date: Shape = { type: 'string', format: 'date' };
const period: Shape = { type: 'object', required: ['start'], properties: { start: date, end: date } };

/** Letters with the accents of Latin-1 and Latin Extended-A, digits, space, apostrophe, hyphen and full stop. */
const nameText = /^[ '\-.0-9A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u017F]{1,35}$/;
const nameItem: Shape = { type: 'string', pattern: nameText };

const humanName: Shape = {
  type: 'object',
  required: ['use', 'family'],
  closed: true,
  properties: {
    id: text,
    use: { type: 'string', oneOf: ['usual', 'temp', 'nickname', 'old', 'maiden'] },
    period,
    given: { type: 'array', minItems: 1, maxItems: 5, items: nameItem },
    family: nameItem,
    prefix: { type: 'array', items: text },
    suffix: { type: 'array', items: text },
  },
};

const nested = (required: readonly string[], list: Partial<Shape> = {}): Shape => ({
  type: 'object',
  required,
  properties: { extension: { type: 'array', items: { type: 'object', required: ['url'] }, ...list } },
});

const address: Shape = {
  type: 'object',
  required: ['use', 'period'],
  properties: {
    use: { type: 'string', oneOf: ['home', 'temp', 'billing'] },
    period,
    text,
    line: { type: 'array', maxItems: 5, items: text },
    postalCode: text,
    extension: {
      type: 'array',
      items: {
        type: 'object',
        required: ['url'],
        byUrl: { [ADDRESS_KEY]: nested(['extension'], { minItems: 2, maxItems: 2 }) },
      },
    },
  },
};

const telecom: Shape = {
  type: 'object',
  required: ['system', 'value'],
  properties: {
    system: { type: 'string', oneOf: ['phone', 'fax', 'email', 'other'] },
    value: text,
    use: { type: 'string', oneOf: ['home', 'work', 'temp', 'mobile'] },
    period,
    extension: { type: 'array', maxItems: 1 },
  },
};

const urlOnly: Shape = { type: 'object' };

const registeringAuthority: Shape = nested(['extension'], { minItems: 2, maxItems: 2 });

export const patientExtensions: Readonly<Record<string, Shape>> = {
  [REGISTERING_AUTHORITY]: registeringAuthority,
  [NHS_COMMUNICATION]: nested(['extension'], { minItems: 1, maxItems: 2 }),
  [CONTACT_PREFERENCE]: nested(['extension'], { maxItems: 3 }),
  [DEATH_NOTIFICATION]: nested(['extension'], { minItems: 1, maxItems: 2 }),
  [BIRTH_PLACE]: { type: 'object', required: ['valueAddress'], properties: { valueAddress: { type: 'object' } } },
  [BIRTH_SEX]: urlOnly,
  [CADAVERIC_DONOR]: urlOnly,
  [ETHNIC_CATEGORY]: urlOnly,
  [RESIDENTIAL_STATUS]: urlOnly,
  [INTERPRETER_REQUIRED]: urlOnly,
  [NHS_NUMBER_UNAVAILABLE_REASON]: urlOnly,
};

const parts = {
  resourceType: { type: 'string', oneOf: ['Patient'] },
  name: { type: 'array', minItems: 1, maxItems: 1, items: humanName },
  address: { type: 'array', minItems: 1, items: address },
  gender: { type: 'string', oneOf: ['male', 'female', 'unknown'] },
  birthDate: date,
  telecom: { type: 'array', items: telecom },
} as const satisfies Record<string, Shape>;

const extensions = (holds: readonly string[]): Shape => ({
  type: 'array',
  holds,
  items: { type: 'object', required: ['url'], byUrl: patientExtensions },
});

export const createPatientShape: Shape = {
  type: 'object',
  required: ['name', 'address', 'gender', 'birthDate', 'extension'],
  closed: true,
  properties: { ...parts, extension: extensions([REGISTERING_AUTHORITY]) },
};

export const babyShape: Shape = {
  type: 'object',
  required: ['name', 'address', 'gender', 'birthDate', 'extension'],
  properties: {
    ...parts,
    multipleBirthInteger: { type: 'integer', minimum: 1, maximum: 9 },
    extension: extensions([REGISTERING_AUTHORITY, ETHNIC_CATEGORY]),
  },
};
