/** The Worker as it is deployed, over a D1 that fails on command and an edge that loses answers: an entry for tests only. */
import type { Env } from '../../../src/actors/environment.ts';
import worker from '../../../src/index.ts';
import * as actors from '../../../src/index.ts';
import { faultyDatabase, plan } from './faulty-database.ts';
import type { FaultPlan } from './faulty-database.ts';

export { CoordinatorShard, IdentityShard, MailboxShard, NumberAllocator } from '../../../src/index.ts';

const faultyEnvs = new WeakMap<Env, Env>();

function faulty(env: Env): Env {
  const known = faultyEnvs.get(env) ?? { ...env, NATIONAL_0: faultyDatabase(env.NATIONAL_0) };
  faultyEnvs.set(env, known);
  return known;
}

export class PatientShard extends actors.PatientShard {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env));
  }
}

export class LocatorShard extends actors.LocatorShard {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env));
  }
}

export class RegistrationShard extends actors.RegistrationShard {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env));
  }
}

/** POST sets the plan, GET tells it; /copies: what D1 holds of each patient, asked of D1 alone. */
async function control(request: Request, env: Env): Promise<Response> {
  if (request.url.endsWith('/copies')) {
    const { results } = await env.NATIONAL_0.prepare(
      `SELECT key, epoch, version FROM record_copies WHERE kind = 'demographics'`,
    ).all();
    return Response.json(results);
  }
  if (request.method === 'POST') Object.assign(plan, await request.json<Partial<FaultPlan>>());
  return Response.json(plan);
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname.startsWith('/__fault')) return control(request, env);
    const response = await worker.fetch(request, faulty(env), ctx);
    if (plan.loseReplies > 0 && request.method !== 'GET') {
      plan.loseReplies -= 1;
      throw new Error('the edge died before it answered');
    }
    return response;
  },
} satisfies ExportedHandler<Env>;
