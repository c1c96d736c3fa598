/** From what the client sent to operations that have a known verb and a real pointer; nothing else is judged here. */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate, invalidValue, missingValue } from '../refusals.ts';
import type { Json } from './json.ts';
import { cloneJson, isLanguageName, isObject, languageNameIn, memberOf } from './json.ts';
import { parsePointer } from './json-pointer.ts';
import { pythonRepr, shownStr } from './python-text.ts';

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly parts: readonly string[];
  /** Undefined when the client sent none. Shares nothing with the command. */
  readonly value: Json | undefined;
}

const VERBS = new Set<unknown>(['add', 'replace', 'remove', 'test']);
const isVerb = (op: Json): op is Operation['op'] => VERBS.has(op);

export const unsupportedField = (field: string): PdsRefusal =>
  invalidUpdate(`Update unsupported for resource - '${field}'`);

/** All operations, or the refusal of the first bad one. */
export function readOperations(patches: readonly unknown[]): readonly Operation[] | PdsRefusal {
  const operations: Operation[] = [];
  for (const [index, patch] of patches.entries()) {
    const operation = readOperation(index, patch);
    if ('kind' in operation) return operation;
    operations.push(operation);
  }
  return operations;
}

function readOperation(index: number, patch: unknown): Operation | PdsRefusal {
  // narrow border: the body was parsed as JSON before it became a command
  if (!isObject(patch)) return invalidValue(shownStr(patch as Json), String(index));
  const op = memberOf(patch, 'op');
  const path = memberOf(patch, 'path');
  if (op === undefined) return missingValue(`${index}/op`);
  if (path === undefined) return missingValue(`${index}/path`);
  if (!isVerb(op)) return invalidValue(shownStr(op), `${index}/op`);
  if (typeof path !== 'string') return invalidValue(shownStr(path), `${index}/path`);
  const parts = parsePointer(path);
  if (parts === null) return invalidUpdate(`${pythonRepr(path)} is not a 'json-pointer'`);
  const value = memberOf(patch, 'value');
  const strange = parts.find(isLanguageName) ?? (value === undefined ? null : languageNameIn(value));
  if (strange !== null) return unsupportedField(strange);
  return { op, path, parts, value: value === undefined ? undefined : cloneJson(value) };
}
