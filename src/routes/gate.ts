/**
 * How many requests this isolate has under way, in all and per shard. What is over a bound is refused before anything of
 * it is read: a refusal must cost next to nothing, or refusing three times the capacity would use the capacity up.
 */

/**
 * Requests under way per shard: at 1,000 a second the last of them waits an eighth of a second, and so do the calls of other
 * shards that share its machine.
 */
export const UNDER_WAY_PER_SHARD = 128;
/**
 * A shard may have more while it has no more than this share of all, since then it keeps nobody out: 512 connections over 4
 * shards are 128 a shard, more than 164 of them (the reads' share of 205) once in ten thousand times.
 */
export const SHARE_OF_ALL = 0.4;
/** Requests under way in all: 128 MB of an isolate, at 100 KB for a large request and what it makes. */
export const UNDER_WAY = 1_024;
/** Places that reads leave to writes, and all leave to urgent care. */
export const READ_SHARE = 0.8;
export const WRITE_SHARE = 0.9;

export interface Pass {
  /** Beyond the ordinary places: only urgent care goes on. */
  readonly reserved: boolean;
  leave(): void;
}

export interface GateOptions {
  shardOf(key: string): number;
  retryAfterSeconds(): number;
  /** Told of every request: whether it was refused. */
  note(refused: boolean): void;
}

/** Ten digits in a row of the address: the patient it is about. */
const KEY = /(?<!\d)\d{10}(?!\d)/;

export class Gate {
  readonly #options: GateOptions;
  readonly #perShard = new Map<number, number>();
  #all = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  retryAfterSeconds(): number {
    return this.#options.retryAfterSeconds();
  }

  get underWay(): number {
    return this.#all;
  }

  /** Null where there is no place, not even a reserved one. */
  enter(method: string, address: string): Pass | null {
    const key = KEY.exec(address)?.[0];
    const shard = key === undefined ? undefined : this.#options.shardOf(key);
    const there = shard === undefined ? 0 : (this.#perShard.get(shard) ?? 0);
    const most = Math.max(UNDER_WAY_PER_SHARD, this.#all * SHARE_OF_ALL);
    if (there >= most || this.#all >= UNDER_WAY) return this.refused();
    const share = method === 'GET' || method === 'HEAD' ? READ_SHARE : WRITE_SHARE;
    const reserved = there >= most * share || this.#all >= UNDER_WAY * share;
    this.#all += 1;
    if (shard !== undefined) this.#perShard.set(shard, there + 1);
    return { reserved, leave: () => this.#leave(shard) };
  }

  refused(): null {
    this.#options.note(true);
    return null;
  }

  #leave(shard: number | undefined): void {
    this.#all -= 1;
    if (shard !== undefined) this.#perShard.set(shard, (this.#perShard.get(shard) ?? 1) - 1);
  }
}
