/**
 * Puts the access decision before a record kind: decision, look and audit entry are one step in the patient's shard.
 * The record kinds know nothing of it, and it knows nothing of what they hold.
 */
import type { Agent, Command, Query, RecordKind, Refusal, ViewContext } from '../../engine/record-kind.ts';
import { decideAccess } from './access-decision.ts';
import type { Action } from './access-decision.ts';
import { callerOf, factsOf, UNKNOWN_CALLER } from './facts.ts';
import type { CallerFacts } from './facts.ts';
import type { PatientAccess } from './patient-access.ts';

/**
 * `enforced`: level, activity, relationship and permission to view are checked here. `caller`: as behind the public APIs,
 * where calling systems answer for them. Seals hold either way.
 */
export type AccessControl = 'enforced' | 'caller';

/** The queries and commands that are looks at the record, by name. */
type LookTable = Readonly<Record<string, Action>>;

interface Guard {
  readonly looks: LookTable;
  readonly control: AccessControl;
}

/** Who comes through the doors of the public APIs; the house itself is not asked. */
const GUARDED = new Set([
  'user-restricted',
  'application-restricted',
  'privileged-application-restricted',
  'patient-access',
]);

export const isGuarded = ({ mode }: Pick<Agent, 'mode'>): boolean => GUARDED.has(mode);

type Verdict = { readonly kind: 'look' } | { readonly kind: 'absent' } | Refusal;

const LOOK: Verdict = { kind: 'look' };

type Wished = (Command | Query) & { readonly caller?: CallerFacts };

function verdictOn(wished: Wished, record: string, guard: Guard, context: ViewContext): Verdict {
  const action = Object.hasOwn(guard.looks, wished.name) ? guard.looks[wished.name] : undefined;
  const { agent, key, now } = context;
  if (action === undefined || !isGuarded(agent) || isElsewhere(context)) return LOOK;
  const caller = wished.caller ?? UNKNOWN_CALLER;
  const facts = factsOf(key, record, context);
  const access = context.neighbour('patient-access') as PatientAccess | null;
  const glass = access?.broken.find(({ until, user }) => user === agent.user && now < until);
  const asker = callerOf(agent, caller);
  if (guard.control === 'enforced') {
    const verdict = decideAccess(asker, facts, {
      action,
      now,
      permissionAsked: caller.permissionAsked === true,
      ...(glass === undefined ? {} : { reason: glass.reason }),
    });
    // Against dissent the record itself speaks, in the words of its API.
    const dissent = verdict.kind === 'refuse' && verdict.code === 'no-consent' && facts.permission === 'no';
    if (verdict.kind === 'refuse' && !dissent) return { kind: 'refused', code: verdict.code };
  }
  const seals = facts.seals.filter(({ author }) => !caller.workgroups.includes(author));
  if (asker.kind === 'patient' || seals.length === 0) return LOOK;
  if (seals.some(({ locked }) => locked)) return { kind: 'absent' };
  return glass === undefined ? { kind: 'refused', code: 'patient-sensitive' } : LOOK;
}

/** Merged and invalidated records answer for themselves. */
function isElsewhere({ neighbour }: ViewContext): boolean {
  const demographics = neighbour('demographics') as { annex?: { status?: string } } | null;
  return demographics?.annex?.status !== undefined;
}

function guarded(kind: RecordKind<unknown>, guard: Guard): RecordKind<unknown> {
  return {
    ...kind,
    guard(state, command, context) {
      const verdict = verdictOn(command, kind.name, guard, context);
      if (verdict.kind === 'refused') return verdict;
      if (verdict.kind === 'absent') return { kind: 'refused', code: 'patient-sensitive' };
      return kind.guard?.(state, command, context) ?? null;
    },
    view(record, query, context) {
      const verdict = verdictOn(query, kind.name, guard, context);
      if (verdict.kind === 'refused') return verdict;
      return kind.view(verdict.kind === 'absent' ? null : record, query, context);
    },
  };
}

/** By record kind. Looks at a summary are clinical; that there are flags is told to all, what they say by role. */
const LOOKS: Readonly<Record<string, LookTable>> = {
  'summary-care-record': { 'get-summary-id': 'view-summary', 'get-summary': 'view-summary' },
  'patient-flags': { 'get-flag': 'view-flags', 'show-plan': 'view-flags' },
};

/** The same kinds, with the decision before those that have looks to guard. */
export const guardedKinds = (
  kinds: readonly RecordKind<unknown>[],
  control: AccessControl,
): readonly RecordKind<unknown>[] =>
  kinds.map((kind) => {
    const looks = LOOKS[kind.name];
    return looks === undefined ? kind : guarded(kind, { looks, control });
  });
