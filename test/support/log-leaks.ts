/** What no log line may hold: NHS numbers, names of the synthetic people, anything that opens a door. */
import { FAMILY_NAMES } from '../../scripts/population/family-names.ts';
import { isNhsNumber } from '../../src/nhs/nhs-number.ts';

export type LeakKind = 'NHS number' | 'name' | 'bearer';

/** Written together or as people write them. Times in seconds begin with 1, numbers in use with 3 or more. */
const TEN_DIGITS = /(?<![\w.-])([3-9]\d{2})[ -]?(\d{3})[ -]?(\d{4})(?![\w-])/g;

const BEARERS = /\b(?:Bearer|NHSMESH)\s+(?!\S{0,7}(?:\s|$))[\w.~+/:-]+=*|\beyJ[\w-]{10,}\.eyJ[\w-]+/g;

/** Short ones are words of their own (Day, Long, May). */
const NAMES = new RegExp(`(?<![\\w$.])(?:${FAMILY_NAMES.filter((name) => name.length > 5).join('|')})(?![\\w$(])`, 'g');

export interface Leak {
  readonly kind: LeakKind;
  /** The line with what was found blackened. */
  readonly line: string;
}

export function leaksIn(text: string): readonly Leak[] {
  return text.split('\n').flatMap((line) => {
    const leaks: Leak[] = [];
    const found = (kind: LeakKind, what: string): void =>
      void leaks.push({ kind, line: line.replaceAll(what, '█'.repeat(what.length)) });
    for (const [number] of line.matchAll(TEN_DIGITS))
      if (isNhsNumber(number.replace(/[ -]/g, ''))) found('NHS number', number);
    for (const [bearer] of line.matchAll(BEARERS)) found('bearer', bearer);
    for (const [name] of line.matchAll(NAMES)) found('name', name);
    return leaks;
  });
}
