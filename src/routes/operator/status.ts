/** GET /operator/status: what the back end is at, and what this isolate is set to and has answered. */
import { counters } from '../counters.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';

export async function operatorStatus(context: RequestContext): Promise<Answer> {
  const { access, build, environment } = context.settings;
  const backEnd = await context.spine.counters();
  return json(200, { access, environment, build, counters: backEnd, isolate: counters.report() });
}
