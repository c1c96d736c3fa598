/**
 * Former names, addresses, telecoms and genders are kept: fuzzy searches and `_history=true` still find them. Only what a
 * search looks at, since every change writes the record anew, four times over; the journal has every version whole.
 */
import type { DemographicsAnnex } from '../demographics-state.ts';
import type { Json, JsonObject } from './json.ts';
import { equalJson, isObject, itemsOf } from './json.ts';
import type { ListChange } from './list-changes.ts';

/** Beyond this the oldest are let go: twelve of each kind are less than 1 KB. */
const MOST_KEPT = 12;

/** Per list: the members that searches look at. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  name: ['family', 'given'],
  address: ['postalCode'],
  telecom: ['system', 'value'],
};

export interface FormerValues {
  readonly annex: DemographicsAnnex;
  readonly lists: readonly ListChange[];
  /** Stored value of each simple field that changed and had one. */
  readonly simple: Readonly<Partial<Record<'gender' | 'birthDate', string>>>;
}

/** Neither its id nor its dates make another value of an item. */
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

/** What searches look at of each value, each once; whatever they cannot find is left out. */
export function findable(field: string, values: readonly Json[]): Json[] {
  const members = SEARCHED[field];
  const found: Json[] = [];
  for (const value of values) {
    const kept = members !== undefined && isObject(value) ? picked(value, members) : value;
    const isEmpty = isObject(kept) && Object.keys(kept).length === 0;
    if (!isEmpty && !found.some((other) => equalJson(other, kept))) found.push(kept);
  }
  return found;
}

function picked(value: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([member]) => members.includes(member)));
}

/** Values of the first list that the second lacks; both as `findable` gives them. */
export function missingFrom(values: readonly Json[], known: readonly Json[]): Json[] {
  return values.filter((value) => !known.some((other) => equalJson(other, value)));
}

/** Both lists, each value once, the newest kept where there are too many. */
export function mergedValues(field: string, kept: readonly Json[], former: readonly Json[]): Json[] {
  return findable(field, [...kept, ...former]).slice(-MOST_KEPT);
}

/** The history with what this patch made former, or undefined when there still is none. */
export function historyWith({ annex, lists, simple }: FormerValues): DemographicsAnnex['history'] {
  // narrow border: history is stored as FHIR data types, the patch works on plain JSON
  const stored = (annex.history ?? {}) as unknown as Readonly<Record<string, Json>>;
  const history: Record<string, Json> = { ...stored };
  let isAdded = false;
  const add = (field: string, former: readonly Json[]): void => {
    if (former.length === 0) return;
    history[field] = mergedValues(field, itemsOf(stored[field]), former);
    isAdded = true;
  };
  for (const change of lists) if (change.field in SEARCHED) add(change.field, formerItems(change));
  if (simple.gender !== undefined) add('gender', [simple.gender]);
  if (simple.birthDate !== undefined) add('birthDate', [simple.birthDate]);
  return isAdded ? history : annex.history;
}
