/** Where something may stand: pages by a hash of 32 bits, in 11 to 22 bytes an entry, however many there are. */

const FIRST_SLOTS = 64;
/** Of four slots three are used at most: a search ends after one or two. */
const FULL = 0.75;

export class PlaceIndex {
  /** Pairs of hash and page + 1; a page of 0 means a free slot. */
  #slots = new Uint32Array(2 * FIRST_SLOTS);
  #used = 0;
  #pages = 0;

  /** A page that nothing was added to yet. */
  nextPage(): number {
    return this.#pages;
  }

  add(hash: number, page: number): void {
    if (this.#used + 1 > (this.#slots.length / 2) * FULL) this.#grow();
    this.#put(hash, page + 1);
    this.#used += 1;
    this.#pages = Math.max(this.#pages, page + 1);
  }

  /** The newest first: it has the last word. */
  pagesOf(hash: number): readonly number[] {
    const pages: number[] = [];
    for (let slot = this.#first(hash); this.#page(slot) !== 0; slot = this.#next(slot)) {
      if (this.#slots[2 * slot] === hash) pages.push(this.#page(slot) - 1);
    }
    return pages.length > 1 ? pages.sort((a, b) => b - a) : pages;
  }

  #put(hash: number, stored: number): void {
    let slot = this.#first(hash);
    while (this.#page(slot) !== 0) slot = this.#next(slot);
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = stored;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const stored = before[at + 1] ?? 0;
      if (stored !== 0) this.#put(before[at] ?? 0, stored);
    }
  }

  /** The number of slots is a power of two. */
  #first(hash: number): number {
    return hash & (this.#slots.length / 2 - 1);
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#slots.length / 2 - 1);
  }

  #page(slot: number): number {
    return this.#slots[2 * slot + 1] ?? 0;
  }
}
