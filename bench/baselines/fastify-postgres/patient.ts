/** The Patient as the peer validates it: shape by a compiled JSON Schema, and the facts its search columns hold. */
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { invalidUpdate } from './refusals.ts';

export interface Item {
  readonly id?: string;
  readonly url?: string;
  readonly use?: string;
  readonly system?: string;
}

export interface Patient {
  readonly resourceType: 'Patient';
  readonly id: string;
  readonly meta: { versionId: string };
  readonly name?: readonly (Item & { family?: string; given?: string[] })[];
  readonly telecom?: readonly Item[];
  readonly address?: readonly (Item & { postalCode?: string })[];
  readonly contact?: readonly Item[];
  readonly generalPractitioner?: readonly Item[];
  readonly extension?: readonly Item[];
  readonly gender?: string;
  readonly birthDate?: string;
}

const text = { type: 'string', minLength: 1, maxLength: 512 };
const period = {
  type: 'object',
  properties: { start: { type: 'string', format: 'date' }, end: { type: 'string', format: 'date' } },
};
const listOf = (properties: object, required: readonly string[]) => ({
  type: 'array',
  maxItems: 100,
  items: { type: 'object', properties: { id: text, period, ...properties }, required },
});

const SCHEMA = {
  type: 'object',
  required: ['resourceType', 'id', 'meta', 'identifier'],
  properties: {
    resourceType: { const: 'Patient' },
    id: { type: 'string', pattern: '^[0-9]{10}$' },
    identifier: { type: 'array', minItems: 1 },
    name: listOf(
      {
        use: { enum: ['usual', 'temp', 'nickname', 'old', 'maiden'] },
        family: { type: 'string', maxLength: 35 },
        given: { type: 'array', items: { type: 'string', maxLength: 35 }, maxItems: 5 },
        prefix: { type: 'array', items: text },
        suffix: { type: 'array', items: text },
      },
      ['id', 'use'],
    ),
    telecom: listOf(
      {
        system: { enum: ['phone', 'fax', 'email', 'other'] },
        value: text,
        use: { enum: ['home', 'work', 'temp', 'mobile'] },
      },
      ['id', 'system', 'value'],
    ),
    address: listOf(
      {
        use: { enum: ['home', 'temp', 'billing'] },
        line: { type: 'array', items: { type: 'string', maxLength: 100 }, maxItems: 5 },
        postalCode: { type: 'string', pattern: '^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$' },
      },
      ['id', 'use'],
    ),
    contact: listOf({ telecom: { type: 'array', minItems: 1 } }, ['id']),
    generalPractitioner: listOf({ identifier: { type: 'object' } }, ['id', 'identifier']),
    gender: { enum: ['male', 'female', 'other', 'unknown'] },
    birthDate: { type: 'string', format: 'date' },
    deceasedDateTime: text,
    extension: {
      type: 'array',
      items: { type: 'object', properties: { url: { type: 'string', format: 'uri' } }, required: ['url'] },
    },
  },
};

const ajv = new Ajv({ allErrors: false, strict: false });
formats.default(ajv);
const validate = ajv.compile<Patient>(SCHEMA);

export function checkPatient(value: unknown): Patient {
  if (validate(value)) return value;
  const [first] = validate.errors ?? [];
  throw invalidUpdate(`${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`);
}

export interface SearchColumns {
  readonly family: string;
  readonly given: readonly string[];
  readonly birthDate: string;
  readonly gender: string;
  readonly postcode: string;
}

export function searchColumns(patient: Patient): SearchColumns {
  const usual = patient.name?.find(({ use }) => use === 'usual');
  const home = patient.address?.find(({ use }) => use === 'home');
  return {
    family: (usual?.family ?? '').toLowerCase(),
    given: (usual?.given ?? []).map((name) => name.toLowerCase()),
    birthDate: patient.birthDate ?? '',
    gender: patient.gender ?? '',
    postcode: home?.postalCode ?? '',
  };
}
