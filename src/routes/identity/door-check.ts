/**
 * GET /care-identity/door/key and /legacy: whom the two doors without tokens of ours would let in. For those who try their
 * client against a test deployment; it exists where nobody is real.
 */
import { admitByKey } from '../access.ts';
import { noteAdmission } from '../denials.ts';
import type { Grant } from '../grant.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { isSandbox } from './authorize.ts';
import { admitLegacy } from './legacy-door.ts';

const told = ({ app, authentication, scopes, user }: Grant): Answer =>
  json(200, { app: app.id, user: user ?? null, authentication: authentication ?? null, scopes });

async function byKey(context: RequestContext): Promise<Answer> {
  const grant = await admitByKey(context);
  if (grant.kind === 'refused') return json(grant.code === 'timeout' ? 503 : 401, { error: 'Invalid Api Key' });
  noteAdmission(context, grant);
  return told(grant);
}

function legacy(context: RequestContext): Answer {
  const admitted = admitLegacy(context);
  if (admitted === null) return json(401, { error: 'AUTHOR_CREDENTIALS_ERROR' });
  noteAdmission(context, admitted.grant);
  return told(admitted.grant);
}

async function answer(context: RequestContext, { suffix }: Routed): Promise<Answer> {
  if (!isSandbox({ context }) || (suffix !== '/key' && suffix !== '/legacy')) return json(404, { error: 'Not found' });
  if (context.method !== 'GET') return { ...json(405, { error: 'Method not allowed' }), headers: { Allow: 'GET' } };
  return suffix === '/key' ? byKey(context) : legacy(context);
}

export const doorCheck: Service = {
  basePath: '/care-identity/door',
  handle: async (context, routed) => respond(context, await answer(context, routed)),
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
