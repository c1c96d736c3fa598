/** How much of its load this isolate sees refused, and what refused clients are told: the more, the later they come back. */

/** Weight of one answer: a change of the load shows after some hundred answers. */
const WEIGHT = 0.01;
/** Seconds added when everything is refused. */
const STRETCH = 4;

export class Shedding {
  #share = 0;

  note(refused: boolean): void {
    this.#share += ((refused ? 1 : 0) - this.#share) * WEIGHT;
  }

  /** 1 to 5, spread, so that those refused together do not come back together. */
  retryAfterSeconds(dice: number = Math.random()): number {
    return Math.ceil((1 + STRETCH * this.#share) * (0.5 + dice / 2));
  }
}

export const shedding = new Shedding();
