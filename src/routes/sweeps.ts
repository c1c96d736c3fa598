/**
 * Notices who tries numbers or names one after the other: every user (or app) has a budget of records that were not
 * there, every user one of searches. Whoever has used his up waits, and the journal says so.
 */
import { noteDenial } from './identity/oauth-call.ts';
import type { Grant } from './grant.ts';
import { MAX_BUCKETS, MISSES_AN_HOUR, SEARCHES_AN_HOUR, SWEEP_LOCK_MS } from './limits.ts';
import type { RequestContext } from './request-context.ts';
import type { WireRefusal } from './service.ts';

const HOUR_MS = 3_600_000;

/** By bearer, until when; learnt by this isolate from its own look at the shared budgets. */
const locked = new Map<string, number>();

const bearerOf = (grant: Grant): string => `${grant.app.id}/${grant.user ?? ''}`;

export function lockedOut(grant: Grant, now: number): WireRefusal | null {
  const until = locked.get(bearerOf(grant));
  if (until === undefined || now >= until) return null;
  return {
    kind: 'refused',
    code: 'rate-limited',
    gateway: true,
    retryAfterSeconds: (until - now) / 1_000,
    diagnostics: `Your application, ${grant.app.name}, has created a spike in traffic and is being rate limited. Please reduce the frequency of your requests.`,
  };
}

/** To be called when a request was answered. */
export async function noteSweep(context: RequestContext, grant: Grant, status: number): Promise<void> {
  if (context.method !== 'GET') return;
  if (status === 404) return spend(context, grant, 'misses', MISSES_AN_HOUR);
  const searches = status === 200 && grant.user !== undefined && /\/Patient\?/.test(context.request.url);
  if (searches) await spend(context, grant, 'searches', SEARCHES_AN_HOUR);
}

async function spend(context: RequestContext, grant: Grant, budget: string, anHour: number): Promise<void> {
  const bearer = bearerOf(grant);
  const quota = { most: anHour, perMillisecond: anHour / HOUR_MS };
  const answer = await context.spine.identity.takeRate(`${budget}/${bearer}`, quota, 1).catch(() => null);
  if (answer === null || answer.granted > 0) return;
  if (locked.size >= MAX_BUCKETS) locked.clear();
  locked.set(bearer, context.now + SWEEP_LOCK_MS);
  await noteDenial(context, {
    code: `sweep-suspected ${budget}`,
    client: grant.app.id,
    requestId: crypto.randomUUID(),
    grant,
  });
}
