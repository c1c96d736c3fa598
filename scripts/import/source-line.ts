/** One resource of an import as text, with the place in the source where a reader finds it again. */

export interface SourceLine {
  /** Line of the file, or position in the array or Bundle; counted from 1. */
  readonly number: number;
  readonly text: string;
}

/** Why a line was not loaded. */
export interface Failure {
  readonly line: number;
  readonly reason: string;
}

/** Lines of resources that never were a file: generated people, converted packs. */
export function* linesOf(patients: Iterable<readonly object[]>): Generator<SourceLine, void, undefined> {
  let number = 0;
  for (const resources of patients) {
    for (const resource of resources) {
      number += 1;
      yield { number, text: JSON.stringify(resource) };
    }
  }
}
