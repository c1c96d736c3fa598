/** Lets the generator run before others where the machine allows it: a generator that waits for a core measures its own wait. */
import { constants, getPriority, setPriority } from 'node:os';

const { PRIORITY_HIGH, PRIORITY_NORMAL } = constants.priority;

export function preferGenerator(): number {
  try {
    setPriority(PRIORITY_HIGH);
  } catch {
    // Not allowed for ordinary users; the generator's lag will tell whether it mattered.
  }
  return getPriority();
}

/** Children inherit what their parent has when it starts them, and a server must not run before others. */
export function atNormalPriority<T>(start: () => T): T {
  const own = getPriority();
  // Who was not allowed to raise it has nothing to lower.
  if (own === PRIORITY_NORMAL) return start();
  setPriority(PRIORITY_NORMAL);
  try {
    return start();
  } finally {
    setPriority(own);
  }
}
