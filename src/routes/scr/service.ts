/** SCR: its operations on one screen, and the order in which the live API checks a request. */
import { invalid } from '../../domain/scr/refusals.ts';
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import { mediaType } from '../body.ts';
import type { Grant } from '../grant.ts';
import { holdsStatusKey, pingPage, statusPage } from '../platform-pages.ts';
import { TokenBuckets, limitApp } from '../rate-limit.ts';
import { callerFacts, isRefused } from '../record-call.ts';
import type { RecordCall } from '../record-call.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER, actingRole } from '../worker-access.ts';
import { BAD_ROLE, accessMode, forbiddenInMode } from './access-modes.ts';
import { BASE_PATH } from './call.ts';
import type { Handler } from './call.ts';
import { getSummary } from './get-summary.ts';
import { getSummaryId } from './get-summary-id.ts';
import { QUOTA, SPIKE } from './limits.ts';
import { refused, unknownError } from './refusal-table.ts';
import { sendAlert } from './send-alert.ts';
import { setPermission } from './set-permission.ts';
import { uploadSummary } from './upload-summary.ts';

/** What is not here is not served. */
const OPERATIONS: ReadonlyMap<string, ReadonlyMap<string, Handler>> = new Map([
  [
    '/Bundle',
    new Map([
      ['GET', getSummary],
      ['POST', uploadSummary],
    ]),
  ],
  ['/DocumentReference', new Map([['GET', getSummaryId]])],
  ['/$setPermission', new Map([['POST', setPermission]])],
  ['/AuditEvent', new Map([['POST', sendAlert]])],
]);

async function handle(incoming: RequestContext, routed: Routed): Promise<Outgoing> {
  const { correlationId, method } = incoming;
  const context = { ...incoming, correlationId: correlationId || crypto.randomUUID().toUpperCase() };
  if (method === 'GET' || method === 'HEAD') {
    const page = await platformPage(context, routed.suffix);
    if (page !== null) return page;
  }
  const path = routed.suffix.replace('/%24', '/$');
  const call = await admitted(context, { ...routed, suffix: path }, correlationId !== null);
  if (isRefused(call)) return refused(context, call);
  const operations = OPERATIONS.get(path);
  if (operations === undefined) return refused(context, notFound(context));
  const handler = operations.get(method);
  if (handler === undefined) {
    const unsupported = {
      kind: 'refused',
      code: 'method-not-allowed',
      diagnostics: `Request method '${method}' not supported`,
    } as const;
    return refused(context, unsupported, [...operations.keys()].join(','));
  }
  const wrongType = method === 'POST' ? wrongContentType(context) : null;
  const result = wrongType ?? (await handler(call));
  return isRefused(result) ? refused(context, result) : respond(context, result);
}

async function platformPage(context: RequestContext, suffix: string): Promise<Outgoing | null> {
  switch (suffix) {
    case '/_ping':
      return pingPage(context);
    case '/healthcheck':
      return statusPage(context);
    case '/_status':
      if (holdsStatusKey(context)) return statusPage(context);
      return refused(context, { kind: 'refused', code: 'invalid-api-key', gateway: true });
    default:
      return null;
  }
}

const notFound = (context: RequestContext): WireRefusal => {
  const { pathname } = new URL(context.request.url);
  return { kind: 'refused', code: 'not-found', diagnostics: `${pathname} not found` };
};

function wrongContentType(context: RequestContext): WireRefusal | null {
  const sent = context.request.headers.get('Content-Type');
  if (mediaType(sent) === 'application/fhir+json') return null;
  return {
    kind: 'refused',
    code: 'unsupported-media-type',
    diagnostics: `Content type '${(sent ?? '').slice(0, 256)}' not supported`,
  };
}

/** Token, rate, mode, role: the gateway's part. Then the ids, which the service itself looks at. */
async function admitted(
  context: RequestContext,
  routed: Routed,
  correlated: boolean,
): Promise<RecordCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  const limited = grant.open ? null : await rateLimited(context, grant);
  if (limited !== null) return limited;
  const mode = accessMode(grant);
  if (mode === null) return STRANGER;
  const forbidden = forbiddenInMode(mode, context.method, routed.suffix);
  if (forbidden !== null) return forbidden;
  const role = actingRole(mode, grant, context.request.headers.get('NHSD-Session-URID'));
  if (role === null) return BAD_ROLE;
  const badId = idFault(context);
  if (badId !== null) return badId;
  const { correlationId: _made, ...agent } = auditedAgent(
    context,
    grant,
    role === undefined ? { mode } : { mode, role },
  );
  return {
    context,
    // An id made here tells the audit nothing.
    agent: correlated && context.correlationId !== null ? { ...agent, correlationId: context.correlationId } : agent,
    requestId: context.requestId || crypto.randomUUID(),
    query: routed.query,
    caller: callerFacts(context, grant, role),
  };
}

const ID_FORM = '^[0-9a-fA-F]{8}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{4}+-[0-9a-fA-F]{12}+$';

function idFault({ correlationId, requestId }: RequestContext): WireRefusal | null {
  const fault = (name: string) => invalid(`Invalid ${name}. Should be a UUIDv4 matching "${ID_FORM}"`);
  if (correlationId !== null && !isRequestId(correlationId)) return fault('X-Correlation-ID');
  return requestId === null || requestId === '' || isRequestId(requestId) ? null : fault('X-Request-ID');
}

const ownBuckets = new TokenBuckets();

function rateLimited(context: RequestContext, { app }: Grant): Promise<WireRefusal | null> {
  const own = { ...app, id: `scr/${app.id}`, quota: app.quota ?? QUOTA, spike: app.spike ?? SPIKE };
  return limitApp(context.limiter ?? ownBuckets, own, context.now);
}

export const scr: Service = {
  basePath: BASE_PATH,
  handle,
  overloaded: (context, retryAfterSeconds) =>
    refused(context, { kind: 'refused', code: 'overloaded', retryAfterSeconds }),
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: unknownError(reference), gateway: true }),
};
