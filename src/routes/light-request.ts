/** A request that did not come as one: an entry of a Bundle, a message of a session. Costs next to nothing to make. */
import type { IncomingRequest } from './request-context.ts';

export interface LightParts {
  readonly method: string;
  readonly url: string;
  /** Null: no body. */
  readonly body: string | null;
  /** The value of a header by its name in small letters. */
  header(name: string): string | undefined;
  readonly cf?: IncomingRequest['cf'];
}

const small = new Map<string, string>();
/** Our own code asks for a few dozen names; clients use about as many. */
const KNOWN_NAMES_MAX = 500;
const NAME_CHARACTERS_MAX = 64;

/** As `toLowerCase`, remembering the names in use. */
export function smallName(name: string): string {
  const known = small.get(name);
  if (known !== undefined) return known;
  const made = name.toLowerCase();
  if (small.size < KNOWN_NAMES_MAX && name.length <= NAME_CHARACTERS_MAX) small.set(name, made);
  return made;
}

export class LightRequest implements IncomingRequest {
  readonly method: string;
  readonly url: string;
  readonly bodyText: string;
  readonly cf: IncomingRequest['cf'];
  readonly headers: { get(name: string): string | null };
  readonly #hasBody: boolean;

  constructor(parts: LightParts) {
    this.method = parts.method;
    this.url = parts.url;
    this.bodyText = parts.body ?? '';
    this.cf = parts.cf;
    this.#hasBody = parts.body !== null;
    this.headers = {
      get: (name) => {
        const key = smallName(name);
        return parts.header(key) ?? (key === 'content-length' ? this.#length() : null);
      },
    };
  }

  /** For the few that stream; the others read `bodyText`. */
  get body(): ReadableStream<Uint8Array> | null {
    return this.#hasBody ? new Response(this.bodyText).body : null;
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return new Response(this.bodyText).arrayBuffer();
  }

  #length(): string | null {
    return this.#hasBody ? String(new TextEncoder().encode(this.bodyText).byteLength) : null;
  }
}
