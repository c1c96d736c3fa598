/** What the access decision needs, read from the records of one patient's shard without knowing their rules. */
import type { Agent, ViewContext } from '../../engine/record-kind.ts';
import type { Caller, PatientFacts, Relationship } from './access-decision.ts';
import type { PatientAccess } from './patient-access.ts';

/** What the registration of the worker and the token say about who asks; the agent says the rest. */
export interface CallerFacts {
  /** aal1 … aal3, p0 … p9, level3; '' where it is not known. */
  readonly level: string;
  readonly activities: readonly string[];
  readonly workgroups: readonly string[];
  /** The patient said yes, here and now. */
  readonly permissionAsked?: boolean;
}

export const UNKNOWN_CALLER: CallerFacts = { level: '', activities: [], workgroups: [] };

export function callerOf(agent: Agent, { activities, level, workgroups }: CallerFacts): Caller {
  return {
    kind: kindOf(agent),
    level,
    activities,
    workgroups,
    ...(agent.user === undefined ? {} : { user: agent.user }),
    ...(agent.organization === undefined ? {} : { organization: agent.organization }),
    ...(agent.subject === undefined ? {} : { subject: agent.subject }),
  };
}

function kindOf({ actor, mode, user }: Agent): Caller['kind'] {
  if (mode === 'patient-access') return actor === undefined ? 'patient' : 'proxy';
  return user === undefined ? 'application' : 'worker';
}

type Around = Pick<ViewContext, 'key' | 'neighbour' | 'now'>;

const PERMISSIONS: Readonly<Record<string, PatientFacts['permission']>> = { Yes: 'yes', No: 'no', Ask: 'ask' };

/** `record`: whose seals count; null: those of all. Whoever has set no permission wants to be asked. */
export function factsOf(nhsNumber: string, record: string | null, { neighbour }: Around): PatientFacts {
  const access = neighbour('patient-access') as PatientAccess | null;
  const summary = neighbour('summary-care-record') as { permission?: { code: string } } | null;
  const demographics = neighbour('demographics') as {
    annex?: { confidentiality?: string };
    resource?: { generalPractitioner?: readonly { identifier?: { value?: string } }[] };
  } | null;
  const practice = demographics?.resource?.generalPractitioner?.[0]?.identifier?.value;
  // Whoever is registered with a practice has a relationship with it.
  const registered: readonly Relationship[] = practice === undefined ? [] : [{ party: practice, from: 0 }];
  return {
    nhsNumber,
    security: demographics?.annex?.confidentiality === 'R' ? 'R' : 'U',
    permission: PERMISSIONS[summary?.permission?.code ?? 'Ask'] ?? 'ask',
    relationships: [...registered, ...(access?.relationships ?? [])],
    seals: (access?.seals ?? []).filter((seal) => record === null || seal.record === record),
    proxies: [],
    optedOut: access?.optedOut === true,
  };
}

export function isRelatedNow(caller: Caller, around: Around): boolean {
  const { relationships } = factsOf(around.key, null, around);
  const parties = [caller.user, caller.organization, ...caller.workgroups];
  return relationships.some(
    ({ from, party, to = Infinity }) => from <= around.now && around.now < to && parties.includes(party),
  );
}
