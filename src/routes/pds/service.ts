/** PDS: its operations on one screen, and the order in which the live API checks a request. */
import { admit } from '../access.ts';
import { organizationOf } from '../agent.ts';
import { preflight } from '../cors.ts';
import type { Grant } from '../grant.ts';
import { CREATES_PER_SECOND } from '../limits.ts';
import { apiLimit, chargeApp, limitApp, limitShared, TokenBuckets } from '../rate-limit.ts';
import type { SharedLimit } from '../rate-limit.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Routed, Service, WireRefusal } from '../service.ts';
import { accessOf, actingRole, agentOf, forbiddenInMode, PATIENT_REFUSED } from './access-modes.ts';
import type { Access } from './access-modes.ts';
import { processBundle } from './bundle.ts';
import { BASE_PATH, isRefused } from './call.ts';
import type { Handler, PdsCall } from './call.ts';
import { OPERATIONS } from './operations.ts';
import { ping } from './ping.ts';
import { badRequestId, refused, unknownError } from './refusal-table.ts';
import { status } from './status.ts';
import { targetOf } from './targets.ts';
import type { Target } from './targets.ts';

/** What is not here is not served. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map([...OPERATIONS, ['POST bundle', processBundle]]);

interface Incoming {
  readonly context: RequestContext;
  readonly routed: Routed;
  readonly target: Target;
}

async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  const target = targetOf(routed.suffix);
  const { method } = context;
  if (method === 'OPTIONS') {
    const answer = preflight(context);
    if (answer !== null) return answer;
  }
  if (method === 'GET' || method === 'HEAD') {
    if (target.name === 'ping') return ping(context);
    if (target.name === 'status') return status(context);
  }
  const call = await admitted({ context, routed, target });
  if (isRefused(call)) return refused(context, call);
  const handler = HANDLERS.get(`${method} ${target.name}`);
  if (handler === undefined) return refused(context, unserved(method));
  const result = await handler(call);
  return isRefused(result) ? refused(context, result) : respond(context, result);
}

const unserved = (method: string): WireRefusal => ({
  kind: 'refused',
  code: method === 'OPTIONS' ? 'preflight-expected' : 'UNSUPPORTED_SERVICE',
});

/** Token, rate, level of proof, path, form of the request id, role, mode, presence of the request id: in this order. */
async function admitted(incoming: Incoming): Promise<PdsCall | WireRefusal> {
  const { context } = incoming;
  const grant = await admit(context);
  if (grant.kind === 'refused') return grant;
  const limited = grant.open ? null : await rateLimited(incoming, grant);
  if (limited !== null) return limited;
  const access = accessOf(grant);
  if (access.kind === 'unproven') return PATIENT_REFUSED;
  if (access.kind === 'stranger') return NOT_OUR_TOKEN;
  if (isUnknown(incoming)) return unsupportedPath(incoming.routed.suffix);
  return checked(incoming, grant, access);
}

/** The base itself takes Bundles and nothing else. */
const isUnknown = ({ context, target }: Incoming): boolean =>
  target.name === 'unknown' || (target.name === 'bundle' && context.method !== 'POST');

function checked({ context, routed, target }: Incoming, grant: Grant, access: Access): PdsCall | WireRefusal {
  const { requestId } = context;
  if (requestId !== null && !isRequestId(requestId)) return gateway('INVALID_VALUE', badRequestId(requestId));
  const { headers } = context.request;
  const role = actingRole(access, grant, headers.get('NHSD-Session-URID'));
  if (typeof role === 'object') return role;
  const forbidden = forbiddenInMode(access.mode, { method: context.method, target, query: routed.query }, grant);
  if (forbidden !== null) return forbidden;
  if (requestId === null) return MISSING_REQUEST_ID;
  const organization = organizationOf(context, grant, role);
  return {
    context,
    agent: agentOf(access, grant, {
      ...(role === undefined ? {} : { role }),
      ...(organization === undefined ? {} : { organization }),
    }),
    mode: access.mode,
    requestId,
    id: 'id' in target ? target.id : '',
    query: routed.query,
    charge: async (calls) => {
      if (!grant.open) await chargeApp(context.limiter ?? ownBuckets, grant.app, calls);
    },
    forbids: (wish) => forbiddenInMode(access.mode, wish, grant),
  };
}

const gateway = (code: string, diagnostics: string): WireRefusal => ({
  kind: 'refused',
  code,
  diagnostics,
  gateway: true,
});

const MISSING_REQUEST_ID: WireRefusal = {
  kind: 'refused',
  code: 'MISSING_VALUE',
  diagnostics: 'Invalid request with error - X-Request-ID header must be supplied to access this resource',
};

const NOT_OUR_TOKEN = gateway('unauthorised', 'Invalid Access Token');

const unsupportedPath = (suffix: string): WireRefusal =>
  gateway('UNSUPPORTED_REQUEST', `Unsupported path - '${suffix.slice(0, 256)}'`);

const CREATES: SharedLimit = {
  bucket: 'pds/create',
  perSecond: CREATES_PER_SECOND,
  diagnostics: 'There have been too many Create Patient requests. Please try again later.',
};

const ownBuckets = new TokenBuckets();

async function rateLimited({ context, target }: Incoming, grant: Grant): Promise<WireRefusal | null> {
  const { now, settings } = context;
  const limiter = context.limiter ?? ownBuckets;
  const app = await limitApp(limiter, grant.app, now);
  if (app !== null) return app;
  if (settings.apiRate > 0) {
    const api = await limitShared(limiter, apiLimit(settings.apiRate), now);
    if (api !== null) return api;
  }
  const creates = context.method === 'POST' && target.name === 'patients';
  return creates ? limitShared(limiter, CREATES, now) : null;
}

export const pds: Service = {
  basePath: BASE_PATH,
  handle,
  overloaded: (context, retryAfterSeconds) => refused(context, { kind: 'refused', code: 'timeout', retryAfterSeconds }),
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: unknownError(reference) }),
};
