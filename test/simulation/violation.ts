/** A broken promise, named by the invariant it breaks. */

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, told: string) {
    super(`${invariant}: ${told}`);
    this.invariant = invariant;
  }
}
