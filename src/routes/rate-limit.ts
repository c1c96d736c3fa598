/** How often an application may call: token buckets, per isolate unless an exact limiter is given. */
import type { App, Quota } from './grant.ts';
import { DEFAULT_REQUESTS_PER_SECOND, MAX_BUCKETS } from './limits.ts';
import type { WireRefusal } from './service.ts';

/** Takes one token of a named bucket. Zero: go ahead; otherwise the milliseconds until the next one. */
export interface RateLimiter {
  take(bucket: string, quota: Quota, now: number): number | Promise<number>;
  /** Takes tokens that may not be there yet: who is in debt waits until it is paid. */
  charge(bucket: string, tokens: number): void | Promise<void>;
}

export const UNIT_MS: Readonly<Record<Quota['unit'], number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

interface Bucket {
  tokens: number;
  at: number;
}

/** Counts in this isolate alone: approximate across the network, exact where one isolate serves. */
export class TokenBuckets implements RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  take(name: string, quota: Quota, now: number): number {
    const perMillisecond = quota.requests / (quota.interval * UNIT_MS[quota.unit]);
    const bucket = this.#buckets.get(name) ?? this.#open(name, quota, now);
    const elapsed = Math.max(0, now - bucket.at);
    bucket.tokens = Math.min(quota.requests, bucket.tokens + elapsed * perMillisecond);
    bucket.at = Math.max(bucket.at, now);
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMillisecond);
    bucket.tokens -= 1;
    return 0;
  }

  charge(name: string, tokens: number): void {
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) bucket.tokens -= tokens;
  }

  #open(name: string, quota: Quota, now: number): Bucket {
    if (this.#buckets.size >= MAX_BUCKETS) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    const bucket = { tokens: quota.requests, at: now };
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

const DEFAULT_QUOTA: Quota = { requests: DEFAULT_REQUESTS_PER_SECOND, interval: 1, unit: 'second' };

const MORE =
  'Please see: https://digital.nhs.uk/developer/guides-and-documentation/reference-guide#rate-limits for more details.';

const perSecond = (requests: number): Quota => ({ requests, interval: 1, unit: 'second' });

function limited(waitMs: number, diagnostics: string): WireRefusal {
  return { kind: 'refused', code: 'rate-limited', diagnostics, gateway: true, retryAfterSeconds: waitMs / 1_000 };
}

/** One application's own quota. */
export async function limitApp(limiter: RateLimiter, app: App, now: number): Promise<WireRefusal | null> {
  if (app.spike !== undefined) {
    const wait = await limiter.take(`spike/${app.id}`, perSecond(app.spike), now);
    if (wait > 0) {
      return limited(
        wait,
        `Your application, ${app.name}, has created a spike in traffic and is being rate limited. Please reduce the frequency of your requests. ${MORE}`,
      );
    }
  }
  const quota = app.quota ?? DEFAULT_QUOTA;
  const wait = await limiter.take(`app/${app.id}`, quota, now);
  if (wait === 0) return null;
  const { requests, interval, unit } = quota;
  return limited(
    wait,
    `Your application, ${app.name}, has exceeded its quota of ${requests} requests every ${interval} ${unit}(s) and is being rate limited. ${MORE}`,
  );
}

/** Calls that came in one request count as so many: after them the application waits until its quota allows more. */
export async function chargeApp(limiter: RateLimiter, app: App, calls: number): Promise<void> {
  if (calls > 0) await limiter.charge(`app/${app.id}`, calls);
}

/** A bound that all applications share. */
export interface SharedLimit {
  readonly bucket: string;
  readonly perSecond: number;
  readonly diagnostics: string;
}

export const apiLimit = (requestsPerSecond: number): SharedLimit => ({
  bucket: 'api',
  perSecond: requestsPerSecond,
  diagnostics: `This API is currently receiving a high volume of requests and is being rate limited. ${MORE}`,
});

export async function limitShared(limiter: RateLimiter, limit: SharedLimit, now: number): Promise<WireRefusal | null> {
  const wait = await limiter.take(limit.bucket, perSecond(limit.perSecond), now);
  return wait === 0 ? null : limited(wait, limit.diagnostics);
}
