/** Who acts, for the journal and for the rules: what the token says, and where the request came from. */
import type { Agent } from '../engine/record-kind.ts';
import { actingProfile } from './grant.ts';
import type { Grant } from './grant.ts';
import type { RequestContext } from './request-context.ts';

/** Beside the agent, for the audit alone. */
export interface AuditedAgent extends Agent {
  readonly asid?: string;
  readonly address?: string;
  readonly correlationId?: string;
}

const ODS_CODE = /^[A-Za-z0-9]{3,10}$/;
const ASID = /^[0-9]{12}$/;
const ADDRESS = /^[0-9A-Fa-f.:]{3,45}$/;

const NO_RIGHTS: readonly string[] = [];
const rights = new WeakMap<Grant, readonly string[]>();

/** Names of the attributes that the app's registration sets to true; worked out once per token. */
function rightsOf(grant: Grant): readonly string[] {
  if (grant.open) return NO_RIGHTS;
  let known = rights.get(grant);
  if (known === undefined) {
    known = Object.entries(grant.app.attributes).flatMap(([name, value]) => (value === 'true' ? [name] : []));
    rights.set(grant, known);
  }
  return known;
}

/** The number of the calling system: from its registration; where access is open, from the header. */
export function asidOf(context: RequestContext, grant: Grant): string | undefined {
  const asid = grant.open ? context.request.headers.get('NHSD-ASID') : grant.app.attributes['asid'];
  return typeof asid === 'string' && ASID.test(asid) ? asid : undefined;
}

/** That of the role that acts, where it is registered; otherwise what the request says. */
export function organizationOf(context: RequestContext, grant: Grant, role: string | undefined): string | undefined {
  const registered = actingProfile(grant, role)?.organization;
  const told = registered ?? context.request.headers.get('NHSD-End-User-Organisation-ODS');
  return told !== null && ODS_CODE.test(told) ? told : undefined;
}

/** The role a request acts in, as far as it can be told before the service has checked it. */
export function likelyRole(context: RequestContext, { roles }: Grant): string | undefined {
  const told = context.request.headers.get('NHSD-Session-URID');
  return roles.find((role) => role === told) ?? (roles.length === 1 ? roles[0] : undefined);
}

export function auditedAgent(
  context: RequestContext,
  grant: Grant,
  who: { mode: string; role?: string },
): AuditedAgent {
  const { headers } = context.request;
  const organization = organizationOf(context, grant, who.role);
  const address = headers.get('CF-Connecting-IP');
  const asid = asidOf(context, grant);
  return {
    client: grant.app.id,
    mode: who.mode,
    rights: rightsOf(grant),
    ...(grant.user === undefined ? {} : { user: grant.user }),
    ...(who.role === undefined ? {} : { role: who.role }),
    ...(organization === undefined ? {} : { organization }),
    ...(grant.authentication === undefined ? {} : { authentication: grant.authentication }),
    ...(grant.actor === undefined ? {} : { actor: grant.actor }),
    ...(asid === undefined ? {} : { asid }),
    ...(address !== null && ADDRESS.test(address) ? { address } : {}),
    ...(context.correlationId === null ? {} : { correlationId: context.correlationId }),
  };
}
