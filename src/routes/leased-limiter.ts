/** Rate windows counted once for all edges: the identity actors hold the buckets, an isolate borrows a tenth of a second's worth. */
import type { IdentityShards } from '../actors/stubs.ts';
import type { Quota } from './grant.ts';
import { LEASE_MS, MAX_BUCKETS } from './limits.ts';
import { TokenBuckets, UNIT_MS } from './rate-limit.ts';
import type { RateLimiter } from './rate-limit.ts';

interface Lease {
  left: number;
  readonly until: number;
  /** Nothing to be had before this time: no need to ask. */
  readonly emptyUntil: number;
}

/** Slow quotas borrow one at a time, so they are exact; fast ones save the hop for most requests. */
const SHARE_MS = 100;

export class LeasedLimiter implements RateLimiter {
  readonly #identity: IdentityShards;
  readonly #leases = new Map<string, Lease>();
  /** Requests of Bundles that were served before they were counted. */
  readonly #debts = new Map<string, number>();
  readonly #alone = new TokenBuckets();

  constructor(identity: IdentityShards) {
    this.#identity = identity;
  }

  charge(bucket: string, tokens: number): void {
    this.#debts.set(bucket, (this.#debts.get(bucket) ?? 0) + tokens);
  }

  async take(bucket: string, quota: Quota, now: number): Promise<number> {
    for (let owed = this.#debts.get(bucket) ?? 0; owed > 0; owed--) {
      const waitMs = await this.#takeOne(bucket, quota, now);
      if (waitMs > 0) return waitMs;
      this.#debts.set(bucket, owed - 1);
    }
    this.#debts.delete(bucket);
    return this.#takeOne(bucket, quota, now);
  }

  async #takeOne(bucket: string, quota: Quota, now: number): Promise<number> {
    const lease = this.#leases.get(bucket);
    if (lease !== undefined && lease.left > 0 && now < lease.until) {
      lease.left -= 1;
      return 0;
    }
    if (lease !== undefined && now < lease.emptyUntil) return lease.emptyUntil - now;
    const perMillisecond = quota.requests / (quota.interval * UNIT_MS[quota.unit]);
    const want = Math.max(1, Math.floor(perMillisecond * SHARE_MS));
    try {
      const { granted, waitMs } = await this.#identity.takeRate(bucket, { most: quota.requests, perMillisecond }, want);
      // Others asked at the same time: what they got is not lost, and who got nothing takes of it.
      const held = this.#leases.get(bucket);
      const others = held !== undefined && now < held.until ? held.left : 0;
      if (granted === 0 && held !== undefined && others > 0) {
        held.left -= 1;
        return 0;
      }
      this.#remember(bucket, {
        left: others + Math.max(0, granted - 1),
        until: now + LEASE_MS,
        emptyUntil: granted > 0 ? 0 : now + waitMs,
      });
      return granted > 0 ? 0 : waitMs;
    } catch {
      // A limit is no reason to stop: while its actor is away, each isolate counts for itself.
      return this.#alone.take(bucket, quota, now);
    }
  }

  #remember(bucket: string, lease: Lease): void {
    this.#leases.delete(bucket);
    if (this.#leases.size >= MAX_BUCKETS) {
      const oldest = this.#leases.keys().next();
      if (oldest.done !== true) this.#leases.delete(oldest.value);
    }
    this.#leases.set(bucket, lease);
  }
}
