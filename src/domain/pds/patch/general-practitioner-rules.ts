/** The general practice: one, without an end date, and not for this interface to remove. */
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate, missingValue } from '../refusals.ts';
import type { JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { touches } from './list-changes.ts';
import { checkPeriod } from './period-rules.ts';
import { dropUnknown, invalid, objectAt, tooMany } from './value-checks.ts';

const MEMBERS = new Set(['id', 'type', 'identifier']);
const ODS_CODE = /^[0-9A-Z]+$/;
export const ODS_CODES = 'https://fhir.nhs.uk/Id/ods-organization-code';

export function checkGeneralPractitioner(change: ListChange, today: string): PdsRefusal | null {
  if (change.removed.length > 0) return forbiddenUpdate("source not permitted to remove 'generalPractitioner'");
  if (change.after.length > 1 && change.after.length > change.before.length) return tooMany(change.after, change.field);
  for (const item of change.changes) {
    const refusal = checkPractice(item, today);
    if (refusal !== null) return refusal;
  }
  return null;
}

function checkPractice(change: ItemChange, today: string): PdsRefusal | null {
  const { item, before, whole, path } = change;
  dropUnknown(item, MEMBERS, before);
  item['type'] = 'Organization';
  if (!touches(change, 'identifier')) return null;
  const found = objectAt(item, 'identifier', path);
  if ('kind' in found) return found;
  const value = memberOf(found.object, 'value');
  if (value === undefined) return missingValue(`${path}/identifier/value`);
  if (typeof value !== 'string' || !ODS_CODE.test(value)) return invalid(value, `${path}/identifier/value`);
  const identifier: JsonObject = { system: ODS_CODES, value };
  const period = memberOf(found.object, 'period');
  if (period !== undefined) identifier['period'] = period;
  item['identifier'] = identifier;
  const stored = memberOf(before ?? undefined, 'identifier');
  return checkPeriod({ holder: identifier, before: stored, whole, path: `${path}/identifier`, today, kind: 'endless' });
}
