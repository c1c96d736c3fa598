/** JSON as data: the only shape the patch rules know, with the comparisons and copies they need. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [member: string]: Json;
}

/** Names that reach into the language instead of the document; no record has such a member. */
const LANGUAGE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

export const isLanguageName = (name: string): boolean => LANGUAGE_NAMES.has(name);

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of an object, undefined when it is not its own. */
export function memberOf(object: Json | undefined, name: string): Json | undefined {
  return isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The items of a list; an absent list has none. */
export const itemsOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const isEmptyList = (value: Json | undefined): boolean => Array.isArray(value) && value.length === 0;

/** Deep equality in which an absent list and an empty one are the same. */
export function equalJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (left === undefined) return isEmptyList(right);
  if (right === undefined) return isEmptyList(left);
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(left, right);
  return isObject(left) && isObject(right) && equalObjects(left, right);
}

function equalLists(left: readonly Json[], right: readonly Json[]): boolean {
  return left.length === right.length && left.every((item, index) => equalJson(item, right[index]));
}

function equalObjects(left: JsonObject, right: JsonObject): boolean {
  for (const name of Object.keys(left)) if (!equalJson(left[name], memberOf(right, name))) return false;
  for (const name of Object.keys(right)) {
    if (!Object.hasOwn(left, name) && !isEmptyList(right[name])) return false;
  }
  return true;
}

/** A copy that shares nothing. Faster than structuredClone for the small values of a patch. */
export function cloneJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(cloneJson);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) copy[name] = cloneJson(value[name] ?? null);
  return copy;
}

/** The first member name anywhere inside that reaches into the language, or null. */
export function languageNameIn(value: Json): string | null {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = languageNameIn(item);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value)) return null;
  for (const name of Object.keys(value)) {
    if (LANGUAGE_NAMES.has(name)) return name;
    const found = languageNameIn(value[name] ?? null);
    if (found !== null) return found;
  }
  return null;
}
