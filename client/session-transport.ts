/**
 * One WebSocket for all requests: messages of one turn go out in one frame, answers come back in any order. A broken or
 * renewed connection is replaced by the next request; what it left unanswered fails as lost, and is the caller's to repeat.
 */
import { ConnectionLost } from './errors.ts';
import { abortReason, headerOf, isJsonType } from './transport.ts';
import type { Transport, WireReply, WireRequest } from './transport.ts';
import type { Socket, SocketClass } from './web-socket.ts';

export interface SessionSettings {
  /** ws:// or wss:// address of the session. */
  readonly url: string;
  readonly WebSocket: SocketClass;
  /** Messages on the wire at once; the server refuses more than 512. */
  readonly inFlight?: number;
  readonly connectTimeoutMs?: number;
}

export const IN_FLIGHT_DEFAULT = 256;
const CONNECT_TIMEOUT_MS = 10_000;
/** Frames are cut at this length, unless one message alone is longer. */
const FRAME_CHARACTERS = 256 * 1024;

type Common = Readonly<Record<string, string>>;

interface Waiting {
  readonly request: WireRequest;
  readonly common: Common;
  resolve(reply: WireReply): void;
  reject(error: Error): void;
  /** Nobody waits any more. */
  dropped: boolean;
}

class Connection {
  readonly socket: Socket;
  readonly waiting = new Map<number, Waiting>();
  open = false;
  /** What the server was told to hold for every message. */
  introduced: Common | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

export class SessionTransport implements Transport {
  readonly #settings: SessionSettings;
  readonly #inFlight: number;
  #queue: Waiting[] = [];
  #connection: Connection | null = null;
  #scheduled = false;
  #lastId = 0;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#inFlight = settings.inFlight ?? IN_FLIGHT_DEFAULT;
  }

  send(request: WireRequest, common: Common, signal?: AbortSignal): Promise<WireReply> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { request, common, resolve, reject, dropped: false };
      if (signal !== undefined) {
        if (signal.aborted) return reject(abortReason(signal));
        signal.addEventListener('abort', () => this.#drop(waiting, abortReason(signal)), { once: true });
      }
      this.#queue.push(waiting);
      this.#schedule();
    });
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.socket.close(1000, 'done');
    if (connection !== null) this.#lose(connection, 'the session was closed');
    this.#failQueue('the session was closed');
  }

  /** Messages of one turn share a frame. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#queue.length === 0) return;
    const connection = (this.#connection ??= this.#connect());
    if (!connection.open) return;
    const room = this.#inFlight - connection.waiting.size;
    if (room <= 0) return;
    const leaving = room >= this.#queue.length ? this.#queue : this.#queue.slice(0, room);
    this.#queue = leaving === this.#queue ? [] : this.#queue.slice(room);
    let frame = '';
    for (const waiting of leaving) {
      if (waiting.dropped) continue;
      frame += this.#text(connection, waiting);
      if (frame.length < FRAME_CHARACTERS) continue;
      connection.socket.send(`[${frame.slice(1)}]`);
      frame = '';
    }
    if (frame !== '') connection.socket.send(`[${frame.slice(1)}]`);
  }

  /** Each message with a comma before it. */
  #text(connection: Connection, waiting: Waiting): string {
    const { request, common } = waiting;
    const id = ++this.#lastId;
    connection.waiting.set(id, waiting);
    let introduction = '';
    if (connection.introduced !== common) {
      connection.introduced = common;
      introduction = `,${JSON.stringify({ headers: common })}`;
    }
    const { method, path, headers, body } = request;
    const written = body === undefined ? '' : `,"body":${JSON.stringify(body)}`;
    return `${introduction},{"id":${id},"method":"${method}","path":${JSON.stringify(path)},"headers":${JSON.stringify(headers)}${written}}`;
  }

  #connect(): Connection {
    const { url, WebSocket, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#settings;
    const connection = new Connection(new WebSocket(url));
    const { socket } = connection;
    const ended = (why: string): void => {
      clearTimeout(late);
      this.#closed(connection, why);
    };
    const late = setTimeout(() => {
      socket.close();
      ended('no connection in time');
    }, connectTimeoutMs);
    socket.addEventListener('open', () => {
      clearTimeout(late);
      // Given up meanwhile.
      if (this.#connection !== connection) return socket.close(1000, 'too late');
      connection.open = true;
      this.#pump();
    });
    socket.addEventListener('message', ({ data }) => this.#received(connection, data));
    // A close should follow every error, with its reason; Node leaves it out where no connection came about.
    socket.addEventListener('error', () => {
      if (!connection.open) ended('no connection');
    });
    socket.addEventListener('close', ({ code, reason }) => ended(`${code}${reason === '' ? '' : ` ${reason}`}`));
    return connection;
  }

  #received(connection: Connection, data: unknown): void {
    if (typeof data !== 'string') return;
    const frame: unknown = JSON.parse(data);
    if (Array.isArray(frame)) for (const answer of frame as readonly unknown[]) this.#answered(connection, answer);
    else this.#answered(connection, frame);
    if (this.#queue.length > 0) this.#schedule();
  }

  #answered(connection: Connection, answer: unknown): void {
    if (typeof answer !== 'object' || answer === null) return;
    if ('renew' in answer) return this.#retire(connection);
    const { id, status, headers, body } = answer as WireReply & { readonly id: number };
    const waiting = connection.waiting.get(id);
    if (waiting === undefined) return;
    connection.waiting.delete(id);
    waiting.resolve({ status, headers, body: typeof body === 'string' ? textOf(headers, body) : body });
  }

  /** New requests take a new connection; this one ends when the server has answered the rest. */
  #retire(connection: Connection): void {
    if (this.#connection === connection) this.#connection = null;
    if (this.#queue.length > 0) this.#schedule();
  }

  #closed(connection: Connection, why: string): void {
    const wasOpen = connection.open;
    if (this.#connection === connection) {
      this.#connection = null;
      // Nobody answers there: who waits decides whether to try again.
      if (!wasOpen) this.#failQueue(`no session: ${why}`);
      else if (this.#queue.length > 0) this.#schedule();
    }
    this.#lose(connection, `the session ended: ${why}`);
  }

  #lose(connection: Connection, why: string): void {
    for (const { reject } of connection.waiting.values()) reject(new ConnectionLost(why));
    connection.waiting.clear();
  }

  #failQueue(why: string): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { reject } of queue) reject(new ConnectionLost(why));
  }

  #drop(waiting: Waiting, reason: Error): void {
    waiting.dropped = true;
    waiting.reject(reason);
  }
}

/** Bodies that the server does not vouch for come as texts, also where they are JSON. */
function textOf(headers: Readonly<Record<string, string>>, body: string): unknown {
  if (!isJsonType(headerOf({ headers }, 'Content-Type'))) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
