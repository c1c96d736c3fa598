/** JSON whose numbers keep their letters: 20.0 is read, and written again, as 20.0. What was signed must stay what it was. */

/** A number that a JavaScript number would write differently. */
export class LosslessNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): object {
    return rawJson(this.text);
  }
}

/** Not yet in the language's own types. */
interface SourceJson {
  rawJSON(text: string): object;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}

const SOURCE: SourceJson = JSON as unknown as SourceJson;

const rawJson = (text: string): object => SOURCE.rawJSON(text);

/** A number where a value may stand. May also match inside a string: then the slower way is taken, to the same end. */
const SUSPECT = /(?:^|"\s*:|[[,])\s*-?(?:\d+[.eE]|\d{16})|-0(?:[,\s}\]]|$)/;

/** Throws as JSON.parse does. Numbers become plain ones wherever that loses nothing. */
export function parseLossless(text: string): unknown {
  if (!SUSPECT.test(text)) return JSON.parse(text) as unknown;
  return SOURCE.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? new LosslessNumber(source) : value,
  );
}

/** The letters of a number, or of a text that stands for one; '' where there is neither. */
export function numberText(value: unknown): string {
  if (value instanceof LosslessNumber) return value.text;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}

/** The whole number that a number or a text stands for; undefined where there is none. */
export function wholeNumber(value: unknown): number | undefined {
  const text = numberText(value);
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isInteger(number) ? number : undefined;
}
