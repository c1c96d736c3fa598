/** PATCH /Patient/{nhs number} */
import type { PatchPatient } from '../../domain/pds/commands.ts';
import { invalidUpdate } from '../../domain/pds/refusals.ts';
import type { WireRefusal } from '../service.ts';
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

export const MALFORMED = invalidUpdate('Invalid payload received - incorrect format');

const patchesOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, 'patches') && 'patches' in body
    ? body.patches
    : undefined;

export interface PatchWish {
  readonly kind: 'wish';
  readonly command: PatchPatient;
  readonly version: number;
  /** The body as it was sent. */
  readonly text: string;
}

/** What a PATCH asks for, once it brings all it must. */
export async function patchWish({ context, id }: PdsCall): Promise<PatchWish | WireRefusal> {
  const invalid = badNhsNumber(id);
  if (invalid !== null) return invalid;
  const version = expectedVersion(context);
  if (typeof version !== 'number') return version;
  const wrongType = wrongContentType(context, PATCH_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(context, MALFORMED);
  if (isRefused(body)) return body;
  return { kind: 'wish', command: { name: 'patch-patient', patches: patchesOf(body.value) }, version, text: body.text };
}

export async function patchPatient(call: PdsCall): Promise<Result> {
  const { context, id } = call;
  const wish = await patchWish(call);
  if (isRefused(wish)) return wish;
  const options = submitOptions(call, wish.text, wish.version);
  const outcome = await context.spine.patients.submit(DEMOGRAPHICS, id, wish.command, options);
  if (outcome.kind === 'replied') recentWrites.note(call.agent.client, id, outcome.body, context.now);
  return answered(outcome, found);
}
