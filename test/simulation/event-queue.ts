/** The one order of everything that happens: by virtual time, then by the order in which it was planned. */

export interface Planned {
  readonly at: number;
  readonly order: number;
  readonly label: string;
  run: (() => void) | null;
}

const before = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class EventQueue {
  readonly #heap: Planned[] = [];
  #order = 0;

  /** The answer cancels. */
  plan(at: number, label: string, run: () => void): () => void {
    const planned: Planned = { at, order: ++this.#order, label, run };
    this.#heap.push(planned);
    this.#rise(this.#heap.length - 1);
    return () => (planned.run = null);
  }

  next(): Planned | null {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return null;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    for (let at = start; at > 0;) {
      const up = (at - 1) >> 1;
      const [child, parent] = [heap[at], heap[up]];
      if (child === undefined || parent === undefined || !before(child, parent)) return;
      heap[at] = parent;
      heap[up] = child;
      at = up;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [candidate, best] = [heap[child], heap[least]];
        if (candidate !== undefined && best !== undefined && before(candidate, best)) least = child;
      }
      const [from, to] = [heap[at], heap[least]];
      if (least === at || from === undefined || to === undefined) return;
      heap[at] = to;
      heap[least] = from;
      at = least;
    }
  }
}
