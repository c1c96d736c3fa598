/**
 * Address lines are positional (line 4 is the town), yet blank ones are not served to ordinary callers.
 * So the served address drops them, and the lines as stored are kept beside the resource for entitled callers.
 */
import type { Address, Element } from 'fhir/r4';
import { DATA_ABSENT_REASON } from '../../fhir/pds-extensions.ts';

export type AddressLines = Readonly<Record<string, readonly (string | null)[]>>;

const isBlank = (line: unknown): boolean => typeof line !== 'string' || line.trim() === '';

export interface ServedAddresses {
  readonly address: Address[];
  /** Only the addresses that lost a line; their items must already carry an id. */
  readonly lines: AddressLines;
}

/** Drops blank lines; what was dropped is told by `lines`. */
export function dropBlankLines(addresses: readonly Address[]): ServedAddresses {
  const lines: Record<string, readonly (string | null)[]> = {};
  const address = addresses.map((item) => {
    if (item.line === undefined && item._line === undefined) return item;
    const stored: readonly unknown[] = item.line ?? [];
    if (stored.some(isBlank) && item.id !== undefined) {
      lines[item.id] = stored.map((line) => (typeof line === 'string' && !isBlank(line) ? line : null));
    }
    const { line: _all, _line: _absences, ...rest } = item;
    const kept = (item.line ?? []).filter((line) => !isBlank(line));
    return kept.length === 0 ? rest : withKeyOrder(item, { ...rest, line: kept });
  });
  return { address, lines };
}

/** Keeps the member order of the original, so that a served address differs from the stored one only in its lines. */
function withKeyOrder(original: Address, changed: Address): Address {
  const entries = Object.keys(original)
    .filter((key) => key !== '_line')
    .map((key) => [key, changed[key as keyof Address]]);
  return Object.fromEntries(entries) as Address;
}

const absent: Element = { extension: [{ url: DATA_ABSENT_REASON, valueCode: 'unknown' }] };

/** Blank lines return as null, each with an extension at the same index of `_line`. */
export function restoreBlankLines(addresses: readonly Address[], lines: AddressLines): Address[] {
  return addresses.map((item) => {
    const stored = item.id === undefined ? undefined : lines[item.id];
    if (stored === undefined || !sameText(item.line ?? [], stored)) return item;
    // FHIR JSON has null in a list of primitives where only the underscore twin has content; the types cannot say so.
    const line = stored as string[];
    const _line = stored.map((text) => (text === null ? absent : null)) as Element[];
    return { ...item, line, _line };
  });
}

/** False after an update that changed the lines: then the lines kept aside are out of date. */
function sameText(served: readonly string[], stored: readonly (string | null)[]): boolean {
  const text = stored.filter((line) => line !== null);
  return text.length === served.length && text.every((line, i) => line === served[i]);
}
