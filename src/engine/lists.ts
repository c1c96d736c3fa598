/**
 * Ordered lists of a shard: where a record stands follows from its state alone and is written in the commit that changes
 * the state, so a list never disagrees with its records.
 */
import type { ListPlace, RecordKind } from './record-kind.ts';
import type { ShardStatements } from '../storage/shard/statements.ts';

interface Listed {
  readonly kind: RecordKind<unknown>;
  readonly key: string;
  /** State before and after the change; null: no record. */
  readonly before: unknown;
  readonly after: unknown;
}

const same = (a: ListPlace, b: ListPlace): boolean =>
  a.list === b.list && a.position === b.position && a.note === b.note;

/** Writes only what differs: a change that leaves the places alone costs no row. */
export function relist(statements: ShardStatements, { kind, key, before, after }: Listed): void {
  if (!kind.lists) return;
  const left = before === null ? [] : kind.lists(before);
  const entered = after === null ? [] : kind.lists(after);
  for (const place of left) {
    if (!entered.some((other) => same(place, other))) statements.deleteListed(place.list, place.position, key);
  }
  for (const place of entered) {
    if (!left.some((other) => same(place, other))) statements.insertListed(place, key);
  }
}
