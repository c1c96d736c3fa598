/** The lines of an address as stored, blank ones included, beside the served address that drops them. */
import type { DemographicsAnnex } from '../demographics-state.ts';
import { dropBlankLines } from './address-rules.ts';
import type { Json } from './json.ts';
import { equalJson, memberOf } from './json.ts';
import type { ListChange } from './list-changes.ts';

type AddressLines = DemographicsAnnex['addressLines'];

const idOf = (item: Json): string => String(memberOf(item, 'id') ?? '');

/** Drops blank lines from the changed addresses (which carry their ids by now) and answers what is to be kept of them. */
export function keepAddressLines(stored: AddressLines, change: ListChange): AddressLines {
  const kept: Record<string, readonly (string | null)[]> = { ...stored };
  for (const item of change.removed) delete kept[idOf(item)];
  for (const { item, before } of change.changes) {
    const lines = dropBlankLines(item);
    if (lines !== null) kept[idOf(item)] = lines;
    else if (!equalJson(memberOf(item, 'line'), memberOf(before ?? undefined, 'line'))) delete kept[idOf(item)];
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}
