/** EPS: one service under three base paths, and the order in which the live API checks a request. */
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import { mediaType } from '../body.ts';
import type { Grant } from '../grant.ts';
import { holdsStatusKey, pingPage, statusPage } from '../platform-pages.ts';
import { TokenBuckets, limitApp } from '../rate-limit.ts';
import { callerFacts, isRefused } from '../record-call.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER, accessMode, actingRole } from './access-modes.ts';
import type { EpsCall, Family } from './call.ts';
import { QUOTA } from './limits.ts';
import { metadata } from './metadata.ts';
import { OPERATIONS } from './operations.ts';
import { outcome } from './outcome.ts';
import { isPoll, polled } from './poll.ts';
import { refused, unauthorisedText } from './refusal-table.ts';
import { switchFault } from './switches.ts';

const FHIR_BASE = '/FHIR/R4';

async function handle(family: Family, context: RequestContext, routed: Routed): Promise<Outgoing> {
  const { method } = context;
  const suffix = routed.suffix.replaceAll('%24', '$');
  const page = method === 'GET' || method === 'HEAD' ? await platformPage(family, context, suffix) : null;
  if (page !== null) return page;
  const call = await admitted(family, context, routed);
  if (isRefused(call)) return denied(family, context, call);
  const switched = switchFault(context);
  if (switched !== null) return respond(context, outcome([switched], { status: 403, now: context.now }));
  if (isPoll(method, suffix)) return respond(context, polled());
  const path = suffix.startsWith(`${FHIR_BASE}/`) ? suffix.slice(FHIR_BASE.length) : '';
  const operations = OPERATIONS[family].get(path);
  if (operations === undefined) return refused(context, { kind: 'refused', code: 'not-found' });
  const handler = operations.get(method);
  if (handler === undefined) {
    return refused(context, { kind: 'refused', code: 'method-not-allowed' }, [...operations.keys()].join(', '));
  }
  const wrongType = method === 'POST' ? wrongContentType(context) : null;
  const result = wrongType ?? (await handler(call));
  return isRefused(result) ? refused(context, result) : respond(context, result);
}

async function platformPage(family: Family, context: RequestContext, suffix: string): Promise<Outgoing | null> {
  switch (suffix) {
    case '/_ping':
      return pingPage(context);
    case '/_healthcheck':
      return statusPage(context);
    case '/_status':
      if (holdsStatusKey(context)) return statusPage(context);
      return refused(context, { kind: 'refused', code: 'invalid-api-key', gateway: true });
    case '/metadata':
      return metadata(context, family);
    default:
      return null;
  }
}

function denied(family: Family, context: RequestContext, refusal: WireRefusal): Outgoing {
  const newer = family !== 'combined' && refusal.code === 'unauthorised';
  return newer ? unauthorisedText(context, refusal) : refused(context, refusal);
}

const TYPES = new Set(['application/fhir+json', 'application/json']);

function wrongContentType(context: RequestContext): WireRefusal | null {
  const sent = context.request.headers.get('Content-Type');
  if (TYPES.has(mediaType(sent) ?? '')) return null;
  const shown = (sent ?? '').slice(0, 256);
  return { kind: 'refused', code: 'UNSUPPORTED_TYPE', diagnostics: `Content type '${shown}' not supported` };
}

/** Token, rate, mode, role, and the id of the request. */
async function admitted(family: Family, context: RequestContext, routed: Routed): Promise<EpsCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused')
    return grant.code === 'unauthorised' ? { ...grant, diagnostics: 'Invalid access token' } : grant;
  const limited = grant.open ? null : await rateLimited(context, grant);
  if (limited !== null) return limited;
  const mode = accessMode(grant);
  if (mode === null) return STRANGER;
  const role = actingRole(mode, grant, context.request.headers.get('NHSD-Session-URID'));
  if (typeof role === 'object') return role;
  const { requestId } = context;
  const badId = idFault(requestId);
  if (badId !== null || requestId === null) return badId ?? MISSING_ID;
  return {
    family,
    grant,
    context,
    agent: auditedAgent(context, grant, role === undefined ? { mode } : { mode, role }),
    requestId: requestId.toLowerCase(),
    query: routed.query,
    caller: callerFacts(context, grant, role),
  };
}

const MISSING_ID: WireRefusal = { kind: 'refused', code: 'MISSING_FIELD' };

function idFault(requestId: string | null): WireRefusal | null {
  if (requestId === null || requestId === '') return MISSING_ID;
  if (isRequestId(requestId)) return null;
  const shown = requestId.slice(0, 256);
  return { kind: 'refused', code: 'INVALID_VALUE', diagnostics: `Invalid value - '${shown}' in header 'X-Request-ID'` };
}

const ownBuckets = new TokenBuckets();

function rateLimited(context: RequestContext, { app }: Grant): Promise<WireRefusal | null> {
  const own = { ...app, id: `eps/${app.id}`, quota: app.quota ?? QUOTA };
  return limitApp(context.limiter ?? ownBuckets, own, context.now);
}

const serviceAt = (basePath: string, family: Family): Service => ({
  basePath,
  handle: (context, routed) => handle(family, context, routed),
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: `Reference ${reference}`, gateway: true }),
});

export const eps: readonly Service[] = [
  serviceAt('/electronic-prescriptions', 'combined'),
  serviceAt('/fhir-prescribing', 'prescribing'),
  serviceAt('/fhir-dispensing', 'dispensing'),
];
