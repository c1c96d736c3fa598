/**
 * What stands right now: apps, sessions and workers as the identity actors know them, remembered by this isolate for less
 * than a second. So a revocation takes effect everywhere within one second, and a busy token costs one look a second.
 */
import type { IdentityShards } from '../actors/stubs.ts';
import { MAX_STANDING_RECORDS, STANDING_MS } from './limits.ts';

/** Nobody can say whether the bearer still stands: the request must be refused, not guessed. */
export class StandingUnknown extends Error {
  override readonly name = 'StandingUnknown';
}

interface Remembered {
  readonly body: string | null;
  readonly value: unknown;
  readonly until: number;
}

export class Standing {
  readonly #identity: IdentityShards;
  readonly #known = new Map<string, Remembered>();

  constructor(identity: IdentityShards) {
    this.#identity = identity;
  }

  /** The record as it is, null where there is none. The same body gives the same object, so caches may hang on it. */
  async record<T>(kind: string, key: string, now: number): Promise<T | null> {
    const known = this.#known.get(key);
    if (known !== undefined && now < known.until) return known.value as T | null;
    const outcome = await this.#identity.look(kind, key);
    if (outcome.kind === 'unavailable' || outcome.kind === 'moved') throw new StandingUnknown(kind);
    const body = outcome.kind === 'replied' ? outcome.body : null;
    const value: unknown = body === null ? null : body === known?.body ? known.value : JSON.parse(body);
    this.#known.delete(key);
    if (this.#known.size >= MAX_STANDING_RECORDS) {
      const oldest = this.#known.keys().next();
      if (oldest.done !== true) this.#known.delete(oldest.value);
    }
    // Counted from before the look: what the actor said may already be as old as that.
    this.#known.set(key, { body, value, until: now + STANDING_MS });
    return value as T | null;
  }

  /** After a change made here: the next question is asked anew. */
  forget(key: string): void {
    this.#known.delete(key);
  }
}

const standings = new WeakMap<IdentityShards, Standing>();

export function standingOf(identity: IdentityShards): Standing {
  let standing = standings.get(identity);
  if (standing === undefined) {
    standing = new Standing(identity);
    standings.set(identity, standing);
  }
  return standing;
}
