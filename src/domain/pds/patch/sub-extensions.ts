/** Nested extensions: each known by its own url, present at most once, its coded value checked and given its display. */
import type { PdsRefusal } from '../refusals.ts';
import { missingValue } from '../refusals.ts';
import type { CodeSystem } from './coded-values.ts';
import { codingOf } from './coded-values.ts';
import type { Json, JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import { invalid, objectAt, objectsOf } from './value-checks.ts';

export type PartCheck = (part: JsonObject, path: string) => JsonObject | PdsRefusal;

/** A part of an extension by its url, or undefined. */
export const partOf = (extension: Json | undefined, url: string): Json | undefined => {
  const parts = memberOf(extension, 'extension');
  return Array.isArray(parts) ? parts.find((part) => memberOf(part, 'url') === url) : undefined;
};

/** Checks every part by its url and writes them back as PDS serves them. */
export function checkParts(
  extension: JsonObject,
  path: string,
  checks: Readonly<Record<string, PartCheck>>,
): PdsRefusal | null {
  const most = Object.keys(checks).length;
  const parts = objectsOf(memberOf(extension, 'extension'), { least: 1, most }, `${path}/extension`);
  if ('kind' in parts) return parts;
  const written = new Map<string, JsonObject>();
  for (const [index, part] of parts.entries()) {
    const at = `${path}/extension/${index}`;
    const url = memberOf(part, 'url');
    if (url === undefined) return missingValue(`${at}/url`);
    const check = typeof url === 'string' && Object.hasOwn(checks, url) ? checks[url] : undefined;
    if (check === undefined || typeof url !== 'string' || written.has(url)) return invalid(url, `${at}/url`);
    const result = check(part, at);
    if (isRefusal(result)) return result;
    written.set(url, result);
  }
  extension['extension'] = [...written.values()];
  return null;
}

/** Parts are rebuilt by us and always carry a url; a refusal never does. */
const isRefusal = (result: JsonObject | PdsRefusal): result is PdsRefusal => !Object.hasOwn(result, 'url');

/** A part with one coding of a code system; `accept` may refuse a code that is in the system. */
export function codedPart(codes: CodeSystem, accept?: (code: string, path: string) => PdsRefusal | null): PartCheck {
  return (part, path) => {
    const concept = objectAt(part, 'valueCodeableConcept', path);
    if ('kind' in concept) return concept;
    const at = `${path}/valueCodeableConcept/coding`;
    const codings = objectsOf(memberOf(concept.object, 'coding'), { least: 1, most: 1 }, at);
    if ('kind' in codings) return codings;
    const code = memberOf(codings[0], 'code');
    if (code === undefined) return missingValue(`${at}/0/code`);
    if (typeof code !== 'string' || !Object.hasOwn(codes.codes, code)) return invalid(code, `${at}/0/code`);
    const url = memberOf(part, 'url') ?? '';
    return accept?.(code, `${at}/0/code`) ?? { url, valueCodeableConcept: { coding: [codingOf(codes, code)] } };
  };
}

/** The code of a coded part, undefined where there is none. */
export function codeOf(part: Json | undefined): Json | undefined {
  const codings = memberOf(memberOf(part, 'valueCodeableConcept'), 'coding');
  return Array.isArray(codings) ? memberOf(codings[0], 'code') : undefined;
}
