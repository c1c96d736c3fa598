/** Child protection: what a local authority shares about a child, and who has looked at it. */
import type { Flag } from 'fhir/r4';
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import type { RecordPlan } from './commands.ts';
import { CATEGORY_SYSTEM, CHILD_PROTECTION, FLAG_CODES } from './flag-codes.ts';
import { RING } from './flags-state.ts';
import type { PatientFlags, PlanAccess, ProtectionPlan } from './flags-state.ts';
import { refuse } from './refusals.ts';

const ACCESS = 'urn:edge-spine:protection-plan-access';

/** The flag as everyone sees it: that there is a plan. */
export const planFlag = (nhsNumber: string): Flag => ({
  resourceType: 'Flag',
  id: 'child-protection',
  status: 'active',
  code: {
    coding: [{ system: CATEGORY_SYSTEM, code: CHILD_PROTECTION, display: FLAG_CODES[CHILD_PROTECTION].display }],
  },
  subject: { reference: `Patient/${nhsNumber}` },
});

export function decidePlan(state: PatientFlags, { plan }: RecordPlan): Decision<PatientFlags> {
  const { plan: _former, ...rest } = state;
  const next = plan === null ? rest : { ...rest, plan };
  return { kind: 'accepted', state: next, outbox: [], reply: { body: '[]' } };
}

/** The plan and the care team, with the accesses before this one. */
export function decideShowPlan(state: PatientFlags, { agent, key, now }: DecisionContext): Decision<PatientFlags> {
  const { plan } = state;
  if (plan === undefined) return refuse('RESOURCE_NOT_FOUND', `The patient has no ${CHILD_PROTECTION}`);
  const access: PlanAccess = { at: now, organization: agent.organization ?? '', role: agent.role ?? agent.mode };
  const accesses = [access, ...state.accesses].slice(0, RING);
  const body = JSON.stringify([detailedFlag(plan, key, state.accesses), careTeam(plan, key)]);
  return { kind: 'accepted', state: { ...state, accesses }, outbox: [], reply: { body } };
}

function detailedFlag({ end, start, type }: ProtectionPlan, key: string, accesses: readonly PlanAccess[]): object {
  const flag = planFlag(key);
  return {
    ...flag,
    extension: accesses.map(({ at, organization }) => ({
      url: ACCESS,
      extension: [
        { url: 'when', valueInstant: new Date(at).toISOString() },
        { url: 'organization', valueString: organization === '' ? 'unknown' : organization },
      ],
    })),
    code: { ...flag.code, text: type },
    period: { start, ...(end === undefined ? {} : { end }) },
  };
}

const careTeam = ({ authority, phone }: ProtectionPlan, key: string): object => ({
  resourceType: 'CareTeam',
  id: 'child-protection',
  status: 'active',
  name: authority,
  subject: { reference: `Patient/${key}` },
  telecom: [{ system: 'phone', value: phone }],
});
