/** Makes a failing seed small: fewer wishes, fewer knobs, as long as the same invariant breaks. */
import { KNOBS } from './knobs.ts';
import { simulate } from './simulate.ts';
import type { Options, Result } from './simulate.ts';

export interface Shrunk {
  readonly keep: readonly string[];
  readonly off: readonly string[];
  readonly result: Result;
  readonly runs: number;
}

class Shrinker {
  readonly #options: Options;
  readonly #invariant: string;
  readonly #runsMax: number;
  runs = 0;
  best: { keep: readonly string[]; off: readonly string[]; result: Result };

  constructor(options: Options, failed: Result, runsMax: number) {
    this.#options = options;
    this.#invariant = failed.violation?.invariant ?? '';
    this.#runsMax = runsMax;
    const off = KNOBS.filter((knob) => failed.knobs[knob] === 0);
    this.best = { keep: failed.wishes.map(({ id }) => id), off, result: failed };
  }

  /** True, and remembered, when the smaller run still breaks the same promise. */
  async fails(keep: readonly string[], off: readonly string[]): Promise<boolean> {
    if (this.runs >= this.#runsMax) return false;
    this.runs += 1;
    const result = await simulate({ ...this.#options, keep: new Set(keep), off });
    if (result.violation?.invariant !== this.#invariant) return false;
    this.best = { keep, off, result };
    return true;
  }
}

/** Clients first, then knobs, then wishes by delta debugging, until a whole round helps no more. */
export async function shrink(options: Options, failed: Result, runsMax = 400): Promise<Shrunk> {
  const shrinker = new Shrinker(options, failed, runsMax);
  for (let before = ''; before !== sizeOf(shrinker);) {
    before = sizeOf(shrinker);
    await dropClients(shrinker);
    await dropKnobs(shrinker);
    await dropWishes(shrinker);
  }
  return { ...shrinker.best, runs: shrinker.runs };
}

const sizeOf = ({ best }: Shrinker): string => `${best.keep.length} ${best.off.length}`;
const clientOf = (id: string): string => id.slice(0, id.indexOf('.'));

async function dropClients(shrinker: Shrinker): Promise<void> {
  for (const client of new Set(shrinker.best.keep.map(clientOf))) {
    await shrinker.fails(
      shrinker.best.keep.filter((id) => clientOf(id) !== client),
      shrinker.best.off,
    );
  }
}

async function dropKnobs(shrinker: Shrinker): Promise<void> {
  for (const knob of KNOBS) {
    if (!shrinker.best.off.includes(knob)) await shrinker.fails(shrinker.best.keep, [...shrinker.best.off, knob]);
  }
}

async function dropWishes(shrinker: Shrinker): Promise<void> {
  for (let size = Math.ceil(shrinker.best.keep.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shrinker.best.keep.length;) {
      const { keep, off } = shrinker.best;
      const rest = [...keep.slice(0, at), ...keep.slice(at + size)];
      if (!(await shrinker.fails(rest, off))) at += size;
    }
  }
}
