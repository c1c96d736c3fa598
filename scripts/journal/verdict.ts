/** What was found out about one journal, and how it is said. */
import type { Fault } from '../../src/engine/verify-journal.ts';

export interface Verdict {
  readonly name: string;
  readonly rows: number;
  readonly anchors: number;
  readonly fault: Fault | null;
  /** Ranges that a restore declared lost. */
  readonly missing: readonly { readonly from: number; readonly to: number }[];
}

const REASONS: Readonly<Record<Fault['reason'], string>> = {
  sequence: 'a row is missing, doubled or out of place',
  hash: 'the row is not what was written',
  unreadable: 'the text is not what was written',
  anchor: 'a signed anchor says otherwise',
  truncated: 'there is less than was written',
  undeclared: 'rows are missing that no restore names',
};

export function sentence({ name, rows, anchors, fault, missing }: Verdict): string {
  const gaps = missing.map(({ from, to }) => `${from}–${to}`).join(', ');
  const lost = missing.length === 0 ? '' : `, declared lost by a restore: ${gaps}`;
  if (fault === null) return `${name}: ${rows} rows sound, ${anchors} anchors met${lost}`;
  return `${name}: FIRST BAD SEQUENCE ${fault.seq}: ${REASONS[fault.reason]}${lost}`;
}
