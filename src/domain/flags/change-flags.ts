/** Raising and removing flags and what supports them. Nothing is ever updated: what changed is removed and added anew. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import { dayOf } from '../../fhir/dates.ts';
import type { AddSupport, CreateFlag, RemoveFlag, RemoveSupport } from './commands.ts';
import { FEMALE_GENITAL_MUTILATION } from './flag-codes.ts';
import { RING } from './flags-state.ts';
import type { HeldFlag, PatientFlags, Support } from './flags-state.ts';
import { adultFault, patientFacts } from './patient-facts.ts';
import { refuse } from './refusals.ts';

type Changed = Decision<PatientFlags>;

/** A handful of adjustments is usual; the bound keeps one patient from filling a row. */
const SUPPORT_MAX = 100;

export function decideCreate(state: PatientFlags, command: CreateFlag, context: DecisionContext): Changed {
  const { code, flag, support } = command;
  if (state.flags.some((held) => held.code === code)) {
    return refuse('DUPLICATE_RESOURCE', `The patient has a ${code} already`);
  }
  const facts = patientFacts(context.neighbour('demographics'));
  if ('kind' in facts) return facts;
  if (facts.deceased) return refuse('FORBIDDEN_UPDATE', 'The patient has died');
  const adult = code === FEMALE_GENITAL_MUTILATION ? adultFault(facts.birthDate, dayOf(context.now)) : null;
  if (adult !== null) return adult;
  if (support.length > SUPPORT_MAX) return tooMany();
  const held: HeldFlag = {
    code,
    flag: identified(flag, context),
    support: support.map((resource) => identified(resource, context)),
  };
  const created = [held.flag, ...held.support].map(addressOf);
  return changed({ ...state, flags: [...state.flags, held] }, created);
}

export function decideAddSupport(
  state: PatientFlags,
  { code, resource }: AddSupport,
  context: DecisionContext,
): Changed {
  const held = state.flags.find((one) => one.code === code);
  if (held === undefined) return refuse('RESOURCE_NOT_FOUND', `The patient has no ${code}`);
  if (held.support.length >= SUPPORT_MAX) return tooMany();
  const added = identified(resource, context);
  return changed(replaced(state, { ...held, support: [...held.support, added] }), [addressOf(added)]);
}

/** What supports the flag goes with it. */
export function decideRemove(state: PatientFlags, { code, reason }: RemoveFlag, context: DecisionContext): Changed {
  const flags = state.flags.filter((held) => held.code !== code);
  if (flags.length === state.flags.length) return refuse('RESOURCE_NOT_FOUND', `The patient has no ${code}`);
  return changed(noted({ ...state, flags }, { what: code, reason }, context), []);
}

export function decideRemoveSupport(state: PatientFlags, command: RemoveSupport, context: DecisionContext): Changed {
  const { id, reason, type } = command;
  const isIt = (resource: Support): boolean => resource.resourceType === type && resource.id === id;
  const held = state.flags.find(({ support }) => support.some(isIt));
  if (held === undefined) return refuse('RESOURCE_NOT_FOUND', `The patient has no ${type}/${id}`);
  const support = held.support.filter((resource) => !isIt(resource));
  return changed(noted(replaced(state, { ...held, support }), { what: `${type}/${id}`, reason }, context), []);
}

function noted(
  state: PatientFlags,
  removal: { what: string; reason: string },
  { agent, now }: DecisionContext,
): PatientFlags {
  const by = agent.user ?? agent.client;
  return { ...state, removals: [{ ...removal, at: now, by }, ...state.removals].slice(0, RING) };
}

const tooMany = () => refuse('FORBIDDEN_UPDATE', `A flag has at most ${SUPPORT_MAX} supporting resources`);

const replaced = (state: PatientFlags, next: HeldFlag): PatientFlags => ({
  ...state,
  flags: state.flags.map((held) => (held.code === next.code ? next : held)),
});

/** The answer lists where the new resources are. */
const changed = (state: PatientFlags, created: readonly string[]): Changed => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: JSON.stringify(created) },
});

const addressOf = ({ id, resourceType }: Support): string => `${resourceType}/${id ?? ''}`;

function identified<T extends Support>(resource: T, context: DecisionContext): T {
  const meta = { ...resource.meta, lastUpdated: new Date(context.now).toISOString() };
  return { ...resource, id: context.newId(), meta };
}
