/** POST /Patient/$process-birth-details: a transaction Bundle whose twelve entries are known by their position. */
import { DEATH_NOTIFICATION } from '../../fhir/pds-extensions.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { birthBundleShape, birthEntryShapes } from './birth-shapes.ts';
import { newborn } from './create-patient.ts';
import type { PdsPatient } from './demographics-state.ts';
import { invalidValue, refuse, type PdsRefusal } from './refusals.ts';
import { registrationObjection } from './registration-rules.ts';
import { firstFault, isObject } from './shape.ts';

const BABY = 0;
const STILLBIRTH = 2;
const MOTHER = 7;

/** Null when the birth may be registered. */
export function checkBirthBundle(body: unknown): PdsRefusal | null {
  return checkBirthShape(body) ?? inconsistentDeath(body) ?? registrationObjection(resourceAt(body, BABY));
}

/** The shape alone: first the number of entries, since every entry after a missing one is out of place. */
export function checkBirthShape(body: unknown): PdsRefusal | null {
  const bundle = firstFault(body, birthBundleShape);
  if (bundle !== null) return bundle;
  const faults = birthEntryShapes.map((shape, i) => firstFault(resourceAt(body, i), shape, ['entry', i, 'resource']));
  const missing = faults.find((fault) => fault?.code === 'MISSING_VALUE');
  const first = missing ?? faults.find((fault) => fault !== null);
  if (first !== undefined && first !== null) return inShortForm(first);
  const mother = motherOf(body);
  return isNhsNumber(mother) ? null : invalidValue(mother, `entry/${MOTHER}/resource/identifier/0/value`);
}

/** Wrong values of these two are told without the way to them; missing ones are not. */
function inShortForm(refusal: PdsRefusal): PdsRefusal {
  if (refusal.code !== 'INVALID_VALUE' || refusal.diagnostics === undefined) return refusal;
  return refuse(refusal.code, refusal.diagnostics.replace(/'entry\/0\/resource\/(gender|birthDate)'$/, "'$1'"));
}

/** What a bundle that passed the check tells of the baby, and the mother's NHS number. */
export function birthPatient(bundle: unknown): { readonly patient: PdsPatient; readonly mother: string } {
  return { patient: newborn(resourceAt(bundle, BABY)), mother: motherOf(bundle) };
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (typeof step === 'number') return Array.isArray(inner) ? inner[step] : undefined;
    return isObject(inner) ? inner[step] : undefined;
  }, value);
}

const resourceAt = (bundle: unknown, position: number): unknown => at(bundle, 'entry', position, 'resource');
const motherOf = (bundle: unknown): string => String(at(resourceAt(bundle, MOTHER), 'identifier', 0, 'value'));

/** A formally notified death needs one of the stillbirth indications 2, 3 or 4; `1` is a live birth. */
function inconsistentDeath(body: unknown): PdsRefusal | null {
  const extensions = at(resourceAt(body, BABY), 'extension');
  const death = (Array.isArray(extensions) ? extensions : []).find((item) => at(item, 'url') === DEATH_NOTIFICATION);
  const parts = at(death, 'extension');
  const statuses = (Array.isArray(parts) ? parts : []).map((part) =>
    at(part, 'valueCodeableConcept', 'coding', 0, 'code'),
  );
  const indication = at(resourceAt(body, STILLBIRTH), 'valueCodeableConcept', 'coding', 0, 'code');
  if (!statuses.includes('2') || indication !== '1') return null;
  return refuse('INSERT_BIRTH_DEATH_STATUS_INCONSISTENT', 'Insert Birth - Death Status Inconsistent');
}
