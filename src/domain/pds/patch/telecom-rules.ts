/** Telecoms: one per system and use, neither of which changes; a valid e-mail address. */
import type { PdsRefusal } from '../refusals.ts';
import { forbiddenUpdate } from '../refusals.ts';
import type { Json, JsonObject } from './json.ts';
import { memberOf } from './json.ts';
import type { ItemChange, ListChange } from './list-changes.ts';
import { touches } from './list-changes.ts';
import { checkPeriod } from './period-rules.ts';
import { checkOneOf, checkText, dropUnknown, EMAIL_INVALID, isEmail, objectAt, objectsOf } from './value-checks.ts';

const SYSTEMS = ['phone', 'fax', 'email', 'other'];
const USES = ['home', 'work', 'temp', 'mobile'];
const MEMBERS = new Set(['id', 'period', 'system', 'value', 'use', 'extension']);
const OTHER_CONTACT = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-OtherContactSystem';
const OTHER_CONTACT_CODES = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-OtherContactSystem';

const kindOf = (item: Json): string =>
  `${String(memberOf(item, 'use') ?? '')} ${String(memberOf(item, 'system') ?? '')}`;

export function checkTelecoms(change: ListChange, today: string): PdsRefusal | null {
  for (const item of change.changes) {
    const refusal = checkTelecom(item, today);
    if (refusal !== null) return refusal;
  }
  return checkKinds(change);
}

/** The texts of both refusals are ours: the service's own are not public. */
function checkKinds({ before, after, changes }: ListChange): PdsRefusal | null {
  for (const { item, before: stored } of changes) {
    const kind = kindOf(item);
    if (stored !== null && kind !== kindOf(stored)) {
      return forbiddenUpdate('not permitted to change the use or system of a telecom');
    }
    const countOf = (items: readonly Json[]): number => items.filter((other) => kindOf(other) === kind).length;
    if (stored === null && countOf(after) > 1 && countOf(after) > countOf(before)) {
      return forbiddenUpdate(`multiple ${kind.trim()} telecoms cannot be added`);
    }
  }
  return null;
}

function checkTelecom(change: ItemChange, today: string): PdsRefusal | null {
  const { item, before, whole, path } = change;
  dropUnknown(item, MEMBERS, before);
  return (
    (touches(change, 'system') ? checkOneOf(memberOf(item, 'system'), SYSTEMS, `${path}/system`) : null) ??
    (touches(change, 'value') ? checkValue(item, path) : null) ??
    (touches(change, 'use') && memberOf(item, 'use') !== undefined
      ? checkOneOf(memberOf(item, 'use'), USES, `${path}/use`)
      : null) ??
    (touches(change, 'extension') ? checkOtherSystem(item, path) : null) ??
    checkPeriod({ holder: item, before: before ?? undefined, whole, path, today, kind: 'start-optional' })
  );
}

/** The value of a telecom or of an emergency contact's telecom. */
export function checkValue(item: JsonObject, path: string): PdsRefusal | null {
  const value = memberOf(item, 'value');
  const refusal = checkText(value, `${path}/value`);
  if (refusal !== null || memberOf(item, 'system') !== 'email') return refusal;
  return isEmail(String(value)) ? null : EMAIL_INVALID;
}

/** Only a textphone is known beside phone, fax and e-mail. */
export function checkOtherSystem(item: JsonObject, path: string): PdsRefusal | null {
  const value = memberOf(item, 'extension');
  if (value === undefined) return null;
  const extensions = objectsOf(value, { most: 1 }, `${path}/extension`);
  if ('kind' in extensions) return extensions;
  const [extension] = extensions;
  if (extension === undefined) return null;
  const at = `${path}/extension/0`;
  const coding = objectAt(extension, 'valueCoding', at);
  const refusal =
    checkOneOf(memberOf(extension, 'url'), [OTHER_CONTACT], `${at}/url`) ??
    ('kind' in coding ? coding : checkOneOf(memberOf(coding.object, 'code'), ['textphone'], `${at}/valueCoding/code`));
  if (refusal !== null) return refusal;
  const display = 'Minicom (Textphone)';
  item['extension'] = [
    { url: OTHER_CONTACT, valueCoding: { system: OTHER_CONTACT_CODES, code: 'textphone', display } },
  ];
  return null;
}
