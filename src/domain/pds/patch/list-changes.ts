/** What the operations did to one list: items that are new, changed or gone. Untouched items are never judged. */
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate, invalidValue } from '../refusals.ts';
import type { ListField } from './fields.ts';
import { keyOf } from './fields.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson, isObject, itemsOf, memberOf } from './json.ts';
import { noIdOrUrl } from './object-ids.ts';
import { shownRepr, shownStr } from './python-text.ts';
import type { WorkingCopy } from './working-copy.ts';

export interface ItemChange {
  /** Ours to write to, one level deep; what lies deeper may still be shared with the record. */
  readonly item: JsonObject;
  /** As stored; null for a new item. */
  readonly before: JsonObject | null;
  /** The client sent the item as a whole (an addition or the replacement of the object). */
  readonly whole: boolean;
  /** Path of the item as the wire names it, for example `name/0`. */
  readonly path: string;
}

export interface ListChange {
  readonly field: ListField;
  readonly before: readonly Json[];
  readonly after: Json[];
  readonly changes: readonly ItemChange[];
  readonly removed: readonly JsonObject[];
}

/** True when a rule about this member applies: legacy values that the patch leaves alone are not judged. */
export const touches = (change: ItemChange, member: string): boolean =>
  change.whole || change.before === null || !equalJson(memberOf(change.item, member), memberOf(change.before, member));

const unknownId = (field: ListField, id: Json): PdsRefusal =>
  invalidUpdate(`no '${field}' resources with object id ${shownRepr(id)}`);

function checkKey(field: ListField, change: ItemChange): PdsRefusal | null {
  const id = memberOf(change.item, 'id');
  const key = memberOf(change.item, keyOf(field));
  if (change.before === null) return id === undefined ? null : unknownId(field, id);
  const current = memberOf(change.before, keyOf(field));
  if (key === undefined && current !== undefined) return noIdOrUrl(`/${change.path}`);
  return key === undefined || equalJson(key, current) ? null : unknownId(field, key);
}

/** The change of one list, null when it did not change, or the refusal of an item that is not what it claims to be. */
export function listChange(original: JsonObject, copy: WorkingCopy, field: ListField): ListChange | PdsRefusal | null {
  const before = itemsOf(original[field]);
  const stored = itemsOf(copy.resource[field]);
  if (before === stored) return null;
  const after: Json[] = [];
  const changes: ItemChange[] = [];
  const kept = new Set<Json>();
  for (const [index, item] of stored.entries()) {
    const path = `${field}/${index}`;
    if (!isObject(item)) return invalidValue(shownStr(item), path);
    const origin = copy.originOf(item);
    if (origin === undefined) return unknownId(field, memberOf(item, keyOf(field)) ?? null);
    if (origin !== null) kept.add(origin);
    const isSame = origin !== null && equalJson(item, origin);
    after.push(isSame ? origin : item);
    if (isSame) continue;
    const change: ItemChange = { item, before: origin, whole: origin === null || copy.isWhole(item), path };
    const refusal = checkKey(field, change);
    if (refusal !== null) return refusal;
    changes.push(change);
  }
  const removed = before.filter((item): item is JsonObject => isObject(item) && !kept.has(item));
  return changes.length === 0 && removed.length === 0 ? null : { field, before, after, changes, removed };
}

/** Rules may bring an item back to what is stored (a full stop dropped from a prefix): then it did not change. */
export function restoreUnchanged(change: ListChange): boolean {
  let isChanged = change.removed.length > 0;
  for (const { item, before } of change.changes) {
    for (const name of Object.keys(item)) {
      const member = item[name];
      if (Array.isArray(member) && member.length === 0) delete item[name];
    }
    if (before !== null && equalJson(item, before)) change.after[change.after.indexOf(item)] = before;
    else isChanged = true;
  }
  return isChanged;
}
