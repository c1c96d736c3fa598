/**
 * The copy that operations write to. It copies only what an operation touches, so that the record it came from
 * never changes and every untouched item is still the same object, and remembers which stored item each item was.
 */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate } from '../refusals.ts';
import { isListMember } from './fields.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { sequenceIndex } from './json-pointer.ts';
import { pythonClass, shownStr } from './python-text.ts';

export const invalidPatch = (reason: string): PdsRefusal => invalidUpdate(`Invalid patch - ${reason}`);
export const badIndex = (part: string): PdsRefusal => invalidPatch(`'${part}' is not a valid sequence index`);

type Container = Json[] | JsonObject;
type Step = { readonly value: Json } | PdsRefusal;
export type Place = { readonly container: Container; readonly part: string } | PdsRefusal;

export class WorkingCopy {
  readonly resource: JsonObject;
  readonly #ours = new Set<Container>();
  readonly #origins = new Map<Json, JsonObject | null>();
  readonly #strays = new Set<Json>();
  readonly #wholes = new Set<Json>();

  constructor(original: JsonObject) {
    this.resource = { ...original };
    this.#ours.add(this.resource);
  }

  /** The stored item this one was; null for an item appended by the patch, undefined for one put in by position. */
  originOf(item: JsonObject): JsonObject | null | undefined {
    if (this.#strays.has(item)) return undefined;
    const origin = this.#origins.get(item);
    return origin === undefined ? item : origin;
  }

  /** True when the client sent the whole item, not a part of it. */
  isWhole(item: JsonObject): boolean {
    return this.#wholes.has(item);
  }

  noteAppended(item: Json): void {
    if (isObject(item)) this.#origins.set(item, null);
  }

  noteInserted(item: Json): void {
    if (isObject(item)) this.#strays.add(item);
  }

  noteReplaced(item: Json, former: Json | undefined): void {
    if (!isObject(item)) return;
    this.#wholes.add(item);
    if (isObject(former)) this.#inherit(item, former);
  }

  #inherit(item: Container, former: Container): void {
    if (!isObject(former)) return;
    if (this.#strays.has(former)) this.#strays.add(item);
    const origin = this.#origins.get(former);
    this.#origins.set(item, origin === undefined ? former : origin);
  }

  /** The value at the pointer, for reading. */
  look(parts: readonly string[]): Step {
    let value: Json = this.resource;
    for (let depth = 0; depth < parts.length; depth++) {
      const step = stepInto(value, parts, depth);
      if ('kind' in step) return step;
      value = step.value;
    }
    return { value };
  }

  /** The container that holds the last part of the pointer, for writing. */
  open(parts: readonly string[]): Place {
    let container: Container = this.resource;
    for (let depth = 0; depth < parts.length - 1; depth++) {
      const step = stepInto(container, parts, depth);
      if ('kind' in step) return step;
      const inner = step.value;
      if (!Array.isArray(inner) && !isObject(inner)) return notIndexable(inner, parts, depth + 1);
      container = this.#own(container, parts[depth] ?? '', inner);
    }
    const last = parts.length - 1;
    const part = parts[last] ?? '';
    if (isObject(container) && !Object.hasOwn(container, part) && isListMember(parts, last)) container[part] = [];
    return { container, part };
  }

  #own(holder: Container, part: string, inner: Container): Container {
    if (this.#ours.has(inner)) return inner;
    const copy: Container = Array.isArray(inner) ? [...inner] : { ...inner };
    this.#ours.add(copy);
    this.#inherit(copy, inner);
    if (this.#wholes.has(inner)) this.#wholes.add(copy);
    if (Array.isArray(holder)) holder[Number(part)] = copy;
    else holder[part] = copy;
    return copy;
  }
}

function notIndexable(value: Json, parts: readonly string[], depth: number): PdsRefusal {
  const part = parts[depth] ?? '';
  if (typeof value === 'string' && sequenceIndex(part) === null) return badIndex(part);
  if (typeof value === 'string')
    return invalidPatch(`unable to fully resolve json pointer /${parts.join('/')}, part ${part}`);
  return invalidPatch(
    `Document '${pythonClass(value)}' does not support indexing, must be a mapping/sequence or support __getitem__`,
  );
}

function stepInto(value: Json, parts: readonly string[], depth: number): Step {
  const part = parts[depth] ?? '';
  if (Array.isArray(value)) {
    const index = sequenceIndex(part);
    if (index === null) return badIndex(part);
    const item = value[index];
    return item === undefined ? invalidPatch(`index '${index}' is out of bounds`) : { value: item };
  }
  if (!isObject(value)) return notIndexable(value, parts, depth);
  const member = Object.hasOwn(value, part) ? value[part] : undefined;
  if (member !== undefined) return { value: member };
  if (isListMember(parts, depth)) return { value: [] };
  return invalidPatch(`member '${part}' not found in ${shownStr(value)}`);
}
