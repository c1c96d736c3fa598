/**
 * Puts journals together: of one patient two sources are asked, of a worker or an organisation all. Entries come newest
 * first in one order over all sources, and a page goes on exactly where the last one ended.
 */
import type { AuditTrails, TrailPage, TrailQuery, TrailSource } from '../../actors/stubs.ts';
import type { AuditFact } from '../../domain/audit/audit-event.ts';

/** Sources that one page may ask: thousands of actors are gone through group by group. */
const GROUP = 64;

export interface TrailWish {
  readonly patient?: string;
  readonly user?: string;
  readonly organization?: string;
  readonly since: number;
  readonly until: number;
  readonly limit: number;
}

/** Everything before it, in the order of pages, has been told. */
export interface Cursor {
  readonly group: number;
  readonly at: number;
  readonly source: number;
  readonly seq: number;
  readonly index: number;
}

export interface Found {
  readonly facts: readonly AuditFact[];
  /** Null: this was the last page. */
  readonly next: Cursor | null;
}

type Place = Omit<Cursor, 'group'>;

/** The last moment there is. */
const END_OF_TIME = 8_640_000_000_000_000;

const COLUMNS = ['group', 'at', 'source', 'seq', 'index'] as const;

export const cursorText = (cursor: Cursor): string => COLUMNS.map((name) => cursor[name].toString(36)).join('.');

export function readCursor(text: string): Cursor | null {
  const values = text.split('.').map((part) => (/^-?[0-9a-z]{1,12}$/.test(part) ? parseInt(part, 36) : Number.NaN));
  if (values.length !== COLUMNS.length || values.some((value) => Number.isNaN(value))) return null;
  const [group = 0, at = 0, source = 0, seq = 0, index = 0] = values;
  return { group, at, source, seq, index };
}

/** Newer times first; of one time the sources in their order, the later entry of a source first. */
const order = (a: Place, b: Place): number => b.at - a.at || a.source - b.source || b.seq - a.seq || b.index - a.index;

interface Asked {
  readonly source: TrailSource;
  readonly query: TrailQuery;
}

/** A patient's entries lie in the patient's own shard, and refusals at the edge with one identity actor. */
function sourcesFor(trails: AuditTrails, { patient }: TrailWish): readonly { source: TrailSource; key?: string }[] {
  if (patient === undefined) return trails.sources().map((source) => ({ source }));
  const denied = `denial/${patient}`;
  return [
    { source: trails.home('patient-shard', patient), key: patient },
    { source: trails.home('identity-shard', denied), key: denied },
  ];
}

/** Null: some actor gave no answer, and half a trail is none. */
export async function searchTrails(trails: AuditTrails, wish: TrailWish, from: Cursor | null): Promise<Found | null> {
  const all = sourcesFor(trails, wish);
  const group = from?.group ?? 0;
  const first = group * GROUP;
  const sources = all.slice(first, first + GROUP);
  const asked = sources.map(({ source, key }, at): Asked => ({ source, query: queryFor(wish, key, { from, at }) }));
  const pages = await Promise.all(asked.map(({ source, query }) => trails.read(source, query)));
  const placed: { readonly place: Place; readonly fact: AuditFact }[] = [];
  let cut: Place | null = null;
  for (const [source, page] of pages.entries()) {
    if (page === null) return null;
    for (const entry of page.entries) {
      const { at, index, seq } = entry;
      placed.push({ place: { at, source, seq, index }, fact: { ...entry, source: page.source } });
    }
    const frontier = frontierOf(page, source);
    if (frontier !== null && (cut === null || order(frontier, cut) < 0)) cut = frontier;
  }
  const sure = placed
    .toSorted((a, b) => order(a.place, b.place))
    .filter(({ place }) => cut === null || order(place, cut) <= 0);
  const shown = sure.slice(0, wish.limit);
  const last = sure.length > shown.length ? (shown.at(-1)?.place ?? null) : cut;
  return { facts: shown.map(({ fact }) => fact), next: nextOf({ group, last, sources: all.length }) };
}

const frontierOf = ({ frontier }: TrailPage, source: number): Place | null =>
  frontier === null ? null : { ...frontier, source };

function nextOf({ group, last, sources }: { group: number; last: Place | null; sources: number }): Cursor | null {
  if (last !== null) return { group, ...last };
  const another = (group + 1) * GROUP < sources;
  return another ? { group: group + 1, at: END_OF_TIME, source: -1, seq: 0, index: 0 } : null;
}

function queryFor(wish: TrailWish, key: string | undefined, place: { from: Cursor | null; at: number }): TrailQuery {
  const { limit, organization, since, until, user } = wish;
  const asked = {
    since,
    limit: limit + 1,
    ...(key === undefined ? {} : { key }),
    ...(user === undefined ? {} : { user }),
    ...(organization === undefined ? {} : { organization }),
  };
  const { from, at } = place;
  if (from === null) return { ...asked, until };
  if (from.source === at) return { ...asked, until, before: { seq: from.seq, index: from.index } };
  // Of the same moment the earlier sources have been told already.
  return { ...asked, until: Math.min(until, at < from.source ? from.at : from.at + 1) };
}
