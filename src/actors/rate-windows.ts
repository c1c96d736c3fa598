/** Token buckets in one actor's memory: exact across all edges; lost with the instance, which costs nothing but a fresh start. */

/** `perMillisecond` refills, `most` is what can be saved up. */
export interface RateQuota {
  readonly most: number;
  readonly perMillisecond: number;
}

export interface RateAnswer {
  /** How many of the wanted tokens were there. */
  readonly granted: number;
  /** Milliseconds until there is one again; 0 when any was granted. */
  readonly waitMs: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** About 100 bytes each; the oldest goes when an attack invents names. */
const BUCKETS_MAX = 20_000;

export class RateWindows {
  readonly #buckets = new Map<string, Bucket>();

  take(name: string, quota: RateQuota, asked: { readonly want: number; readonly now: number }): RateAnswer {
    const bucket = this.#buckets.get(name) ?? this.#open(name, quota, asked.now);
    bucket.tokens = Math.min(quota.most, bucket.tokens + Math.max(0, asked.now - bucket.at) * quota.perMillisecond);
    bucket.at = Math.max(bucket.at, asked.now);
    const granted = Math.min(Math.floor(bucket.tokens), asked.want);
    bucket.tokens -= granted;
    return { granted, waitMs: granted > 0 ? 0 : Math.ceil((1 - bucket.tokens) / quota.perMillisecond) };
  }

  #open(name: string, quota: RateQuota, now: number): Bucket {
    if (this.#buckets.size >= BUCKETS_MAX) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    const bucket = { tokens: quota.most, at: now };
    this.#buckets.set(name, bucket);
    return bucket;
  }
}
