/** The pages every service has beside its operations: which build answers, and whether a shard does. */
import type { Agent } from '../engine/record-kind.ts';
import type { RequestContext } from './request-context.ts';
import { PLAIN_JSON, respond } from './respond.ts';
import type { Outgoing } from './respond.ts';
import { sameSecret } from './secrets.ts';

/** Kept free of people by the public test ranges; whether it exists does not matter, only that a shard says so. */
const PROBE = '9999999999';
const MONITOR: Agent = { client: 'status', mode: 'status', rights: [] };

/** GET or HEAD /_ping: needs nothing and asks nobody. */
export function pingPage(context: RequestContext): Outgoing {
  const body = context.method === 'HEAD' ? null : JSON.stringify(context.settings.build);
  return respond(context, { status: 200, body, contentType: PLAIN_JSON });
}

export async function shardAnswers(context: RequestContext): Promise<boolean> {
  const options = { agent: MONITOR, requestId: 'status', purpose: 'sweep' } as const;
  try {
    const outcome = await context.spine.patients.read('demographics', PROBE, { name: 'get-confidentiality' }, options);
    return outcome.kind !== 'unavailable';
  } catch {
    return false;
  }
}

export const holdsStatusKey = (context: RequestContext): boolean =>
  sameSecret(context.request.headers.get('apikey') ?? '', context.settings.statusKey);

/** GET or HEAD /_status and the health check: always 200, the body tells. */
export async function statusPage(context: RequestContext): Promise<Outgoing> {
  const outcome = (await shardAnswers(context)) ? 'pass' : 'fail';
  const body = JSON.stringify({ status: outcome, ...context.settings.build, checks: { shards: { status: outcome } } });
  return respond(context, { status: 200, body: context.method === 'HEAD' ? null : body, contentType: PLAIN_JSON });
}
