/** One keep-alive HTTP/1.1 connection with at most one request in flight, straight on a socket. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Reply, ResponseParser } from './response-parser.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** Exactly one of the two: a reply, or why there is none ('TIMEOUT', 'ECONNRESET', 'CLOSED' …). */
export type Completion = (reply: Reply | null, failure: string) => void;

export class HttpConnection {
  readonly #endpoint: Endpoint;
  readonly #parser: ResponseParser;
  #socket: Socket | null = null;
  #waiting: Completion | null = null;
  #sentAt = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#parser = new ResponseParser((reply) => this.#replied(reply));
  }

  /** A lost connection is made again by the next request; the one that lost it is reported as failed, never repeated. */
  send(bytes: string, keepBody: boolean, done: Completion): void {
    if (this.#waiting !== null) throw new Error('one request at a time');
    this.#waiting = done;
    this.#sentAt = performance.now();
    this.#parser.keepBody = keepBody;
    this.#socket ??= this.#open();
    this.#socket.write(bytes, 'latin1');
  }

  /** Gives up a request that has waited too long; its effect on the server stays unknown. */
  expire(now: number, timeoutMs: number): void {
    if (this.#waiting !== null && now - this.#sentAt > timeoutMs) this.#fail('TIMEOUT');
  }

  close(): void {
    this.#fail('CLOSED');
  }

  #open(): Socket {
    const { host, port, secure } = this.#endpoint;
    const socket = secure ? connectTls({ host, port, servername: host }) : connect({ host, port });
    socket.setNoDelay(true);
    socket.on('data', (packet: Buffer) => {
      if (socket !== this.#socket) return;
      try {
        this.#parser.push(packet);
      } catch {
        this.#fail('MALFORMED_RESPONSE');
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lost(socket, error.code ?? 'SOCKET_ERROR'));
    socket.on('end', () => {
      if (socket === this.#socket) this.#parser.end();
    });
    socket.on('close', () => this.#lost(socket, 'CLOSED'));
    return socket;
  }

  #lost(socket: Socket, reason: string): void {
    if (socket === this.#socket) this.#fail(reason);
  }

  #replied(reply: Reply): void {
    const done = this.#waiting;
    this.#waiting = null;
    if (reply.closes) this.#drop();
    if (done === null) this.#drop();
    else done(reply, '');
  }

  #fail(reason: string): void {
    this.#drop();
    const done = this.#waiting;
    this.#waiting = null;
    if (done !== null) done(null, reason);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#parser.reset();
    socket?.destroy();
  }
}
