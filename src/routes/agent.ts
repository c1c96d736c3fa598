/** Who acts, for the journal and for the rules: what the token says, and where the request came from. */
import type { Agent } from '../engine/record-kind.ts';
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

export function auditedAgent(
  context: RequestContext,
  grant: Grant,
  who: { mode: string; role?: string },
): AuditedAgent {
  const { headers } = context.request;
  const organization = headers.get('NHSD-End-User-Organisation-ODS');
  const address = headers.get('CF-Connecting-IP');
  const asid = asidOf(context, grant);
  return {
    client: grant.app.id,
    mode: who.mode,
    rights: rightsOf(grant),
    ...(grant.user === undefined ? {} : { user: grant.user }),
    ...(who.role === undefined ? {} : { role: who.role }),
    ...(organization !== null && ODS_CODE.test(organization) ? { organization } : {}),
    ...(asid === undefined ? {} : { asid }),
    ...(address !== null && ADDRESS.test(address) ? { address } : {}),
    ...(context.correlationId === null ? {} : { correlationId: context.correlationId }),
  };
}
