/** One admitted request to the audit service: by a worker in a role, or by a patient about himself. */
import type { AuditorRole } from '../../domain/audit/audit-rights.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { admit } from '../access.ts';
import { likelyRole } from '../agent.ts';
import { actingProfile } from '../grant.ts';
import type { Grant } from '../grant.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import type { Query, WireRefusal } from '../service.ts';

export const BASE_PATH = '/audit/v1';

export interface AuditCall {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly role: AuditorRole;
  readonly requestId: string;
  readonly query: Query;
}

export interface OwnCall {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly nhsNumber: string;
  readonly requestId: string;
  readonly query: Query;
}

export const refuse = (code: string, diagnostics?: string): WireRefusal => ({
  kind: 'refused',
  code,
  ...(diagnostics === undefined ? {} : { diagnostics }),
});

const AAL3 = /^user \S+ \S*nhs-cis2 aal3$/;

function requestIdOf({ requestId }: RequestContext): string | WireRefusal {
  if (requestId === null) return crypto.randomUUID();
  return isRequestId(requestId) ? requestId : refuse('INVALID_VALUE', "Invalid value in header 'X-Request-ID'");
}

const agentOf = (grant: Grant, more: Partial<Agent>): Agent => ({
  client: grant.app.id,
  mode: 'audit',
  rights: [],
  ...(grant.user === undefined ? {} : { user: grant.user }),
  ...(grant.authentication === undefined ? {} : { authentication: grant.authentication }),
  ...more,
});

/** Token, level, role, request id: in this order. What the role may do is asked by the operation. */
export async function auditor(context: RequestContext, query: Query): Promise<AuditCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  if (grant.user === undefined || !AAL3.test(grant.authentication ?? '')) return refuse('level-too-low');
  const told = context.request.headers.get('NHSD-Session-URID');
  const role = likelyRole(context, grant);
  const profile = actingProfile(grant, role);
  if (profile === undefined || (told !== null && told !== role)) return refuse('no-such-role');
  const requestId = requestIdOf(context);
  if (typeof requestId !== 'string') return requestId;
  const agent = agentOf(grant, { role: profile.id, organization: profile.organization });
  return { context, agent, role: profile, requestId, query };
}

/** Levels of trust that are good enough for a patient's own record. */
const TRUSTED = new Set(['P9.Cp.Cd', 'P9.Cp.Ck', 'P9.Cm']);
const P9 = /^user \S+ \S*nhs-login p9$/i;

/** A patient of full proof, for himself: nobody in his place. */
export async function patient(context: RequestContext, query: Query): Promise<OwnCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  const { actor, authentication = '', nhsNumber, vot = '' } = grant;
  const proven = P9.test(authentication) && TRUSTED.has(vot) && actor === undefined;
  if (nhsNumber === undefined || !proven) return refuse('not-own-record');
  const requestId = requestIdOf(context);
  if (typeof requestId !== 'string') return requestId;
  const agent = agentOf(grant, { mode: 'patient-access', subject: nhsNumber });
  return { context, agent, nhsNumber, requestId, query };
}

/** The look into the audit is itself in the audit. False: it could not be written down, so nothing may be shown. */
export async function noteLook(
  { agent, context, requestId }: Pick<AuditCall, 'agent' | 'context' | 'requestId'>,
  action: string,
  about: string,
): Promise<boolean> {
  const key = `denial/${about === '' ? requestId.slice(0, 4) : about}`;
  const command = { name: action, code: 'found' };
  const outcome = await context.spine.identity.submit('edge-access', key, command, { agent, requestId });
  context.trace.noted = outcome.kind === 'refused';
  return context.trace.noted;
}
