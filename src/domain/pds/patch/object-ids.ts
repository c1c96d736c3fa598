/** Guards against changing the wrong item: an update names its object id, a removal is tested first. */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate } from '../refusals.ts';
import { isListField, isWritableField, rootOf } from './fields.ts';
import { memberOf } from './json.ts';
import { sequenceIndex } from './json-pointer.ts';
import type { Operation } from './read-operations.ts';
import { unsupportedField } from './read-operations.ts';

export const noIdOrUrl = (root: string): PdsRefusal => invalidUpdate(`no id or url found for path with root ${root}`);

const endsInKey = (operation: Operation): boolean => operation.path.endsWith('/id') || operation.path.endsWith('/url');

const valueHasKey = ({ value }: Operation): boolean =>
  memberOf(value, 'id') !== undefined || memberOf(value, 'url') !== undefined;

/** Roots whose id or url is tested or set somewhere in the request. */
function identifiedRoots(operations: readonly Operation[]): ReadonlySet<string> {
  const roots = new Set<string>();
  for (const operation of operations) {
    const root = rootOf(operation);
    if (root === null || operation.op === 'remove') continue;
    if ((operation.parts.length > 2 && endsInKey(operation)) || valueHasKey(operation)) roots.add(root);
  }
  return roots;
}

/** What can be said of the operations before any of them is applied; the first bad one is told. */
export function checkObjectIds(operations: readonly Operation[]): PdsRefusal | null {
  const identified = identifiedRoots(operations);
  for (const [index, operation] of operations.entries()) {
    if (operation.op === 'test') continue;
    const field = operation.parts[0];
    if (!isWritableField(field)) return unsupportedField(field ?? '');
    if (!isListField(field)) continue;
    const refusal =
      operation.op === 'remove' ? checkRemoval(operations, index, operation) : checkIdentified(operation, identified);
    if (refusal !== null) return refusal;
  }
  return null;
}

function checkIdentified(operation: Operation, identified: ReadonlySet<string>): PdsRefusal | null {
  const root = rootOf(operation);
  // a whole list is never replaced at once: that would lose items nobody named
  if (root === null) return noIdOrUrl(operation.path);
  if (sequenceIndex(operation.parts[1] ?? '') === null) return null;
  if (operation.parts.length === 2) return valueHasKey(operation) ? null : noIdOrUrl(root);
  return identified.has(root) ? null : noIdOrUrl(root);
}

function checkRemoval(operations: readonly Operation[], index: number, removal: Operation): PdsRefusal | null {
  const { path, parts } = removal;
  const root = rootOf(removal) ?? path;
  if (parts.length === 3 && (parts[2] === 'id' || parts[2] === 'url')) return noIdOrUrl(root);
  const before = operations[index - 1];
  if (before?.op === 'test') {
    const tested = before.path;
    if (tested === root || tested === `${root}/id` || tested === `${root}/url`) return null;
    if (tested === path || tested === `${path}/id` || tested === `${path}/url`) return null;
  }
  const instead = before === undefined ? 'the first item' : `preceded by ${before.op} '${before.path}'`;
  return invalidUpdate(`removal '${path}' is not immediately preceded by equivalent test - instead it is ${instead}`);
}
