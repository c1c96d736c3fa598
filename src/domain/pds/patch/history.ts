/** Former names, addresses, telecoms and genders are kept: fuzzy searches and `_history=true` still find them. */
import type { DemographicsAnnex } from '../demographics-state.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson, isObject, itemsOf } from './json.ts';
import type { ListChange } from './list-changes.ts';

/**
 * Beyond this the oldest are let go: every change writes the record anew, so what it drags along must stay small (12
 * former addresses are about 3 KB). The journal has every version.
 */
const MOST_KEPT = 12;

const KEPT_LISTS = new Set(['name', 'address', 'telecom']);

export interface FormerValues {
  readonly annex: DemographicsAnnex;
  readonly lists: readonly ListChange[];
  /** Stored value of each simple field that changed and had one. */
  readonly simple: Readonly<Partial<Record<'gender' | 'birthDate', string>>>;
}

/** What makes a value findable: neither its id nor its dates. */
function bare(item: JsonObject): JsonObject {
  const { id: _id, period: _period, ...rest } = item;
  return rest;
}

function formerItems({ changes, removed }: ListChange): JsonObject[] {
  const replaced = changes.flatMap(({ item, before }) =>
    before !== null && !equalJson(bare(item), bare(before)) ? [before] : [],
  );
  return [...replaced, ...removed];
}

/** Both lists, each value once, the newest kept where there are too many. */
export function mergedValues(kept: readonly Json[], former: readonly Json[]): Json[] {
  const isSame = (left: Json, right: Json): boolean =>
    isObject(left) && isObject(right) ? equalJson(bare(left), bare(right)) : left === right;
  const fresh = former.filter((item) => !kept.some((other) => isSame(item, other)));
  return [...kept, ...fresh].slice(-MOST_KEPT);
}

/** The history with what this patch made former, or undefined when there still is none. */
export function historyWith({ annex, lists, simple }: FormerValues): DemographicsAnnex['history'] {
  // narrow border: history is stored as FHIR data types, the patch works on plain JSON
  const stored = (annex.history ?? {}) as unknown as Readonly<Record<string, Json>>;
  const history: Record<string, Json> = { ...stored };
  let isAdded = false;
  const add = (field: string, former: readonly Json[]): void => {
    if (former.length === 0) return;
    history[field] = mergedValues(itemsOf(stored[field]), former);
    isAdded = true;
  };
  for (const change of lists) if (KEPT_LISTS.has(change.field)) add(change.field, formerItems(change));
  if (simple.gender !== undefined) add('gender', [simple.gender]);
  if (simple.birthDate !== undefined) add('birthDate', [simple.birthDate]);
  return isAdded ? history : annex.history;
}
