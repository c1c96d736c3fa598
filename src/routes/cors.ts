/** Preflight answers of services that browsers may call. */
import type { RequestContext } from './request-context.ts';
import { PLAIN_JSON, respond } from './respond.ts';
import type { Outgoing } from './respond.ts';

const ALLOWED_HEADERS =
  'origin, x-requested-with, accept, content-type, if-match, nhsd-session-urid, authorization, x-correlation-id, x-request-id, nhsd-end-user-organisation-ods';

/** The answer to a preflight, or null where the request is none. */
export function preflight(context: RequestContext): Outgoing | null {
  const { headers } = context.request;
  const origin = headers.get('Origin');
  if (origin === null || headers.get('Access-Control-Request-Method') === null) return null;
  return respond(context, {
    status: 200,
    body: null,
    contentType: PLAIN_JSON,
    headers: {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      'Access-Control-Max-Age': '3628800',
      'Access-Control-Allow-Methods': 'GET, PUT, POST, PATCH, DELETE',
      Vary: 'Origin',
    },
  });
}
