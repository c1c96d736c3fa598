/**
 * Which tokens were shown, and what was done under them: durable in the commit of the act, known by hash in memory. A
 * token stands in the minute that it names; minutes are read back when somebody first asks for one after a restart.
 */
import { WINDOW_MS } from '../domain/mesh/authorization.ts';
import type { TokenPages } from '../storage/shard/token-pages.ts';
import { PlaceIndex } from './place-index.ts';

export interface Token {
  /** All that makes it this token. */
  readonly key: string;
  /** Milliseconds since 1970: the time that it names. */
  readonly at: number;
}

/** What was done under a token, for a client that comes with it again. */
export interface Done {
  readonly fingerprint: string;
  readonly body: string;
}

interface Use {
  readonly key: string;
  readonly minute: number;
  /** Whose the token is; nobody's after it was given back. */
  readonly owner: string;
  readonly done: Done | null;
}

/** As it stands in a page. */
type StoredUse = readonly [key: string, owner: string, fingerprint?: string, body?: string];

export interface Taken {
  /** Nobody ever showed it, so nothing was done under it. */
  readonly fresh: boolean;
  readonly done: Done | null;
}

const NOBODY = '';
const MINUTE_MS = 60_000;
/** A token that outlives its window by this is forgotten late rather than early. */
const MARGIN_MS = 60_000;
/** Pages removed by one flush: a minute of a busy shard is gone within seconds, and no flush notices. */
const FORGET_MAX = 64;

const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);

export class TokenMemory {
  readonly #pages: TokenPages;
  readonly #seed: number;
  readonly #minutes = new Map<number, PlaceIndex>();
  /** Uses of the flush in hand, oldest first. */
  #staged: Use[] = [];
  /** The oldest minute that is kept; older pages may still be there. */
  #kept = 0;
  #forgetting = true;

  /** `seed`: chance, so that nobody can choose tokens that fall together. */
  constructor(pages: TokenPages, seed: number) {
    this.#pages = pages;
    this.#seed = seed;
  }

  /** Nothing of the flush before is in hand: it was committed, or rolled back. */
  begin(): void {
    this.#staged = [];
  }

  /** Takes a token; null where it is somebody else's. */
  take(token: Token, owner: string): Taken | null {
    const known = this.#find(token);
    if (known === null) {
      this.#staged.push({ key: token.key, minute: minuteOf(token.at), owner, done: null });
      return { fresh: true, done: null };
    }
    if (known.owner !== NOBODY && known.owner !== owner) return null;
    if (known.owner === NOBODY) this.#staged.push({ ...known, owner });
    return { fresh: false, done: known.done };
  }

  isTaken(token: Token): boolean {
    return (this.#find(token)?.owner ?? NOBODY) !== NOBODY;
  }

  /** Gives a token back, for an act that did not happen as far as anybody knows. */
  release(token: Token): void {
    const known = this.#find(token);
    if (known !== null) this.#staged.push({ ...known, owner: NOBODY });
  }

  /** Notes what was done under a token that was taken in this flush. */
  note(token: Token, done: Done): void {
    const known = this.#find(token);
    if (known === null) throw new Error('a token that nobody took');
    this.#staged.push({ ...known, done });
  }

  /** How much is staged: a place to come back to. */
  get mark(): number {
    return this.#staged.length;
  }

  /** After a failure: what was staged behind a place did not happen. */
  back(mark: number): void {
    this.#staged.length = mark;
  }

  /** To be called within a flush: writes what it took. */
  write(now: number): void {
    if (this.#staged.length > 0) {
      for (const [minute, uses] of Map.groupBy(newest(this.#staged), (use) => use.minute)) {
        const index = this.#minute(minute);
        const page = index.nextPage();
        this.#pages.add(minute, page, JSON.stringify(uses.map(storedUse)));
        for (const { key } of uses) index.add(this.#hash(key), page);
      }
      this.#staged = [];
    }
    this.#forget(minuteOf(now - WINDOW_MS - MARGIN_MS));
  }

  #forget(oldest: number): void {
    if (oldest > this.#kept) {
      this.#kept = oldest;
      this.#forgetting = true;
      for (const minute of this.#minutes.keys()) if (minute < oldest) this.#minutes.delete(minute);
    }
    if (this.#forgetting) this.#forgetting = this.#pages.forgetBefore(oldest, FORGET_MAX);
  }

  #find({ key, at }: Token): Use | null {
    const staged = this.#staged.findLast((use) => use.key === key);
    if (staged !== undefined) return staged;
    const minute = minuteOf(at);
    for (const page of this.#minute(minute).pagesOf(this.#hash(key))) {
      const stored = usesIn(this.#pages.read(minute, page)).find(([known]) => known === key);
      if (stored !== undefined) return useOf(stored, minute);
    }
    return null;
  }

  #minute(minute: number): PlaceIndex {
    const known = this.#minutes.get(minute);
    if (known !== undefined) return known;
    const index = new PlaceIndex();
    for (const { page, uses } of this.#pages.ofMinute(minute)) {
      for (const [key] of usesIn(uses)) index.add(this.#hash(key), page);
    }
    this.#minutes.set(minute, index);
    return index;
  }

  /** FNV-1a from a start of chance, with a final mix. */
  #hash(key: string): number {
    let hash = this.#seed;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }
}

/** The last word on each token. */
function newest(staged: readonly Use[]): readonly Use[] {
  return [...new Map(staged.map((use) => [use.key, use])).values()];
}

const storedUse = ({ key, owner, done }: Use): StoredUse =>
  done === null ? [key, owner] : [key, owner, done.fingerprint, done.body];

const usesIn = (text: string | null): readonly StoredUse[] => (text === null ? [] : (JSON.parse(text) as StoredUse[]));

const useOf = ([key, owner, fingerprint, body]: StoredUse, minute: number): Use => ({
  key,
  minute,
  owner,
  done: fingerprint === undefined || body === undefined ? null : { fingerprint, body },
});
