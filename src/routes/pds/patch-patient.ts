/** PATCH /Patient/{nhs number} */
import type { PatchPatient } from '../../domain/pds/commands.ts';
import { invalidUpdate } from '../../domain/pds/refusals.ts';
import { answered, DEMOGRAPHICS, found, isRefused } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { recentWrites } from './recent-writes.ts';
import {
  badNhsNumber,
  bodyOf,
  expectedVersion,
  PATCH_TYPES,
  submitOptions,
  wrongContentType,
} from './preconditions.ts';

const MALFORMED = invalidUpdate('Invalid payload received - incorrect format');

const patchesOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, 'patches') && 'patches' in body
    ? body.patches
    : undefined;

export async function patchPatient(call: PdsCall): Promise<Result> {
  const { context, id } = call;
  const invalid = badNhsNumber(id);
  if (invalid !== null) return invalid;
  const version = expectedVersion(context);
  if (typeof version !== 'number') return version;
  const wrongType = wrongContentType(context, PATCH_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(context, MALFORMED);
  if (isRefused(body)) return body;
  const command: PatchPatient = { name: 'patch-patient', patches: patchesOf(body.value) };
  const outcome = await context.spine.patients.submit(
    DEMOGRAPHICS,
    id,
    command,
    submitOptions(call, body.text, version),
  );
  if (outcome.kind === 'replied') recentWrites.note(call.agent.client, id, outcome.body, context.now);
  return answered(outcome, found);
}
