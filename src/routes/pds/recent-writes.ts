/**
 * What each client has just written through this isolate: the national index shows a change within a second, and the
 * client that made it must find it at once. The numbers are offered to its searches as further candidates; the shards
 * decide, as for every candidate, so one too many does no harm.
 */
import type { SearchCriteria } from '../../domain/pds/search-criteria.ts';
import { comparableName } from '../../nhs/fold-name.ts';

interface RecentWrite {
  readonly key: string;
  readonly birthDate: string;
  /** First two letters of every family name in the record, folded. */
  readonly initials: readonly string[];
  readonly at: number;
}

/** Several times the usual lag of the index; while the index is away, searches do not answer at all. */
const REMEMBERED_MS = 10_000;
/** Per client, about 100 bytes each: 500 changes/s over the time remembered. */
const WRITES_MAX = 5_000;
const CLIENTS_MAX = 1_000;
const INITIALS = 2;

const BIRTH_DATE = '"birthDate":"';
const FAMILY = '"family":"';

export class RecentWrites {
  readonly #clients = new Map<string, RecentWrite[]>();

  /** `body` is the resource as it was answered. */
  note(client: string, key: string, body: string, now: number): void {
    const writes = this.#clients.get(client) ?? this.#newClient(client);
    const [birthDate = ''] = valuesOf(body, BIRTH_DATE);
    const initials = valuesOf(body, FAMILY).map((family) => comparableName(family).slice(0, INITIALS));
    writes.push({ key, birthDate, initials, at: now });
    if (writes.length > WRITES_MAX * 2) writes.splice(0, writes.length - WRITES_MAX);
  }

  /** Numbers that the client wrote lately and that may meet the criteria. */
  candidates(client: string, criteria: SearchCriteria, now: number): readonly string[] {
    const keys = new Set<string>();
    const mayMatch = matcherOf(criteria);
    for (const write of this.#clients.get(client) ?? []) {
      if (write.at > now - REMEMBERED_MS && mayMatch(write)) keys.add(write.key);
    }
    return [...keys];
  }

  #newClient(client: string): RecentWrite[] {
    if (this.#clients.size >= CLIENTS_MAX) {
      const [oldest] = this.#clients.keys();
      if (oldest !== undefined) this.#clients.delete(oldest);
    }
    const writes: RecentWrite[] = [];
    this.#clients.set(client, writes);
    return writes;
  }
}

/** Never false for a record that meets the criteria; partial birth dates and fuzzy names always may. */
function matcherOf({ birthDate: range, family, fuzzy, history }: SearchCriteria): (write: RecentWrite) => boolean {
  const { from = '', to = '9999' } = range;
  const byName = !fuzzy && !history && family !== undefined;
  const asked = byName ? comparableName(family.text).slice(0, INITIALS) : '';
  return ({ birthDate, initials }) => {
    if (birthDate.length === 10 && (birthDate < from || birthDate > to)) return false;
    return !byName || initials.includes(asked);
  };
}

/** The string values behind every occurrence of a member; JSON escapes stay as they are, which only widens a match. */
function valuesOf(body: string, member: string): string[] {
  const values: string[] = [];
  for (let at = body.indexOf(member); at >= 0; at = body.indexOf(member, at + member.length)) {
    const start = at + member.length;
    values.push(body.slice(start, body.indexOf('"', start)));
  }
  return values;
}

/** Of this isolate. */
export const recentWrites = new RecentWrites();
