/** GET or HEAD /_ping: which build answers. Needs nothing and asks nobody. */
import type { RequestContext } from '../request-context.ts';
import { PLAIN_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';

export function ping(context: RequestContext): Outgoing {
  const body = context.method === 'HEAD' ? null : JSON.stringify(context.settings.build);
  return respond(context, { status: 200, body, contentType: PLAIN_JSON });
}
