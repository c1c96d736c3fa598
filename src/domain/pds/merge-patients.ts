/**
 * Merging two NHS numbers of one person: the losing number is superseded and leads on to the surviving one, whose record
 * keeps what the other knew. Both change in one transaction, the survivor first, because the other refers to it.
 */
import type { RelatedPerson } from 'fhir/r4';
import type { Agent, Command, Decision, DecisionContext, RecordView, View } from '../../engine/record-kind.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { AddressLines } from './address-lines.ts';
import { absorbed } from './absorb-record.ts';
import type { Demographics } from './demographics-state.ts';
import { forbiddenUpdate, refuse, type PdsRefusal } from './refusals.ts';
import { notUpdatable } from './record-access.ts';
import { isObject } from './shape.ts';

export interface MergeWish {
  readonly kind: 'merge';
  readonly from: string;
  readonly into: string;
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

export interface GetMergeState {
  readonly name: 'get-merge-state';
}

/** Who merges; anybody else is refused by the record itself. */
export const MERGER_MODE = 'operator';

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

/** The whole stored state, whatever its status: a repeated merge must be able to ask for it again. */
export function viewMergeState(record: RecordView<unknown> | null, agent: Agent): View {
  const refused = refuseOthers(agent);
  if (refused !== null) return refused;
  return record === null ? refuse('RESOURCE_NOT_FOUND') : { kind: 'found', body: JSON.stringify(record.state()) };
}

/** Defence in depth: no other door leads here. */
export function refuseOthers(agent: Agent): PdsRefusal | null {
  return agent.mode === MERGER_MODE ? null : refuse('ACCESS_DENIED');
}

/** A record as its shard held it when the merge was planned. */
interface Held<State> {
  readonly version: number;
  readonly state: State;
}

export interface MergeFacts {
  readonly former: Held<Demographics>;
  readonly formerPersons: Held<{
    readonly resources: readonly RelatedPerson[];
    readonly addressLines?: AddressLines;
  }> | null;
  readonly survivorHasPersons: boolean;
}

export interface MergeStep {
  readonly kind: 'demographics' | 'related-persons';
  readonly key: string;
  readonly command: Command;
  readonly expectedVersion?: number;
}

/** The changes of one merge. What was read is pinned by its version, so that nothing changed meanwhile is lost. */
export function planMerge({ from, into }: MergeWish, facts: MergeFacts): readonly MergeStep[] {
  const { former, formerPersons, survivorHasPersons } = facts;
  const absorb: AbsorbPatient = { name: 'absorb', from, former: former.state };
  const supersede: SupersedePatient = { name: 'supersede', by: into };
  const kept: MergeStep = { kind: 'demographics', key: into, command: absorb };
  const lost: MergeStep = { kind: 'demographics', key: from, command: supersede, expectedVersion: former.version };
  if (formerPersons === null || formerPersons.state.resources.length === 0 || survivorHasPersons) return [kept, lost];
  const taken = { name: 'take-over', persons: formerPersons.state };
  const given = { name: 'hand-over' };
  return [
    kept,
    { kind: 'related-persons', key: into, command: taken },
    lost,
    { kind: 'related-persons', key: from, command: given, expectedVersion: formerPersons.version },
  ];
}
