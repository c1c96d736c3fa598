/**
 * Merging two NHS numbers of one person: the losing number is superseded and leads on to the surviving one, whose record
 * keeps what the other knew. Both change in one transaction, the survivor first, because the other refers to it.
 */
import type { Agent, Decision, DecisionContext, HandOver, KeyPair } from '../../engine/record-kind.ts';
import { isMerger } from '../../nhs/merger.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { absorbed } from './absorb-record.ts';
import type { Demographics } from './demographics-state.ts';
import { forbiddenUpdate, refuse, type PdsRefusal } from './refusals.ts';
import { notUpdatable } from './record-access.ts';
import { isObject } from './shape.ts';

export interface MergeWish extends KeyPair {
  readonly kind: 'merge';
  readonly requestId: string;
}

export interface SupersedePatient {
  readonly name: 'supersede';
  readonly by: string;
}

/** `former` is the whole state of the record that is superseded by the one this is put to. */
export interface AbsorbPatient {
  readonly name: 'absorb';
  readonly from: string;
  readonly former: Demographics;
}

/** A reader follows as many references from number to number, and no more. */
const CHAIN_MAX = 4;

const REQUEST_ID = /^[\x21-\x7e]{1,100}$/;

/** The wish in a request body, or why it is none. */
export function readMerge(body: unknown): MergeWish | string {
  if (!isObject(body)) return 'The body must be {"from", "into", "requestId"}';
  const { from, into, requestId } = body;
  if (typeof from !== 'string' || !isNhsNumber(from)) return 'from must be an NHS number';
  if (typeof into !== 'string' || !isNhsNumber(into)) return 'into must be an NHS number';
  if (from === into) return 'A number cannot be merged into itself';
  if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId)) {
    return 'requestId must be 1 to 100 visible characters';
  }
  return { kind: 'merge', from, into, requestId };
}

/** What stands above the version check, for both sides. `other` is the number on the other side. */
export function guardMerge(
  state: Demographics | null,
  other: string,
  context: Pick<DecisionContext, 'agent' | 'key'>,
): PdsRefusal | null {
  const refused = refuseOthers(context.agent) ?? notUpdatable(state);
  if (refused !== null) return refused;
  if (state?.annex.confidentiality === 'REDACTED') return refuse('INVALIDATED_RESOURCE');
  return other === context.key ? forbiddenUpdate('a number cannot be merged into itself') : null;
}

/** What the superseded record held stays in it as it was; it is not served any more. */
export function decideSupersede(
  state: Demographics | null,
  command: SupersedePatient,
  context: DecisionContext,
): Decision<Demographics> {
  const refused = guardMerge(state, command.by, context);
  if (refused !== null) return refused;
  if (state === null) return refuse('RESOURCE_NOT_FOUND');
  const versionId = String(context.nextVersion);
  const next: Demographics = {
    resource: { ...state.resource, meta: { ...state.resource.meta, versionId } },
    annex: { ...state.annex, status: 'superseded', supersededBy: command.by },
  };
  return { kind: 'accepted', state: next, outbox: [], reply: { body: context.key } };
}

export function decideAbsorb(
  state: Demographics | null,
  command: AbsorbPatient,
  context: DecisionContext,
): Decision<Demographics> {
  const refused = guardMerge(state, command.from, context);
  if (refused !== null) return refused;
  if (state === null) return refuse('RESOURCE_NOT_FOUND');
  const next = absorbed(state, command.former, context.nextVersion);
  if ((next.annex.mergeDepth ?? 0) > CHAIN_MAX) return forbiddenUpdate('the chain of merged numbers is too long');
  return { kind: 'accepted', state: next, outbox: [], reply: { body: context.key } };
}

/** Defence in depth: no other door leads here. */
export function refuseOthers(agent: Agent): PdsRefusal | null {
  return isMerger(agent) ? null : refuse('ACCESS_DENIED');
}

/** Both change in one transaction, with what the other services hold of the retired number. */
export function handOverPatient(
  state: Demographics | null,
  { from, into }: KeyPair,
): HandOver<SupersedePatient | AbsorbPatient> {
  return {
    absorb: state === null ? null : { name: 'absorb', from, former: state },
    retire: { name: 'supersede', by: into },
  };
}
