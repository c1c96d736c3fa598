/** What each of the twelve entries of a birth must look like. */
import { babyShape } from './create-shapes.ts';
import type { Shape } from './shape.ts';

export const birthBundleShape: Shape = {
  type: 'object',
  required: ['entry'],
  properties: {
    resourceType: { type: 'string', oneOf: ['Bundle'] },
    type: { type: 'string', oneOf: ['transaction'] },
    entry: {
      type: 'array',
      minItems: 12,
      maxItems: 12,
      items: { type: 'object', required: ['resource'], properties: { resource: { type: 'object' } } },
    },
  },
};

const resource = (
  type: string,
  required: readonly string[] = [],
  properties: Readonly<Record<string, Shape>> = {},
): Shape => ({
  type: 'object',
  required: ['resourceType', ...required],
  properties: { resourceType: { type: 'string', oneOf: [type] }, ...properties },
});

const coded = (code: string | readonly string[]): Shape => ({
  type: 'object',
  required: ['coding'],
  properties: {
    coding: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'string', oneOf: typeof code === 'string' ? [code] : code } },
      },
    },
  },
});

/** An observation known by its SNOMED CT code, and the member that holds its value. */
const observation = (snomed: string, member: string, value: Shape): Shape =>
  resource('Observation', ['code', member], { code: coded(snomed), [member]: value });

const quantity = (minimum: number, maximum: number): Shape => ({
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'number', minimum, maximum } },
});

const numbered: Shape = {
  type: 'array',
  minItems: 1,
  items: { type: 'object', required: ['value'], properties: { value: { type: 'string' } } },
};

/** By position. Weight in grams; gestation in weeks. */
export const birthEntryShapes: readonly Shape[] = [
  babyShape,
  observation('364589006', 'valueQuantity', quantity(1, 9999)),
  observation('237364002', 'valueCodeableConcept', coded(['1', '2', '3', '4'])),
  observation('268477000', 'valueQuantity', quantity(1, 60)),
  observation('246435002', 'valueInteger', { type: 'integer', minimum: 1, maximum: 9 }),
  observation('66091009', 'valueCodeableConcept', { type: 'object', required: ['coding'] }),
  resource('RelatedPerson', ['identifier', 'relationship'], { identifier: numbered }),
  resource('Patient', ['identifier'], { identifier: numbered }),
  resource('Organization'),
  resource('Location'),
  resource('CareTeam'),
  resource('Practitioner'),
];
