/** What the body of POST /Coverage must look like. */
import type { Shape } from './shape.ts';

/** Card, holder and institution numbers: letters, digits and a few marks. */
const number = (longest: number): Shape => ({
  type: 'string',
  pattern: new RegExp(`^[a-zA-Z0-9\\-,/:'. ]{1,${longest}}$`),
});

const holder = (value: Shape): Shape => ({
  type: 'object',
  required: ['identifier'],
  properties: { identifier: { type: 'object', required: ['value'], properties: { value } } },
});

const assigner: Shape = {
  type: 'object',
  required: ['identifier'],
  properties: {
    identifier: {
      type: 'object',
      required: ['system', 'value'],
      properties: {
        system: { type: 'string', oneOf: ['urn:iso:std:iso:3166'] },
        value: { type: 'string', pattern: /^[A-Z]{3}$/ },
      },
    },
  },
};

export const coverageShape: Shape = {
  type: 'object',
  required: ['identifier', 'status', 'subscriber', 'beneficiary', 'payor', 'period'],
  properties: {
    resourceType: { type: 'string', oneOf: ['Coverage'] },
    identifier: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: { type: 'object', required: ['value', 'assigner'], properties: { value: number(25), assigner } },
    },
    status: { type: 'string', oneOf: ['active'] },
    subscriber: holder({ type: 'string', pattern: /^\d{10}$/ }),
    beneficiary: holder(number(25)),
    payor: { type: 'array', minItems: 1, maxItems: 1, items: holder(number(30)) },
    period: { type: 'object', required: ['end'], properties: { end: { type: 'string', format: 'date' } } },
  },
};
