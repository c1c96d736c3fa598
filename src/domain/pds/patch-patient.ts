/**
 * PATCH Patient: who may be patched, and what a patch makes of the record. The order of the checks is the wire's:
 * operations as such, object ids and tested removals, application, then the business rules on what changed.
 */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { dayOf } from '../../fhir/dates.ts';
import type { PatchPatient } from './commands.ts';
import type { Demographics, DemographicsAnnex, PdsPatient } from './demographics-state.ts';
import { keepAddressLines } from './patch/address-lines.ts';
import { checkAddresses } from './patch/address-rules.ts';
import { applyOperations } from './patch/apply-operations.ts';
import { checkContacts } from './patch/contact-rules.ts';
import { checkDeath } from './patch/death-rules.ts';
import { checkExtensions } from './patch/extension-rules.ts';
import type { ListField, SimpleField } from './patch/fields.ts';
import { LIST_FIELDS, SIMPLE_FIELDS } from './patch/fields.ts';
import { checkGeneralPractitioner } from './patch/general-practitioner-rules.ts';
import { historyWith } from './patch/history.ts';
import type { JsonObject } from './patch/json.ts';
import { equalJson, isObject, memberOf } from './patch/json.ts';
import type { ListChange } from './patch/list-changes.ts';
import { listChange, restoreUnchanged } from './patch/list-changes.ts';
import { checkNames } from './patch/name-rules.ts';
import { checkObjectIds } from './patch/object-ids.ts';
import { checkPatientItems, checkPatientPaths } from './patch/patient-access-fields.ts';
import type { Operation } from './patch/read-operations.ts';
import { readOperations } from './patch/read-operations.ts';
import { checkSimpleFields } from './patch/simple-rules.ts';
import { checkTelecoms } from './patch/telecom-rules.ts';
import { invalidPatch, WorkingCopy } from './patch/working-copy.ts';
import type { PdsRefusal } from './refusals.ts';
import { forbiddenUpdate, invalidUpdate, refuse } from './refusals.ts';
import { resourceText } from './resource-text.ts';

const NO_CHANGES = invalidPatch('Provided patch made no changes to the resource');

/** The service's own text for restricted records is not public; this one is ours. */
const RESTRICTED = forbiddenUpdate('source not permitted to update a restricted record');

/** Refusals that come before the version check. */
export function guardPatchPatient(
  state: Demographics | null,
  command: PatchPatient,
  _context: DecisionContext,
): PdsRefusal | null {
  if (state === null) return refuse('RESOURCE_NOT_FOUND');
  const { status, confidentiality } = state.annex;
  if (status === 'invalidated') return refuse('INVALIDATED_RESOURCE');
  if (status === 'superseded')
    return forbiddenUpdate('Update Failed - NHS No. supplied has been superseded in a merge');
  if (confidentiality === 'REDACTED') return refuse('INVALIDATED_RESOURCE');
  if (confidentiality !== undefined) return RESTRICTED;
  return Array.isArray(command.patches) && command.patches.length > 0 ? null : invalidUpdate('No patches found');
}

/** The whole decision; `guardPatchPatient` and the engine's version check have passed. */
export function decidePatchPatient(
  state: Demographics,
  command: PatchPatient,
  context: DecisionContext,
): Decision<Demographics> {
  if (!Array.isArray(command.patches)) return invalidUpdate('No patches found');
  const isPatient = context.agent.mode === 'patient-access';
  const operations = readOperations(command.patches);
  if ('kind' in operations) return operations;
  const unready = (isPatient ? checkPatientPaths(operations) : null) ?? checkObjectIds(operations);
  if (unready !== null) return unready;
  // narrow border: the served Patient is plain JSON, and so the rules treat it
  const changes = changesOf(state.resource as unknown as JsonObject, operations);
  if ('kind' in changes) return changes;
  const refusal = (isPatient ? checkPatientItems(changes.lists) : null) ?? checkRules(changes, context.now);
  return refusal ?? accept(state, changes, context);
}

interface Changes {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly lists: readonly ListChange[];
  readonly simple: ReadonlySet<SimpleField>;
}

function changesOf(before: JsonObject, operations: readonly Operation[]): Changes | PdsRefusal {
  const copy = new WorkingCopy(before);
  const failure = applyOperations(copy, operations);
  if (failure !== null) return failure;
  const lists: ListChange[] = [];
  for (const field of LIST_FIELDS) {
    const change = listChange(before, copy, field);
    if (change === null) continue;
    if ('kind' in change) return change;
    lists.push(change);
  }
  const after = copy.resource;
  const simple = new Set(SIMPLE_FIELDS.filter((field) => !equalJson(memberOf(before, field), memberOf(after, field))));
  return lists.length === 0 && simple.size === 0 ? NO_CHANGES : { before, after, lists, simple };
}

const LIST_RULES: Readonly<Record<ListField, (change: ListChange, today: string) => PdsRefusal | null>> = {
  name: checkNames,
  address: checkAddresses,
  telecom: checkTelecoms,
  contact: checkContacts,
  generalPractitioner: checkGeneralPractitioner,
  extension: checkExtensions,
};

function checkRules(changes: Changes, now: number): PdsRefusal | null {
  const { before, after, lists, simple } = changes;
  const today = dayOf(now);
  const extensions = lists.find(({ field }) => field === 'extension') ?? null;
  const refusal =
    checkSimpleFields({ changed: simple, after, today }) ?? checkDeath({ before, after, extensions, now });
  if (refusal !== null) return refusal;
  for (const change of lists) {
    const found = LIST_RULES[change.field](change, today);
    if (found !== null) return found;
  }
  return null;
}

function accept(state: Demographics, changes: Changes, context: DecisionContext): Decision<Demographics> {
  const { annex } = state;
  for (const change of changes.lists) giveIds(change, context);
  const addresses = changes.lists.find(({ field }) => field === 'address');
  const addressLines = addresses === undefined ? annex.addressLines : keepAddressLines(annex.addressLines, addresses);
  const lists = changes.lists.filter(restoreUnchanged);
  if (lists.length === 0 && changes.simple.size === 0) return NO_CHANGES;
  const resource = servedPatient(changes, lists, context.nextVersion);
  const history = historyWith({ annex, lists, simple: formerOf(changes) });
  const next: Demographics = { resource, annex: annexWith(annex, addressLines, history) };
  return { kind: 'accepted', state: next, outbox: [], reply: { body: resourceText(resource) } };
}

/** New items get their object id; extensions are known by their url instead. */
function giveIds(change: ListChange, context: DecisionContext): void {
  if (change.field === 'extension') return;
  for (const { item, before } of change.changes) {
    if (before !== null) continue;
    const members = { ...item };
    // taken out and put back: the id comes first on the wire
    for (const name of Object.keys(members)) delete item[name];
    Object.assign(item, { id: context.newId() }, members);
  }
}

/** The members in the order of the stored resource; a list without items is left out. */
function servedPatient({ before, after }: Changes, lists: readonly ListChange[], version: number): PdsPatient {
  const resource: JsonObject = { ...after };
  for (const field of LIST_FIELDS) {
    const items = lists.find((change) => change.field === field)?.after ?? before[field];
    if (items === undefined || (Array.isArray(items) && items.length === 0)) delete resource[field];
    else resource[field] = items;
  }
  const meta = memberOf(before, 'meta');
  resource['meta'] = { ...(isObject(meta) ? meta : {}), versionId: String(version) };
  // narrow border: the rules have checked every part that is not as it was stored
  return resource as unknown as PdsPatient;
}

/** Stored gender and birth date, where the patch replaced them. */
function formerOf({ before, simple }: Changes): { gender?: string; birthDate?: string } {
  const former: { gender?: string; birthDate?: string } = {};
  const { gender, birthDate } = before;
  if (simple.has('gender') && typeof gender === 'string') former.gender = gender;
  if (simple.has('birthDate') && typeof birthDate === 'string') former.birthDate = birthDate;
  return former;
}

function annexWith(
  annex: DemographicsAnnex,
  addressLines: DemographicsAnnex['addressLines'],
  history: DemographicsAnnex['history'],
): DemographicsAnnex {
  const { addressLines: _lines, history: _history, ...others } = annex;
  return {
    ...others,
    ...(addressLines === undefined ? {} : { addressLines }),
    ...(history === undefined ? {} : { history }),
  };
}
