/** Nothing that is not this machine is loaded unless somebody said so: on the command line, or when asked. */
import { createInterface } from 'node:readline/promises';
import { type BenchOptions, isLoopback, UsageError } from './options.ts';

/** Null where there is nobody to ask. */
export type Ask = ((question: string) => Promise<string>) | null;

export function askOnTerminal(): Ask {
  if (!process.stdin.isTTY) return null;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  };
}

export async function confirmTarget(
  { target, confirmed }: Pick<BenchOptions, 'target' | 'confirmed'>,
  ask: Ask,
): Promise<void> {
  if (target === undefined || isLoopback(target) || confirmed) return;
  const what = `${target.host} is not this machine. It will be put under load and its patients will be changed.`;
  if (ask === null) throw new UsageError(`${what} Repeat with --yes if that is meant.`);
  // Typing the name, not a letter: a habit of pressing y must not load a live system.
  const answer = await ask(`${what}\nType its name to go on: `);
  if (answer.trim() !== target.host) throw new UsageError(`${target.host} was not confirmed; nothing was sent`);
}
