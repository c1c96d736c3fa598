/** How a promise is put to the proof, in tests and at night alike. */
import { isDeepStrictEqual } from 'node:util';

/** A promise that did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly promise: string;

  constructor(promise: string, told: string) {
    super(`${promise}: ${told}`);
    this.promise = promise;
  }
}

export function mustBe(promise: string, seen: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(seen, wanted))
    throw new Broken(promise, `${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
}
