/** Which parts of the Patient a patch may write, and where a list is meant even while it is absent. */
import type { Operation } from './read-operations.ts';

/** Lists whose items are known by a server-made id, extensions by their url. */
export const LIST_FIELDS = ['name', 'address', 'telecom', 'contact', 'generalPractitioner', 'extension'] as const;
export type ListField = (typeof LIST_FIELDS)[number];

export const SIMPLE_FIELDS = ['gender', 'birthDate', 'multipleBirthInteger', 'deceasedDateTime'] as const;
export type SimpleField = (typeof SIMPLE_FIELDS)[number];

const LISTS = new Set<string>(LIST_FIELDS);
const WRITABLE = new Set<string>([...LIST_FIELDS, ...SIMPLE_FIELDS]);

export const isListField = (field: string | undefined): field is ListField => field !== undefined && LISTS.has(field);
export const isWritableField = (field: string | undefined): boolean => field !== undefined && WRITABLE.has(field);

/** What an item of the list is known by. */
export const keyOf = (field: ListField): 'id' | 'url' => (field === 'extension' ? 'url' : 'id');

const LISTS_OF_ITEMS: Readonly<Record<string, ReadonlySet<string>>> = {
  name: new Set(['given', 'prefix', 'suffix']),
  address: new Set(['line', 'extension']),
  telecom: new Set(['extension']),
  contact: new Set(['relationship', 'telecom']),
};

/** True where the working copy shows an empty list for an absent member; `depth` is the position of the member in the path. */
export function isListMember(parts: readonly string[], depth: number): boolean {
  const [field = '', , member = ''] = parts;
  if (depth === 0) return LISTS.has(field);
  return depth === 2 && (LISTS_OF_ITEMS[field]?.has(member) ?? false);
}

/** `/list/n` of an operation inside a list, or null. */
export function rootOf(operation: Operation): string | null {
  const [field, index] = operation.parts;
  return isListField(field) && index !== undefined ? `/${field}/${index}` : null;
}
