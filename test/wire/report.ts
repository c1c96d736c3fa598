/** Counts what was proven, prints what was not, and names every place where the live rule won over an example. */

export interface Step {
  readonly name: string;
  /** The live rule that is checked instead of the example's letter, when there is one. */
  readonly exception?: string;
  /** Every string is something wrong. */
  readonly run: () => Promise<readonly string[]>;
}

export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly #verbose: boolean;

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  async step({ name, exception, run }: Step): Promise<void> {
    let wrong: readonly string[];
    try {
      wrong = await run();
    } catch (error) {
      wrong = [error instanceof Error ? error.message : String(error)];
    }
    if (wrong.length === 0) this.passed += 1;
    else this.failed += 1;
    if (wrong.length > 0 || this.#verbose) this.#print(`${wrong.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    for (const line of wrong.slice(0, 12)) this.#print(`       ${line}`);
    if (exception !== undefined) this.#print(`live ${name}: ${exception}`);
  }

  skip(name: string, reason: string): void {
    this.skipped += 1;
    this.#print(`skip ${name}: ${reason}`);
  }

  /** The exit code. */
  close(): number {
    this.#print(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    return this.failed === 0 ? 0 : 1;
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
