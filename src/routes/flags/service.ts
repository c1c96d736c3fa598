/** Patient flags: the operations on one screen, and the order in which a request is checked. */
import { missing } from '../../domain/flags/refusals.ts';
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import type { Grant } from '../grant.ts';
import { holdsStatusKey, pingPage, statusPage } from '../platform-pages.ts';
import { TokenBuckets, limitApp, limitShared } from '../rate-limit.ts';
import type { SharedLimit } from '../rate-limit.ts';
import { callerFacts, isRefused } from '../record-call.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER, actingRole } from '../worker-access.ts';
import { BAD_ROLE, accessMode, forbiddenInMode } from './access-modes.ts';
import { BASE_PATH } from './call.ts';
import type { FlagsCall, Handler } from './call.ts';
import { createCondition, createFlag, createInTransaction } from './create-flag.ts';
import { REQUESTS_PER_SECOND } from './limits.ts';
import { refused } from './refusal-table.ts';
import { removeCondition, removeFlag, removeSupportingFlag } from './remove-flag.ts';
import { searchFlags } from './search-flags.ts';

/** What is not here is not served. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map([
  ['GET /Flag', searchFlags],
  ['POST /Flag', createFlag],
  ['DELETE /Flag', removeFlag],
  ['DELETE /Flag/:id', removeSupportingFlag],
  ['POST /Condition', createCondition],
  ['DELETE /Condition/:id', removeCondition],
  ['POST /', createInTransaction],
]);

const UNSERVED: WireRefusal = { kind: 'refused', code: 'UNSUPPORTED_SERVICE' };

async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  const { method } = context;
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && routed.suffix === '/_ping') return pingPage(context);
  if (reads && routed.suffix === '/_status') {
    if (holdsStatusKey(context)) return statusPage(context);
    return refused(context, { kind: 'refused', code: 'invalid-api-key', gateway: true });
  }
  const call = await admitted(context, routed);
  if (isRefused(call)) return refused(context, call);
  const [, path, id] = /^(\/[A-Za-z]*)(?:\/([A-Za-z0-9.-]{1,64}))?$/.exec(routed.suffix || '/') ?? [];
  const handler = HANDLERS.get(`${method} ${path}${id === undefined ? '' : '/:id'}`);
  const result = handler === undefined ? UNSERVED : await handler({ ...call, id: id ?? '' });
  return isRefused(result) ? refused(context, result) : respond(context, result);
}

/** Token, rate, mode, role, request id: in this order. */
async function admitted(context: RequestContext, { query }: Routed): Promise<FlagsCall | WireRefusal> {
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  const limited = await rateLimited(context, grant);
  if (limited !== null) return limited;
  const mode = accessMode(grant);
  if (mode === null) return STRANGER;
  const forbidden = forbiddenInMode(mode, context.method);
  if (forbidden !== null) return forbidden;
  const role = actingRole(mode, grant, context.request.headers.get('NHSD-Session-URID'));
  if (role === null) return BAD_ROLE;
  const { requestId } = context;
  if (requestId === null) return missing('X-Request-ID');
  if (!isRequestId(requestId)) {
    return { kind: 'refused', code: 'INVALID_VALUE', diagnostics: "Invalid value in header 'X-Request-ID'" };
  }
  const agent = auditedAgent(context, grant, role === undefined ? { mode } : { mode, role });
  return { context, agent, requestId, query, caller: callerFacts(context, grant, role), id: '' };
}

const SERVICE_LIMIT: SharedLimit = {
  bucket: 'flags',
  perSecond: REQUESTS_PER_SECOND,
  diagnostics: 'This API is currently receiving a high volume of requests and is being rate limited.',
};

const ownBuckets = new TokenBuckets();

/** The service's own bound stands also where access is open: it protects the shards, not the callers from each other. */
async function rateLimited(context: RequestContext, grant: Grant): Promise<WireRefusal | null> {
  const limiter = context.limiter ?? ownBuckets;
  const app = grant.open ? null : await limitApp(limiter, { ...grant.app, id: `flags/${grant.app.id}` }, context.now);
  return app ?? limitShared(limiter, SERVICE_LIMIT, context.now);
}

export const flags: Service = {
  basePath: BASE_PATH,
  handle,
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: `Message ID: ${reference}` }),
};
