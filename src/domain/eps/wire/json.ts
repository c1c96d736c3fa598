/** Looks into JSON of unknown shape: what is not there, or of another shape, is an empty text or an empty list. */

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectIn = (value: unknown): Json => (isObject(value) ? value : {});

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The objects of a list. */
export const objectsIn = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];

export const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? (value as readonly unknown[]).filter((item) => typeof item === 'string') : [];

export const has = (object: Json, name: string): boolean => object[name] !== undefined && object[name] !== null;

/** The value at a path of members and positions. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? (found as readonly unknown[])[step] : undefined;
    else found = isObject(found) ? found[step] : undefined;
  }
  return found;
}

export const textAt = (value: unknown, ...path: readonly (string | number)[]): string => textIn(at(value, ...path));

/** The first extension with this URL. */
export const extensionOf = (holder: unknown, url: string): Json | undefined =>
  objectsIn(at(holder, 'extension')).find((extension) => extension['url'] === url);

/** The value of the first identifier of this system, '' where there is none. */
export const identifierOf = (identifiers: unknown, system: string): string =>
  textIn(objectsIn(identifiers).find((identifier) => identifier['system'] === system)?.['value']);
