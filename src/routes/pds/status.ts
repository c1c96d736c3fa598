/** GET or HEAD /_status: whether a shard answers, for monitors that hold the status key. */
import type { Agent } from '../../engine/record-kind.ts';
import type { RequestContext } from '../request-context.ts';
import { PLAIN_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import { DEMOGRAPHICS } from './call.ts';
import { refused } from './refusal-table.ts';

/** Kept free of people by the public test ranges; whether it exists does not matter, only that a shard says so. */
const PROBE = '9999999999';
const MONITOR: Agent = { client: 'status', mode: 'status', rights: [] };

async function shardAnswers(context: RequestContext): Promise<boolean> {
  const { patients } = context.spine;
  try {
    const outcome = await patients.read(
      DEMOGRAPHICS,
      PROBE,
      { name: 'get-patient' },
      { agent: MONITOR, requestId: 'status', purpose: 'sweep' },
    );
    return outcome.kind !== 'unavailable';
  } catch {
    return false;
  }
}

export async function status(context: RequestContext): Promise<Outgoing> {
  const key = context.request.headers.get('apikey') ?? '';
  if (!sameSecret(key, context.settings.statusKey)) {
    return refused(context, { kind: 'refused', code: 'invalid-api-key', gateway: true });
  }
  const outcome = (await shardAnswers(context)) ? 'pass' : 'fail';
  const body = JSON.stringify({ status: outcome, ...context.settings.build, checks: { shards: { status: outcome } } });
  return respond(context, { status: 200, body: context.method === 'HEAD' ? null : body, contentType: PLAIN_JSON });
}
