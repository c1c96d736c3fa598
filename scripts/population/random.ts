/** Seeded randomness: the same (seed, index) gives the same stream on every machine, whatever came before it. */

export interface Random {
  /** 0 <= x < 1 */
  next(): number;
  /** Whole number, 0 <= x < bound. */
  below(bound: number): number;
  /** Whole number, from <= x <= to. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Eight upper-case hexadecimal digits, the form of the object ids that PDS makes. */
  objectId(): string;
}

/** One round of splitmix32: spreads neighbouring seeds far apart. */
function splitmix32(start: number): () => number {
  let state = start | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

/** The sfc32 generator (public domain, PractRand): 128 bits of state, quick in plain JavaScript. */
function sfc32(seeds: () => number): () => number {
  let a = seeds() | 0;
  let b = seeds() | 0;
  let c = seeds() | 0;
  let counter = seeds() | 0;
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
}

export function randomFor(seed: number, index: number): Random {
  const seeds = splitmix32(splitmix32(seed)() ^ Math.imul(index + 1, 0x9e3779b1));
  const draw = sfc32(seeds);
  for (let warmUp = 0; warmUp < 12; warmUp++) draw();
  const next = () => draw() / 0x1_0000_0000;
  const below = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    pick<T>(list: readonly T[]): T {
      const item = list[below(list.length)];
      if (item === undefined) throw new Error('nothing to pick from an empty list');
      return item;
    },
    objectId: () => draw().toString(16).toUpperCase().padStart(8, '0'),
  };
}

/** A chooser over a list ordered by frequency: rank r weighs 1 / (r + flattening), the shape of real name counts. */
export function byRank<T>(list: readonly T[], flattening: number): (random: Random) => T {
  const upTo: number[] = [];
  let total = 0;
  list.forEach((_, rank) => upTo.push((total += 1 / (rank + flattening))));
  return (random) => {
    const target = random.next() * total;
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? total) <= target) low = middle + 1;
      else high = middle;
    }
    const item = list[low];
    if (item === undefined) throw new Error('nothing to choose from an empty list');
    return item;
  };
}
