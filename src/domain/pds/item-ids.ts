/**
 * Ids for list items that come without one. They follow from the record and the place in the list,
 * so that importing the same file twice gives the same bytes.
 */
import type { PdsPatient } from './demographics-state.ts';

const lists = ['name', 'address', 'telecom', 'contact', 'generalPractitioner'] as const;

export function withItemIds(patient: PdsPatient, key: string): PdsPatient {
  const completed: Record<string, unknown> = { ...patient };
  for (const [kind, list] of lists.entries()) {
    const items: readonly { id?: string | undefined }[] | undefined = patient[list];
    if (items !== undefined)
      completed[list] = items.map((item, i) => (item.id === undefined ? { id: itemId(kind, i, key), ...item } : item));
  }
  return completed as unknown as PdsPatient;
}

/** Eight upper-case hexadecimal digits: the list, the place in it, and the end of the key. */
export function itemId(list: number, index: number, key: string): string {
  const place = index.toString(16).toUpperCase().padStart(2, '0').slice(-2);
  return `${(list + 10).toString(16).toUpperCase()}${place}${key.slice(-5)}`;
}
