/** The actor's clock: follows the wall clock, never goes back, so that journal times are in journal order. */
export class ActorClock {
  #last: number;
  readonly #wall: () => number;

  constructor(wall: () => number, last: number) {
    this.#wall = wall;
    this.#last = last;
  }

  now(): number {
    this.#last = Math.max(this.#wall(), this.#last);
    return this.#last;
  }
}
