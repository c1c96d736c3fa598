/**
 * RFC 6902 with the texts of the wire. The rfc6902 package is not used here: its errors carry a path but not the
 * part, index or compared values that the wire texts name, it writes into the document it is given, and it has no
 * notion of a list that is there while absent.
 */
import type { PdsRefusal } from '../refusals.ts';
import { isListField } from './fields.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson } from './json.ts';
import { sequenceIndex } from './json-pointer.ts';
import { pythonClass, pythonStr } from './python-text.ts';
import type { Operation } from './read-operations.ts';
import type { WorkingCopy } from './working-copy.ts';
import { badIndex, invalidPatch } from './working-copy.ts';

/** Applies every operation in order; the first failure ends it (the copy is then thrown away). */
export function applyOperations(copy: WorkingCopy, operations: readonly Operation[]): PdsRefusal | null {
  for (const operation of operations) {
    const refusal = operation.op === 'test' ? applyTest(copy, operation) : applyWrite(copy, operation);
    if (refusal !== null) return refusal;
  }
  return null;
}

const NO_VALUE = invalidPatch("The operation does not contain a 'value' member");

function applyTest(copy: WorkingCopy, { parts, value }: Operation): PdsRefusal | null {
  const found = copy.look(parts);
  if ('kind' in found) return found;
  if (value === undefined) return NO_VALUE;
  if (equalJson(found.value, value)) return null;
  const actual = `${pythonStr(found.value)} (${pythonClass(found.value)})`;
  return invalidPatch(`${actual} is not equal to tested value ${pythonStr(value)} (${pythonClass(value)})`);
}

function applyWrite(copy: WorkingCopy, operation: Operation): PdsRefusal | null {
  if (operation.op !== 'remove' && operation.value === undefined) return NO_VALUE;
  const place = copy.open(operation.parts);
  if ('kind' in place) return place;
  return Array.isArray(place.container)
    ? writeToList(copy, operation, place.container)
    : writeToObject(operation, place.container, place.part);
}

function writeToObject(operation: Operation, object: JsonObject, part: string): PdsRefusal | null {
  const { op, parts, value } = operation;
  if (op === 'add') {
    object[part] = value ?? null;
    return null;
  }
  // PDS holds the lines of an address apart: the list as such is never there to be replaced
  const isLineList = op === 'replace' && parts.length === 3 && parts[0] === 'address' && part === 'line';
  if (isLineList || !Object.hasOwn(object, part)) return invalidPatch(`can't ${op} non-existent object '${part}'`);
  if (op === 'remove') delete object[part];
  else object[part] = value ?? null;
  return null;
}

function writeToList(copy: WorkingCopy, operation: Operation, list: Json[]): PdsRefusal | null {
  const { op, parts, value = null } = operation;
  const part = parts.at(-1) ?? '';
  const isItem = parts.length === 2 && isListField(parts[0]);
  if (part === '-' && op === 'add') {
    list.push(value);
    if (isItem) copy.noteAppended(value);
    return null;
  }
  const index = sequenceIndex(part);
  if (index === null) return badIndex(part);
  if (op === 'add') {
    if (index > list.length) return invalidPatch("can't insert outside of list");
    list.splice(index, 0, value);
    if (isItem) copy.noteInserted(value);
  } else if (op === 'remove') {
    if (index >= list.length) return invalidPatch(`can't remove non-existent object '${index}'`);
    list.splice(index, 1);
  } else {
    if (index >= list.length) return invalidPatch("can't replace outside of list");
    if (isItem) copy.noteReplaced(value, list[index]);
    list[index] = value;
  }
  return null;
}
