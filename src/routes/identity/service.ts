/** The token service: its endpoints on one screen, at `/oauth2` and, where nobody is real, at `/oauth2-mock`. */
import { isOauthRefusal, oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { mediaType, readText } from '../body.ts';
import { BODY_TIMEOUT_MS, MAX_FORM_BYTES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import type { Outgoing } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { StandingUnknown } from '../standing.ts';
import { authorize, isSandbox } from './authorize.ts';
import { backchannelLogout } from './backchannel-logout.ts';
import { callback } from './callback.ts';
import { errorAnswer, fieldOf, NO_BODY, noteDenial, sendOauth } from './oauth-call.ts';
import type { OauthCall, OauthHandler } from './oauth-call.ts';
import { ping, status } from './pages.ts';
import { token } from './token.ts';
import { userinfo } from './userinfo.ts';

interface Endpoint {
  readonly methods: readonly string[];
  readonly handler: OauthHandler;
}

/** What is not here does not exist: no jwks, no introspect, no revoke. */
const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/authorize', { methods: ['GET'], handler: authorize }],
  ['/callback', { methods: ['GET'], handler: callback }],
  ['/token', { methods: ['POST'], handler: token }],
  ['/userinfo', { methods: ['GET'], handler: userinfo }],
  ['/backchannel_logout', { methods: ['POST'], handler: backchannelLogout }],
  ['/_ping', { methods: ['GET', 'HEAD'], handler: ping }],
  ['/_status', { methods: ['GET', 'HEAD'], handler: status }],
]);

const FORM = 'application/x-www-form-urlencoded';

/** The fields of a query or a form; of a repeated one the first counts. */
function fieldsIn(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) if (!fields.has(name)) fields.set(name, value);
  return fields;
}

async function fieldsOf(context: RequestContext): Promise<ReadonlyMap<string, string> | OauthRefusal> {
  const { request } = context;
  if (context.method !== 'POST') return fieldsIn(new URL(request.url).search);
  // Credentials in an address would end up in logs: a form is read from the body alone.
  if (mediaType(request.headers.get('Content-Type')) !== FORM) return oauthRefusal('content_type');
  const body = await readText(request, { bytes: MAX_FORM_BYTES, milliseconds: BODY_TIMEOUT_MS });
  if (body.kind === 'fault') return oauthRefusal(body.fault === 'too-large' ? 'body_too_large' : 'body_unreadable');
  return fieldsIn(body.text);
}

async function answer(context: RequestContext, basePath: string, endpoint: Endpoint | undefined): Promise<Answer> {
  const messageId = crypto.randomUUID();
  const fields = endpoint === undefined ? oauthRefusal('not_found') : await fieldsOf(context);
  if (isOauthRefusal(fields)) return errorAnswer(fields, messageId);
  const call: OauthCall = { context, basePath, mock: basePath !== '/oauth2', messageId, fields };
  const result = endpoint === undefined ? oauthRefusal('not_found') : await handled(endpoint, call);
  if (!isOauthRefusal(result)) return result;
  const client = 'client' in result && typeof result.client === 'string' ? result.client : fieldOf(call, 'client_id');
  await noteDenial(context, { code: result.id, client, requestId: messageId });
  return errorAnswer(result, messageId);
}

/** An actor that does not answer lets nobody in. */
async function handled(endpoint: Endpoint, call: OauthCall) {
  try {
    return await endpoint.handler(call);
  } catch (error) {
    const silent = error instanceof StandingUnknown || (error instanceof Error && error.name === 'IdentityUnavailable');
    if (silent) return oauthRefusal('unavailable');
    throw error;
  }
}

async function handle(context: RequestContext, routed: Routed, basePath: string): Promise<Outgoing> {
  const exists = basePath === '/oauth2' || isSandbox({ context });
  const endpoint = exists ? ENDPOINTS.get(routed.suffix) : undefined;
  if (endpoint !== undefined && !endpoint.methods.includes(context.method)) {
    return sendOauth(context, NO_BODY(405, { Allow: endpoint.methods[0] ?? '' }));
  }
  const result = await answer(context, basePath, endpoint);
  return sendOauth(context, context.method === 'HEAD' ? { ...result, body: null } : result);
}

const serviceAt = (basePath: string): Service => ({
  basePath,
  handle: (context, routed) => handle(context, routed, basePath),
  broken: (context, reference) => sendOauth(context, errorAnswer(oauthRefusal('broken'), reference)),
});

export const oauth = serviceAt('/oauth2');
export const oauthMock = serviceAt('/oauth2-mock');
