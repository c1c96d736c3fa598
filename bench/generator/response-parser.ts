/**
 * Incremental HTTP/1.1 response parser: packets in, replies out, however they were cut. It reads only the headers the
 * bench needs, because on two shared cores the generator's own cost decides what can be measured.
 */

export interface Reply {
  readonly status: number;
  readonly etag: string;
  readonly retryAfter: string;
  /** Kept when asked for, and always for errors, whose code we count; otherwise null. */
  readonly body: Buffer | null;
  /** The server will close this connection. */
  readonly closes: boolean;
}

export class MalformedResponse extends Error {}

type State = 'head' | 'fixed' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close';

const EMPTY = Buffer.alloc(0);
const LINE_END = '\r\n';
const HEAD_END = Buffer.from('\r\n\r\n');
const LARGEST_HEAD = 65_536;
/** Answer of a step that needs more bytes first. */
const STARVED = -1;

interface Head {
  status: number;
  etag: string;
  retryAfter: string;
  closes: boolean;
  chunked: boolean;
  length: number;
}

export class ResponseParser {
  /** Set before each request: whether the next reply's body is wanted. */
  keepBody = false;
  readonly #onReply: (reply: Reply) => void;
  #state: State = 'head';
  #rest: Buffer = EMPTY;
  #head: Head = emptyHead();
  #remaining = 0;
  #pieces: Buffer[] = [];

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  push(packet: Buffer): void {
    const bytes = this.#rest.length === 0 ? packet : Buffer.concat([this.#rest, packet]);
    this.#rest = EMPTY;
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next === STARVED) {
        if (bytes.length - at > LARGEST_HEAD) throw new MalformedResponse('no end of line or head in 64 KB');
        this.#rest = bytes.subarray(at);
        return;
      }
      at = next;
    }
  }

  /** The peer closed: completes a body that only the close delimits; true when nothing was left half read. */
  end(): boolean {
    if (this.#state === 'until-close') this.#finish();
    return this.#state === 'head' && this.#rest.length === 0;
  }

  /** Forgets what a lost connection left half read. */
  reset(): void {
    this.#state = 'head';
    this.#rest = EMPTY;
    this.#pieces = [];
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'fixed':
      case 'chunk-data':
        return this.#readData(bytes, at);
      case 'chunk-size':
        return this.#readChunkSize(bytes, at);
      case 'chunk-end':
        return this.#readChunkEnd(bytes, at);
      case 'trailer':
        return this.#readTrailer(bytes, at);
      case 'until-close':
        this.#keep(bytes.subarray(at));
        return bytes.length;
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(HEAD_END, at);
    if (end === -1) return STARVED;
    this.#head = parseHead(bytes.toString('latin1', at, end));
    const { status, chunked, length } = this.#head;
    const next = end + HEAD_END.length;
    // 1xx is an announcement, not the reply; the reply follows.
    if (status < 200) return next;
    if (status === 204 || status === 304) this.#finish();
    else if (chunked) this.#state = 'chunk-size';
    else if (length === 0) this.#finish();
    else if (length > 0) {
      this.#remaining = length;
      this.#state = 'fixed';
    } else this.#state = 'until-close';
    return next;
  }

  #readData(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#remaining, bytes.length - at);
    this.#keep(bytes.subarray(at, at + taken));
    this.#remaining -= taken;
    if (this.#remaining === 0) {
      if (this.#state === 'fixed') this.#finish();
      else this.#state = 'chunk-end';
    }
    return at + taken;
  }

  #readChunkSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at, 'latin1');
    if (end === -1) return STARVED;
    const text = /^[0-9a-f]{1,8}(?=$|[; \t])/i.exec(bytes.toString('latin1', at, end))?.[0];
    if (text === undefined) throw new MalformedResponse('chunk size is not a number');
    this.#remaining = Number.parseInt(text, 16);
    this.#state = this.#remaining === 0 ? 'trailer' : 'chunk-data';
    return end + 2;
  }

  #readChunkEnd(bytes: Buffer, at: number): number {
    if (bytes.length - at < 2) return STARVED;
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw new MalformedResponse('chunk is longer than its size');
    this.#state = 'chunk-size';
    return at + 2;
  }

  #readTrailer(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at, 'latin1');
    if (end === -1) return STARVED;
    if (end === at) this.#finish();
    return end + 2;
  }

  #keep(piece: Buffer): void {
    if (this.keepBody || this.#head.status >= 400) this.#pieces.push(piece);
  }

  #finish(): void {
    const { status, etag, retryAfter, closes } = this.#head;
    const kept = this.keepBody || status >= 400;
    const body = kept ? joined(this.#pieces) : null;
    this.#pieces = [];
    this.#state = 'head';
    this.#onReply({ status, etag, retryAfter, body, closes });
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  if (first === undefined) return EMPTY;
  return pieces.length === 1 ? first : Buffer.concat(pieces);
}

function emptyHead(): Head {
  return { status: 0, etag: '', retryAfter: '', closes: false, chunked: false, length: -1 };
}

function parseHead(text: string): Head {
  const head = emptyHead();
  if (!text.startsWith('HTTP/1.')) throw new MalformedResponse('not an HTTP/1 response');
  head.status = Number(text.slice(9, 12));
  if (!(head.status >= 100 && head.status <= 599)) throw new MalformedResponse('no status');
  let at = text.indexOf(LINE_END);
  while (at !== -1) {
    const start = at + 2;
    at = text.indexOf(LINE_END, start);
    readHeader(text, start, at === -1 ? text.length : at, head);
  }
  return head;
}

/** Names are told apart by length first, so that most lines cost no allocation. */
function readHeader(text: string, start: number, end: number, head: Head): void {
  const colon = text.indexOf(':', start);
  if (colon === -1 || colon >= end) return;
  const length = colon - start;
  if (length !== 4 && length !== 10 && length !== 11 && length !== 14 && length !== 17) return;
  const name = text.slice(start, colon).toLowerCase();
  const value = text.slice(colon + 1, end).trim();
  if (name === 'etag') head.etag = value;
  else if (name === 'content-length') head.length = lengthOf(value);
  else if (name === 'transfer-encoding') head.chunked = value.toLowerCase().endsWith('chunked');
  else if (name === 'connection') head.closes = value.toLowerCase() === 'close';
  else if (name === 'retry-after') head.retryAfter = value;
}

function lengthOf(value: string): number {
  if (!/^[0-9]+$/.test(value)) throw new MalformedResponse('Content-Length is not a number');
  return Number(value);
}
