/** Lets the generator run before others where the machine allows it: a generator that waits for a core measures its own wait. */
import { constants, getPriority, setPriority } from 'node:os';

/** Call after the servers are started: children inherit it, and the server must not have it. */
export function preferGenerator(): number {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Not allowed for ordinary users; the generator's lag will tell whether it mattered.
  }
  return getPriority();
}
