/**
 * A reporter that reads along: every console line of every test, in Node and in workerd, and what the runtime itself prints. One
 * leak and the run has failed, whatever the tests say. (Spawned servers are read along where they are spawned.)
 */
import type { Reporter } from 'vitest/node';
import { leaksIn } from './log-leaks.ts';
import type { Leak } from './log-leaks.ts';

interface Heard extends Leak {
  readonly where: string;
}

type Write = typeof process.stdout.write;

/** Lines of the runtime: what our reporters print of tests is no log, and their titles may name numbers. */
const RUNTIME = /workerd|uncaught exception|console (?:warning|error)|jsg\.Error|kj::/;

export class LogWatch implements Reporter {
  readonly #heard: Heard[] = [];
  #lines = 0;

  onInit(): void {
    this.#listen(process.stdout);
    this.#listen(process.stderr);
  }

  onUserConsoleLog({ content, taskId }: { content: string; taskId?: string }): void {
    this.#read(content, taskId ?? 'outside of tests');
  }

  onTestRunEnd(): void {
    if (this.#heard.length === 0) return;
    process.exitCode = 1;
    console.error(`\nSEC-51 ${this.#heard.length} leaks in ${this.#lines} log lines:`);
    for (const { kind, line, where } of this.#heard.slice(0, 20))
      console.error(`  ${kind} (${where}): ${line.slice(0, 300)}`);
  }

  #read(text: string, where: string): void {
    this.#lines += text.split('\n').length;
    this.#heard.push(...leaksIn(text).map((leak) => ({ ...leak, where })));
  }

  #listen(stream: NodeJS.WriteStream): void {
    const write: Write = stream.write.bind(stream);
    const listening = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      for (const line of text.split('\n')) if (RUNTIME.test(line)) this.#read(line, 'the runtime');
      return (write as (...given: unknown[]) => boolean)(chunk, ...rest);
    };
    stream.write = listening as Write;
  }
}
