/** Emergency contacts: the only relationship is C, and their telecoms carry neither use nor period. */
import type { PdsRefusal } from '../refusals.ts';
import type { Json, JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { touches } from './list-changes.ts';
import { checkPeriod } from './period-rules.ts';
import { checkOtherSystem, checkValue } from './telecom-rules.ts';
import { checkMembers, checkOneOf, objectsOf } from './value-checks.ts';

const MEMBERS = new Set(['id', 'period', 'relationship', 'telecom']);
const TELECOM_MEMBERS = new Set(['id', 'system', 'value', 'extension']);
const SYSTEMS = ['phone', 'email', 'other'];
const EMERGENCY_CONTACT: Json = [
  {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'C', display: 'Emergency Contact' }],
  },
];

export function checkContacts(change: ListChange, today: string): PdsRefusal | null {
  for (const item of change.changes) {
    const refusal = checkContact(item, today);
    if (refusal !== null) return refusal;
  }
  return null;
}

function checkContact(change: ItemChange, today: string): PdsRefusal | null {
  const { item, before, whole, path } = change;
  return (
    checkMembers(item, MEMBERS) ??
    (touches(change, 'relationship') ? checkRelationship(item, path) : null) ??
    (touches(change, 'telecom') ? checkContactTelecoms(item, path) : null) ??
    checkPeriod({ holder: item, before: before ?? undefined, whole, path, today, kind: 'ordinary' })
  );
}

function checkRelationship(contact: JsonObject, path: string): PdsRefusal | null {
  const one = { least: 1, most: 1 };
  const relationships = objectsOf(memberOf(contact, 'relationship'), one, `${path}/relationship`);
  if ('kind' in relationships) return relationships;
  const at = `${path}/relationship/0/coding`;
  const codings = objectsOf(memberOf(relationships[0], 'coding'), one, at);
  if ('kind' in codings) return codings;
  const refusal = checkOneOf(memberOf(codings[0], 'code'), ['C'], `${at}/0/code`);
  if (refusal === null) contact['relationship'] = EMERGENCY_CONTACT;
  return refusal;
}

function checkContactTelecoms(contact: JsonObject, path: string): PdsRefusal | null {
  const telecoms = objectsOf(memberOf(contact, 'telecom'), { least: 1 }, `${path}/telecom`);
  if ('kind' in telecoms) return telecoms;
  const written: JsonObject[] = [];
  for (const [index, telecom] of telecoms.entries()) {
    const at = `${path}/telecom/${index}`;
    const copy = { ...telecom };
    const refusal =
      checkMembers(copy, TELECOM_MEMBERS) ??
      checkOneOf(memberOf(copy, 'system'), SYSTEMS, `${at}/system`) ??
      checkValue(copy, at) ??
      checkOtherSystem(copy, at);
    if (refusal !== null) return refusal;
    written.push(copy);
  }
  contact['telecom'] = written;
  return null;
}
