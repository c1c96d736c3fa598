/** The Worker: requests go to the router; the actor classes are exported for the platform. No logic here. */
import { waitUntil } from 'cloudflare:workers';
import { durability } from './actors/durability.ts';
import { auditTrails } from './actors/audit-trails.ts';
import { identityShards } from './actors/identity-shards.ts';
import { mailboxes } from './actors/mailboxes.ts';
import { meshPayloadStore } from './actors/mesh-payload-store.ts';
import { patientShards, registrations } from './actors/stubs.ts';
import { nationalDatabases } from './actors/national.ts';
import { nationalSearch } from './actors/national-search.ts';
import { payloads } from './actors/payloads.ts';
import { prescriptions } from './actors/prescriptions.ts';
import { roleDirectory } from './actors/role-directory.ts';
import { shardCounters } from './actors/shard-status.ts';
import { transactions } from './actors/transactions.ts';
import type { Env } from './actors/environment.ts';
import { shardCount, shardOf } from './actors/addresses.ts';
import { shedding } from './actors/shedding.ts';
import { Gate } from './routes/gate.ts';
import { LeasedLimiter } from './routes/leased-limiter.ts';
import { route } from './routes/router.ts';
import type { Spine } from './routes/service.ts';
import { isSession, openSession } from './routes/session/door.ts';
import { settingsOf } from './routes/settings.ts';

export { CoordinatorShard } from './actors/coordinator-shard.ts';
export { IdentityShard } from './actors/identity-shard.ts';
export { LocatorShard } from './actors/locator-shard.ts';
export { MailboxShard } from './actors/mailbox-shard.ts';
export { NumberAllocator } from './actors/number-allocator.ts';
export { OrganizationShard } from './actors/organization-shard.ts';
export { PatientShard } from './actors/patient-shard.ts';
export { RegistrationShard } from './actors/registration-shard.ts';

const spines = new WeakMap<Env, Spine>();

/** The bindings are one object per isolate: what stands on them is made once. */
function spineOf(env: Env): Spine {
  const known = spines.get(env);
  if (known) return known;
  const national = nationalDatabases(env);
  const spine: Spine = {
    patients: patientShards(env, waitUntil),
    registrations: registrations(env),
    transactions: transactions(env),
    identity: identityShards(env),
    mailboxes: mailboxes(env, waitUntil),
    meshPayloads: meshPayloadStore(env),
    national,
    search: nationalSearch(national, waitUntil),
    payloads: payloads(env),
    prescriptions: prescriptions(env),
    roles: roleDirectory(env),
    durability: durability(env),
    trails: auditTrails(env),
    counters: () => shardCounters(env),
  };
  spines.set(env, spine);
  return spine;
}

const limiters = new WeakMap<Spine, LeasedLimiter>();

function limiterOf(spine: Spine): LeasedLimiter {
  const limiter = limiters.get(spine) ?? new LeasedLimiter(spine.identity);
  limiters.set(spine, limiter);
  return limiter;
}

const gates = new WeakMap<Env, Gate>();

function gateOf(env: Env): Gate {
  const known = gates.get(env);
  if (known) return known;
  const shards = shardCount(env);
  const gate = new Gate({
    shardOf: (key) => shardOf(key, shards),
    retryAfterSeconds: () => shedding.retryAfterSeconds(),
    note: (refused) => shedding.note(refused),
  });
  gates.set(env, gate);
  return gate;
}

export default {
  fetch: (request, env, ctx) => {
    const spine = spineOf(env);
    const later = (work: Promise<unknown>) => ctx.waitUntil(work);
    const surroundings = { spine, settings: settingsOf(env), limiter: limiterOf(spine), gate: gateOf(env), later };
    if (isSession(request)) return openSession(request, surroundings);
    return route(request, { ...surroundings, now: Date.now() });
  },
} satisfies ExportedHandler<Env>;
