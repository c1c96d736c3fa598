/** JSON Patch on a Patient: all or nothing, no item changed that was not named by its id, the result validated. */
import { applyPatch, type Operation } from 'rfc6902';
import { checkPatient, type Item, type Patient } from './patient.ts';
import { invalidUpdate, Refused } from './refusals.ts';

const WRITABLE = new Set([
  'name',
  'telecom',
  'address',
  'contact',
  'generalPractitioner',
  'extension',
  'gender',
  'birthDate',
  'deceasedDateTime',
  'multipleBirthInteger',
]);
const LISTS = ['name', 'telecom', 'address', 'contact', 'generalPractitioner', 'extension'] as const;
type ListName = (typeof LISTS)[number];

export interface Patched {
  readonly patient: Patient;
  readonly body: string;
}

export function patched(stored: string, operations: readonly Operation[], version: number): Patched {
  checkOperations(operations);
  const before = JSON.parse(stored) as Patient;
  const after = JSON.parse(stored) as Partial<Record<ListName, readonly Item[]>>;
  // A first item may be added to a list that the record does not show.
  const empty = LISTS.filter((field) => before[field] === undefined);
  for (const field of empty) after[field] = [];
  const failure = applyPatch(after, [...operations]).find((error) => error !== null);
  if (failure !== undefined && failure !== null) throw invalidUpdate(failure.message);
  for (const field of empty) if (after[field]?.length === 0) delete after[field];
  const patient = checkPatient(after);
  checkItems(before, patient);
  if (JSON.stringify(patient) === stored) {
    throw new Refused(422, 'UNPROCESSABLE_ENTITY', 'Provided patch made no changes to the resource');
  }
  patient.meta.versionId = String(version);
  return { patient, body: JSON.stringify(patient) };
}

/** An item of a list is changed only by operations that also name its id or url; a removal is tested first. */
function checkOperations(operations: readonly Operation[]): void {
  const named = new Set<string>();
  for (const operation of operations) {
    const parts = operation.path.split('/');
    if (parts[3] === 'id' || parts[3] === 'url' || hasKey(operation)) named.add(`${parts[1]}/${parts[2]}`);
  }
  for (const [index, operation] of operations.entries()) {
    const [, field = '', place] = operation.path.split('/');
    if (operation.op === 'test') continue;
    if (!WRITABLE.has(field)) throw invalidUpdate(`unsupported field ${field}`);
    if (operation.op === 'remove' && operations[index - 1]?.op !== 'test') {
      throw invalidUpdate(`removal '${operation.path}' is not immediately preceded by equivalent test`);
    }
    if (place !== undefined && place !== '-' && !named.has(`${field}/${place}`)) {
      throw invalidUpdate(`no id or url found for path with root /${field}/${place}`);
    }
  }
}

function hasKey(operation: Operation): boolean {
  if (!('value' in operation) || typeof operation.value !== 'object' || operation.value === null) return false;
  return 'id' in operation.value || 'url' in operation.value;
}

/** Items keep their ids, and of addresses and telecoms there is one of each use. */
function checkItems(before: Patient, after: Patient): void {
  for (const field of LISTS) {
    const known = before[field] ?? [];
    const now: readonly Item[] = after[field] ?? [];
    if (now.length < known.length) continue;
    for (const [index, item] of known.entries()) {
      if (item.id !== now[index]?.id) throw invalidUpdate(`the id of /${field}/${index} was changed`);
    }
  }
  checkKinds(before.telecom ?? [], after.telecom ?? []);
  checkKinds(before.address ?? [], after.address ?? []);
}

function checkKinds(before: readonly Item[], after: readonly Item[]): void {
  if (after.length <= before.length) return;
  const kinds = after.map(({ use, system }) => `${use ?? ''} ${system ?? ''}`);
  if (new Set(kinds).size < kinds.length) throw invalidUpdate('multiple items of one use cannot be added');
}
