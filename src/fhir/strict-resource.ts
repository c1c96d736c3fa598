/** Strict reading of a FHIR resource: nothing unknown, nothing empty, nothing of another shape. What passes may be cast. */
import { elementRule, isKnownResource } from './r4-elements.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The first fault of the resource, or null. `type` is the resource type that is expected. */
export function resourceFault(resource: unknown, type: string): string | null {
  if (!isObject(resource)) return 'Failed to parse JSON encoded FHIR content';
  const found = resource['resourceType'];
  if (typeof found !== 'string') return "Invalid JSON content detected, missing required element: 'resourceType'";
  if (found !== type) return `Incorrect resource type found, expected "${type}" but found "${found}"`;
  return objectFault(resource, type);
}

function objectFault(value: Json, type: string): string | null {
  for (const [name, item] of Object.entries(value)) {
    const rule = elementRule(type, name);
    if (rule === undefined) return `Unknown element '${name}' found during parse`;
    const fault = rule.repeats ? listFault(name, item, rule.type) : itemFault(name, item, rule.type);
    if (fault !== null) return fault;
  }
  return null;
}

function listFault(name: string, value: unknown, type: string): string | null {
  if (!Array.isArray(value)) return wrongType(name, 'ARRAY', value);
  for (const item of value as readonly unknown[]) {
    const fault = itemFault(name, item, type);
    if (fault !== null) return fault;
  }
  return null;
}

function itemFault(name: string, value: unknown, type: string): string | null {
  switch (type) {
    case 'string':
      return stringFault(name, value);
    case 'boolean':
    case 'number':
      return typeof value === type ? null : wrongType(name, 'SCALAR', value);
    case 'any':
      return emptyStringFault(name, value);
    case 'Resource':
      return anyResourceFault(name, value);
    default:
      return isObject(value) ? objectFault(value, type) : wrongType(name, 'OBJECT', value);
  }
}

const stringFault = (name: string, value: unknown): string | null => {
  if (typeof value !== 'string') return wrongType(name, 'SCALAR', value);
  return value === '' ? empty(name) : null;
};

/** Types that nothing here asks about are passed over, but must be resources. */
function anyResourceFault(name: string, value: unknown): string | null {
  if (!isObject(value)) return wrongType(name, 'OBJECT', value);
  const type = value['resourceType'];
  if (typeof type !== 'string') return "Invalid JSON content detected, missing required element: 'resourceType'";
  if (isKnownResource(type)) return objectFault(value, type);
  return /^[A-Z][A-Za-z]{2,40}$/.test(type) ? emptyStringFault(name, value) : `Unknown resource name "${type}"`;
}

function emptyStringFault(name: string, value: unknown): string | null {
  if (value === '') return empty(name);
  const parts = Array.isArray(value)
    ? (value as readonly unknown[]).map((item) => [name, item] as const)
    : isObject(value)
      ? Object.entries(value)
      : [];
  for (const [part, item] of parts) {
    const fault = emptyStringFault(part, item);
    if (fault !== null) return fault;
  }
  return null;
}

const empty = (name: string): string =>
  `[element="${name}"] Invalid attribute value "": Attribute value must not be empty ("")`;

function wrongType(name: string, expected: string, value: unknown): string {
  const found = Array.isArray(value) ? 'ARRAY' : isObject(value) ? 'OBJECT' : 'SCALAR';
  return `Found incorrect type for element ${name} - Expected ${expected} and found ${found}`;
}
