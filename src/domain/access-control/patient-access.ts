/**
 * Who may see a patient's record, kept in the patient's own shard: relationships, broken glass, seals, the opt-out.
 * Whoever goes beyond his rights is let through and told on: the alert leaves in the same commit.
 */
import type { Command, Decision, DecisionContext, MergeableKind, Query, View } from '../../engine/record-kind.ts';
import { alertDelivery, alertId, alertOrganization } from '../../events/privacy-alert.ts';
import type { AlertKind } from '../../events/privacy-alert.ts';
import { isMerger } from '../../nhs/merger.ts';
import { decideAccess } from './access-decision.ts';
import type { Reason, Relationship } from './access-decision.ts';
import { callerOf, factsOf, isRelatedNow } from './facts.ts';
import type { CallerFacts } from './facts.ts';

export interface KeptRelationship extends Relationship {
  readonly id: string;
  readonly kind: 'registration' | 'referral' | 'workgroup' | 'self-claimed';
  /** The user who brought it about. */
  readonly by: string;
}

export interface KeptSeal {
  readonly id: string;
  /** The record kind that is sealed. */
  readonly record: string;
  /** The workgroup that may look inside. */
  readonly author: string;
  readonly locked: boolean;
  readonly at: number;
}

export interface BrokenGlass {
  readonly user: string;
  readonly reason: Reason;
  readonly at: number;
  readonly until: number;
}

export interface PatientAccess {
  readonly relationships: readonly KeptRelationship[];
  readonly seals: readonly KeptSeal[];
  readonly broken: readonly BrokenGlass[];
  readonly optedOut: boolean;
}

interface Asked {
  readonly caller: CallerFacts;
}

export type AccessCommand =
  | (Command & Asked & { readonly name: 'claim-relationship'; readonly note: string })
  | (Command & Asked & { readonly name: 'break-glass'; readonly reason: Reason; readonly note: string })
  | (Command & Asked & { readonly name: 'add-relationship'; readonly relationship: NewRelationship })
  | (Command & Asked & { readonly name: 'end-relationship'; readonly id: string })
  | (Command &
      Asked & {
        readonly name: 'seal-record';
        readonly record: string;
        readonly author: string;
        readonly locked: boolean;
      })
  | (Command & Asked & { readonly name: 'unseal-record'; readonly id: string })
  | (Command & Asked & { readonly name: 'set-opt-out'; readonly optedOut: boolean })
  | MergeCommand;

/** Part of merging two NHS numbers: who could see the retired number's record sees the surviving one's. */
type MergeCommand =
  | (Command & { readonly name: 'absorb-access'; readonly retired: PatientAccess })
  | (Command & { readonly name: 'retire-access' });

export type NewRelationship = Pick<KeptRelationship, 'party' | 'kind'> & {
  readonly from?: number;
  readonly to?: number;
};

export interface ViewAccess extends Query {
  readonly name: 'view-access';
  readonly caller: CallerFacts;
}

export const PATIENT_ACCESS = 'patient-access';

const NOBODY: PatientAccess = { relationships: [], seals: [], broken: [], optedOut: false };

/** A shift; whoever goes on caring for the patient is brought in by those who already do. */
const CLAIM_MS = 24 * 3_600_000;
const GLASS_MS = 3_600_000;
/** Of 100 bytes each: 40 KB at most, far more than a patient has. */
const KEPT_MAX = 200;

const refuse = (code: string): { kind: 'refused'; code: string } => ({ kind: 'refused', code });
const unchanged: Decision<PatientAccess> = { kind: 'unchanged', reply: { body: '' } };

/** Replaces what a command changes; what is over is forgotten, for the journal remembers it. */
function accept(state: PatientAccess, now: number, outbox: readonly ReturnType<typeof alertDelivery>[] = []) {
  const kept: PatientAccess = {
    ...state,
    relationships: state.relationships.filter(({ to = Infinity }) => to > now).slice(-KEPT_MAX),
    broken: state.broken.filter(({ until }) => until > now).slice(-KEPT_MAX),
  };
  return { kind: 'accepted' as const, state: kept, outbox, reply: { body: JSON.stringify(kept) } };
}

function decide(held: PatientAccess | null, command: AccessCommand, context: DecisionContext): Decision<PatientAccess> {
  if (context.neighbour('demographics') === null) return refuse('unknown-patient');
  const state = held ?? NOBODY;
  if (command.name === 'absorb-access' || command.name === 'retire-access') return merge(state, command, context);
  if (command.name === 'claim-relationship' || command.name === 'break-glass') return goBeyond(state, command, context);
  if (command.name === 'set-opt-out' && context.agent.subject === context.key) {
    return accept({ ...state, optedOut: command.optedOut }, context.now);
  }
  // All else is for those who care for the patient.
  const related = isRelatedNow(callerOf(context.agent, command.caller), context);
  if (context.agent.user === undefined || !related) return refuse('no-relationship');
  return amongThemselves(state, command, context);
}

function merge(state: PatientAccess, command: MergeCommand, { agent, now }: DecisionContext): Decision<PatientAccess> {
  if (!isMerger(agent)) return refuse('unauthorised');
  if (command.name === 'retire-access') return unchanged;
  const { broken, optedOut, relationships, seals } = command.retired;
  const joined: PatientAccess = {
    relationships: [...relationships, ...state.relationships],
    seals: [...seals, ...state.seals].slice(-KEPT_MAX),
    broken: [...broken, ...state.broken],
    // An objection counts, whichever number it was made under.
    optedOut: optedOut || state.optedOut,
  };
  return accept(joined, now);
}

type Beyond = Extract<AccessCommand, { name: 'claim-relationship' | 'break-glass' }>;

/** The decision says whether the claim is needed at all: what nobody needs alerts nobody. */
function goBeyond(state: PatientAccess, command: Beyond, context: DecisionContext): Decision<PatientAccess> {
  const { agent, key, now } = context;
  const { user } = agent;
  if (user === undefined) return refuse('activity-missing');
  const claim = command.name === 'claim-relationship';
  const wish = claim ? { selfClaim: true } : { reason: command.reason };
  const facts = factsOf(key, null, context);
  // A relationship is claimed whatever else stands in the way; the glass is broken over all of it.
  const asked = claim ? { ...facts, permission: 'yes' as const, seals: [] } : facts;
  const verdict = decideAccess(callerOf(agent, command.caller), asked, { action: 'view-summary', now, ...wish });
  if (verdict.kind === 'refuse') return refuse(verdict.code);
  if (verdict.kind === 'allow') return unchanged;
  const outbox = verdict.alerts.map((kind) => alertDelivery(alertOf(kind, command.note, context)));
  if (claim) {
    const relationship = { party: user, from: now, to: now + CLAIM_MS, kind: 'self-claimed' as const };
    const made = { ...relationship, id: context.newId(), by: user };
    return accept({ ...state, relationships: [...state.relationships, made] }, now, outbox);
  }
  const glass = { user, reason: command.reason, at: now, until: now + GLASS_MS };
  return accept({ ...state, broken: [...state.broken.filter((one) => one.user !== user), glass] }, now, outbox);
}

function alertOf(kind: AlertKind, note: string, { agent, key, newId, now }: DecisionContext) {
  return {
    id: alertId(now, newId()),
    organization: alertOrganization(agent.organization),
    patient: key,
    kind,
    source: 'access-decision' as const,
    at: now,
    client: agent.client,
    ...(agent.user === undefined ? {} : { user: agent.user }),
    ...(agent.role === undefined ? {} : { role: agent.role }),
    ...(note === '' ? {} : { note }),
  };
}

type Kept = Exclude<AccessCommand, Beyond | MergeCommand>;

function amongThemselves(state: PatientAccess, command: Kept, context: DecisionContext): Decision<PatientAccess> {
  const { agent, now } = context;
  const { user = '' } = agent;
  switch (command.name) {
    case 'add-relationship': {
      const { from = now, ...relationship } = command.relationship;
      const made = { ...relationship, from, id: context.newId(), by: user };
      return accept({ ...state, relationships: [...state.relationships, made] }, now);
    }
    case 'end-relationship': {
      const { id } = command;
      if (!state.relationships.some((one) => one.id === id)) return refuse('unknown-relationship');
      return accept({ ...state, relationships: state.relationships.filter((one) => one.id !== id) }, now);
    }
    case 'seal-record': {
      const { author, locked, record } = command;
      if (!command.caller.workgroups.includes(author)) return refuse('not-author');
      const seal = { id: context.newId(), record, author, locked, at: now };
      return accept({ ...state, seals: [...state.seals, seal].slice(-KEPT_MAX) }, now);
    }
    case 'unseal-record': {
      const seal = state.seals.find(({ id }) => id === command.id);
      if (seal === undefined) return refuse('unknown-seal');
      if (!command.caller.workgroups.includes(seal.author)) return refuse('not-author');
      return accept({ ...state, seals: state.seals.filter((one) => one !== seal) }, now);
    }
    case 'set-opt-out':
      return accept({ ...state, optedOut: command.optedOut }, now);
  }
}

export const patientAccess: MergeableKind<PatientAccess, AccessCommand, ViewAccess> = {
  name: PATIENT_ACCESS,
  decode: ({ body }) => JSON.parse(body) as PatientAccess,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  /** The patient sees it all; those who care for the patient see it without the seals of others that are locked. */
  view(record, { caller }, context): View {
    if (context.neighbour('demographics') === null) return refuse('unknown-patient');
    const state = record?.state() ?? NOBODY;
    if (context.agent.subject === context.key) return { kind: 'found', body: JSON.stringify(state) };
    if (!isRelatedNow(callerOf(context.agent, caller), context)) return refuse('no-relationship');
    const seals = state.seals.filter(({ author, locked }) => !locked || caller.workgroups.includes(author));
    return { kind: 'found', body: JSON.stringify({ ...state, seals }) };
  },
  handOver: (state) => ({
    absorb: state === null ? null : { name: 'absorb-access', retired: state },
    retire: { name: 'retire-access' },
  }),
};
