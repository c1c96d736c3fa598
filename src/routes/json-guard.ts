/** Bounds a JSON text before it is parsed: depth, nodes, array and string lengths, doubled and dangerous keys. */
import { MAX_JSON_ARRAY, MAX_JSON_DEPTH, MAX_JSON_NODES, MAX_JSON_STRING } from './limits.ts';

/** How large a JSON text may be in each respect; a service that takes large documents brings its own. */
export interface JsonBounds {
  readonly depth: number;
  readonly nodes: number;
  readonly array: number;
  readonly string: number;
}

const ORDINARY: JsonBounds = {
  depth: MAX_JSON_DEPTH,
  nodes: MAX_JSON_NODES,
  array: MAX_JSON_ARRAY,
  string: MAX_JSON_STRING,
};

const QUOTE = 34;
const BACKSLASH = 92;

/** A key that reaches into the prototype of plain objects has no place in any resource. */
const isDangerous = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/** Index of the quote that ends the string begun at `start`, or -1. Runs of backslashes are disjoint, so this is linear. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    for (let i = end - 1; text.charCodeAt(i) === BACKSLASH; i--) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

/** One open object (with its keys) or array (with the number of its commas). */
interface Container {
  readonly keys: Set<string> | null;
  expectsKey: boolean;
  commas: number;
}

class Guard {
  readonly #text: string;
  readonly #open: Container[] = [];
  #top: Container | null = null;
  readonly #bounds: JsonBounds;
  #nodes = 1;

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text;
    this.#bounds = bounds;
  }

  /** Whether the text keeps every bound. Syntax is left to the parser, which runs next. */
  passes(): boolean {
    const text = this.#text;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        const end = endOfString(text, i);
        if (end === -1 || !this.#string(i, end)) return false;
        i = end;
      } else if (code > 43 && !this.#structure(code)) return false;
    }
    return true;
  }

  #string(start: number, end: number): boolean {
    if (end - start > this.#bounds.string) return false;
    const top = this.#top;
    if (top === null || top.keys === null || !top.expectsKey) return true;
    const key = this.#text.slice(start + 1, end);
    // No FHIR name needs an escape, and an escaped spelling must not slip past the comparison.
    if (key.includes('\\') || isDangerous(key) || top.keys.has(key)) return false;
    top.keys.add(key);
    top.expectsKey = false;
    return true;
  }

  #structure(code: number): boolean {
    switch (code) {
      case 123: // {
        return this.#enter({ keys: new Set(), expectsKey: true, commas: 0 });
      case 91: // [
        return this.#enter({ keys: null, expectsKey: false, commas: 0 });
      case 125: // }
      case 93: // ]
        if (this.#open.pop() === undefined) return false;
        this.#top = this.#open.at(-1) ?? null;
        return true;
      case 44: // ,
        return this.#comma();
      default:
        return true;
    }
  }

  #enter(container: Container): boolean {
    this.#open.push(container);
    this.#top = container;
    return this.#open.length <= this.#bounds.depth && ++this.#nodes <= this.#bounds.nodes;
  }

  #comma(): boolean {
    const top = this.#top;
    if (top !== null) {
      top.commas++;
      if (top.keys !== null) top.expectsKey = true;
      else if (top.commas >= this.#bounds.array) return false;
    }
    return ++this.#nodes <= this.#bounds.nodes;
  }
}

/** The parsed value, or undefined where the text is not JSON or breaks a bound. (JSON itself has no undefined.) */
export function parseGuarded(text: string, bounds: JsonBounds = ORDINARY): unknown {
  if (!new Guard(text, bounds).passes()) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
