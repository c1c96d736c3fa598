/** How many of its calls an isolate may try again: a tenth of them, and a reserve for the moment when a shard restarts. */

const EARNED = 0.1;
/** All calls under way to a shard that is reset, twice over. */
const RESERVE = 256;

export class RetryBudget {
  #left = RESERVE;

  /** Every first attempt earns a part of a further one. */
  earn(): void {
    this.#left = Math.min(RESERVE, this.#left + EARNED);
  }

  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
