/** What patients may change of their own record, and that they send some parts only as whole objects. */
import {
  BIRTH_PLACE,
  MEDICAL_APPLIANCE_SUPPLIER,
  NHS_COMMUNICATION,
  NOMINATED_PHARMACY,
  PREFERRED_DISPENSER,
} from '../../../fhir/pds-extensions.ts';
import type { PdsRefusal } from '../refusals.ts';
import { invalidUpdate } from '../refusals.ts';
import type { Json } from './json.ts';
import { memberOf } from './json.ts';
import type { ListChange } from './list-changes.ts';
import type { Operation } from './read-operations.ts';

const NO_PERMISSION = invalidUpdate('This user does not have permission to update the fields in the patches provided.');

const FIELDS = new Set(['address', 'telecom', 'contact', 'extension']);
const WHOLE_ONLY = new Set(['telecom', 'extension']);
const URLS = new Set<Json | undefined>([
  NOMINATED_PHARMACY,
  PREFERRED_DISPENSER,
  MEDICAL_APPLIANCE_SUPPLIER,
  NHS_COMMUNICATION,
  BIRTH_PLACE,
]);

/** What the paths alone tell. A test changes nothing and is always allowed. */
export function checkPatientPaths(operations: readonly Operation[]): PdsRefusal | null {
  const isAllowed = ({ op, parts }: Operation): boolean => {
    if (op === 'test') return true;
    const [field = ''] = parts;
    if (!FIELDS.has(field)) return false;
    return op === 'remove' || !WHOLE_ONLY.has(field) || parts.length <= 2;
  };
  return operations.every(isAllowed) ? null : NO_PERMISSION;
}

const isOwnTelecom = (item: Json): boolean => {
  const system = memberOf(item, 'system');
  return system === 'email' || (system === 'phone' && memberOf(item, 'use') === 'mobile');
};

const isOwnExtension = (item: Json): boolean => URLS.has(memberOf(item, 'url'));

/** What only the items themselves tell: which telecoms and which extensions they are. */
export function checkPatientItems(changes: readonly ListChange[]): PdsRefusal | null {
  for (const { field, changes: items, removed } of changes) {
    const touched: Json[] = [
      ...removed,
      ...items.map(({ item }) => item),
      ...items.flatMap(({ before }) => before ?? []),
    ];
    if (field === 'telecom' && !touched.every(isOwnTelecom)) return NO_PERMISSION;
    if (field === 'extension' && !touched.every(isOwnExtension)) return NO_PERMISSION;
  }
  return null;
}
