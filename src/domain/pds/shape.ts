/**
 * Checks a request body against a described shape and names the first fault in the words of the service.
 * The order is the service's: what is missing before what is wrong, what is near the root before what is deep.
 */
import { isCalendarDate } from '../../fhir/dates.ts';
import type { Json } from './patch/json.ts';
import { shownRepr, shownStr } from './patch/python-text.ts';
import { invalidValue, missingValue, refuse, type PdsRefusal } from './refusals.ts';

export interface Shape {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** In the order in which a missing one is reported. */
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  /** True: members outside `properties` are refused. */
  readonly closed?: boolean;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  readonly format?: 'date';
  readonly minimum?: number;
  readonly maximum?: number;
  /** Extensions: the shape by address; any other address is refused with the whole item. */
  readonly byUrl?: Readonly<Record<string, Shape>>;
  /** A list must hold an extension of each of these addresses. */
  readonly holds?: readonly string[];
}

interface Fault {
  readonly depth: number;
  readonly missing: boolean;
  readonly refusal: PdsRefusal;
}

type Path = readonly (string | number)[];
type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `root` is where the value stands in the body, for the paths in the texts. */
export function firstFault(value: unknown, shape: Shape, root: Path = []): PdsRefusal | null {
  let first: Fault | undefined;
  for (const fault of faults(value, shape, root)) {
    if (first === undefined || precedes(fault, first)) first = fault;
  }
  return first?.refusal ?? null;
}

function precedes(a: Fault, b: Fault): boolean {
  if (a.missing !== b.missing) return a.missing;
  return a.depth < b.depth;
}

function* faults(value: unknown, shape: Shape, path: Path): Generator<Fault> {
  const wrong = (refusal: PdsRefusal): Fault => ({ depth: path.length, missing: false, refusal });
  if (!hasType(value, shape.type)) yield wrong(invalid(value, path));
  else if (isObject(value)) yield* objectFaults(value, shape, path);
  else if (Array.isArray(value)) yield* listFaults(value, shape, path);
  else if (!isAllowed(value, shape)) yield wrong(invalid(value, path));
}

function* objectFaults(value: JsonObject, shape: Shape, path: Path): Generator<Fault> {
  const depth = path.length;
  for (const name of shape.required ?? []) {
    if (value[name] === undefined) yield { depth, missing: true, refusal: missingValue([...path, name].join('/')) };
  }
  if (shape.byUrl !== undefined) {
    const chosen = ownShape(shape.byUrl, value['url']);
    if (chosen === undefined) yield { depth, missing: false, refusal: invalid(value, path) };
    else yield* objectFaults(value, chosen, path);
    return;
  }
  const extra =
    shape.closed === true ? Object.keys(value).filter((name) => !Object.hasOwn(shape.properties ?? {}, name)) : [];
  if (extra.length > 0) yield { depth, missing: false, refusal: additional(extra) };
  for (const [name, inner] of Object.entries(shape.properties ?? {})) {
    if (value[name] !== undefined) yield* faults(value[name], inner, [...path, name]);
  }
}

/** By a text only, and never one that every object knows (`toString`). */
function ownShape(shapes: Readonly<Record<string, Shape>>, url: unknown): Shape | undefined {
  return typeof url === 'string' && Object.hasOwn(shapes, url) ? shapes[url] : undefined;
}

function* listFaults(value: readonly unknown[], shape: Shape, path: Path): Generator<Fault> {
  const wrong = (refusal: PdsRefusal): Fault => ({ depth: path.length, missing: false, refusal });
  const { minItems = 0, maxItems = Infinity, items } = shape;
  if (value.length > maxItems) yield wrong(refuse('TOO_MANY_VALUES_SUBMITTED', countText('many', value, path)));
  if (value.length < minItems) yield wrong(refuse('TOO_FEW_VALUES_SUBMITTED', countText('few', value, path)));
  const urls = new Set(value.map((item) => (isObject(item) ? item['url'] : undefined)));
  if (shape.holds?.some((url) => !urls.has(url)) === true) yield wrong(invalid(value, path));
  if (items === undefined) return;
  for (const [i, item] of value.entries()) yield* faults(item, items, [...path, i]);
}

const typeTests: Readonly<Record<Shape['type'], (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
};

const hasType = (value: unknown, type: Shape['type']): boolean => typeTests[type](value);

function isAllowed(value: unknown, shape: Shape): boolean {
  if (typeof value === 'number') return value >= (shape.minimum ?? -Infinity) && value <= (shape.maximum ?? Infinity);
  if (typeof value !== 'string') return true;
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value)) return false;
  if (shape.pattern !== undefined && !shape.pattern.test(value)) return false;
  return shape.format === undefined || isCalendarDate(value);
}

function invalid(value: unknown, path: Path): PdsRefusal {
  return invalidValue(shownStr(value as Json), path.join('/'));
}

function countText(how: 'many' | 'few', value: unknown, path: Path): string {
  return `Too ${how} values submitted - ${shownRepr(value as Json)} in field '${path.join('/')}'`;
}

function additional(names: readonly string[]): PdsRefusal {
  const list = names.map((name) => `'${name}'`).join(', ');
  const text = `Additional properties are not allowed (${list} ${names.length === 1 ? 'was' : 'were'} unexpected)`;
  return refuse('ADDITIONAL_PROPERTIES', `Invalid request with error - ${text}`);
}
