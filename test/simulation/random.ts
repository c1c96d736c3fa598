/** Seeded randomness of a simulation: the same seed and stream give the same numbers on every machine. */

export class Random {
  #state: number;

  /** Streams of one seed are independent, so that one part of a run can change without changing the others. */
  constructor(seed: number, stream: string) {
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    for (let i = 0; i < stream.length; i++) state = Math.imul(state ^ stream.charCodeAt(i), 0x01000193) >>> 0;
    this.#state = state ^ Math.floor(seed / 2 ** 32);
    this.u32();
  }

  /** Mulberry32. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  unit(): number {
    return this.u32() / 2 ** 32;
  }

  /** 0 … below - 1. */
  int(below: number): number {
    return Math.floor(this.unit() * below);
  }

  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.unit() < probability;
  }

  exponential(mean: number): number {
    return mean <= 0 ? 0 : -mean * Math.log(1 - this.unit());
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
