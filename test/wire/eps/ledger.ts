/** Keeps account of the published examples: each is sent, compared with what the server says, or named with a reason. */

/** By their names: what a client sends. All else is what a server answers. */
const REQUEST = /(?<!Bad)Request|request|-req\.json$|-Prescription\.json$|signature\.json$/;

export class Ledger {
  readonly #sent = new Set<string>();
  readonly #compared = new Set<string>();
  readonly #named = new Map<string, string>();

  sent(path: string): void {
    this.#sent.add(path);
  }

  compared(path: string): void {
    this.#compared.add(path);
  }

  named(path: string, reason: string): void {
    this.#named.set(path, reason);
  }

  /** What nothing accounts for. A published answer that was only read, or sent, has not been compared. */
  open(paths: readonly string[]): readonly string[] {
    return paths.flatMap((path) => {
      const isRequest = REQUEST.test(path.slice(path.lastIndexOf('/') + 1));
      const done = isRequest ? this.#sent.has(path) : this.#compared.has(path);
      if (done && this.#named.has(path)) return [`${path}: named as left out, but it is not`];
      return done || this.#named.has(path) ? [] : [`${path}: ${isRequest ? 'never sent' : 'compared with nothing'}`];
    });
  }

  tally(): string {
    return `${this.#sent.size} sent, ${this.#compared.size} compared, ${this.#named.size} named`;
  }
}
