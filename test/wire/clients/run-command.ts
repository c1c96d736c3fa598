/** Runs another program and hands back what it said. */
import { spawn } from 'node:child_process';

export interface Ran {
  /** Null when the program is not installed. */
  readonly code: number | null;
  readonly out: string;
}

export function runCommand(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => void (out += String(text)));
    child.on('error', (error) => resolve({ code: null, out: error.message }));
    child.on('close', (code) => resolve({ code, out }));
  });
}
