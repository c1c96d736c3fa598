/** Lanes over sessions, by the client library's own transport: many lanes share one WebSocket. */
import { ConnectionLost } from '../../client/errors.ts';
import { SessionTransport } from '../../client/session-transport.ts';
import type { WireReply } from '../../client/transport.ts';
import type { SocketClass } from '../../client/web-socket.ts';
import type { BenchRequest } from '../scenarios/scenario.ts';
import type { Completion } from './http-connection.ts';
import type { Reply } from './response-parser.ts';
import type { Lane, Transport, WireTarget } from './transport.ts';

/** As many as the server takes of one session without a word, with room for what crosses on the wire. */
export const LANES_PER_SESSION = 256;

export const sessionTransport: Transport = {
  lanes(target, count) {
    const sessions = Array.from({ length: Math.ceil(count / LANES_PER_SESSION) }, () => openSession(target));
    const common = commonHeaders(target);
    return Array.from({ length: count }, (_, index) => {
      const session = sessions[index % sessions.length];
      if (session === undefined) throw new Error('no session');
      return new SessionLane(session, common);
    });
  },
};

function openSession({ endpoint }: WireTarget): SessionTransport {
  const { host, port, secure } = endpoint;
  const url = `${secure ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}/session`;
  return new SessionTransport({ url, WebSocket: WebSocket as SocketClass, inFlight: LANES_PER_SESSION });
}

/** Header lines as a session wants them; it has no use for Host. */
function headersOf(lines: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  return headers;
}

function commonHeaders(target: WireTarget): Readonly<Record<string, string>> {
  const { Host: _host, ...common } = headersOf(target.headers);
  return common;
}

/** One request on its way. */
interface Waiting {
  readonly tell: Completion;
}

class SessionLane implements Lane {
  readonly #session: SessionTransport;
  readonly #common: Readonly<Record<string, string>>;
  #waiting: Waiting | null = null;
  #sentAt = 0;

  constructor(session: SessionTransport, common: Readonly<Record<string, string>>) {
    this.#session = session;
    this.#common = common;
  }

  send(request: BenchRequest, done: Completion): void {
    if (this.#waiting !== null) throw new Error('one request at a time');
    const waiting = { tell: done };
    this.#waiting = waiting;
    this.#sentAt = performance.now();
    const { method, path, body, keepBody } = request;
    const headers = request.headers === '' ? {} : headersOf(request.headers);
    headers['X-Request-ID'] = request.requestId;
    this.#session.send({ method, path, headers, body: body === '' ? undefined : body }, this.#common).then(
      (reply) => this.#end(waiting, replyOf(reply, keepBody), ''),
      (error: unknown) => this.#end(waiting, null, error instanceof ConnectionLost ? 'CLOSED' : 'SESSION_ERROR'),
    );
  }

  expire(now: number, timeoutMs: number): void {
    if (this.#waiting !== null && now - this.#sentAt > timeoutMs) this.#end(this.#waiting, null, 'TIMEOUT');
  }

  close(): void {
    this.#session.close();
  }

  /** An answer after its time was given up is nobody's. */
  #end(waiting: Waiting, reply: Reply | null, failure: string): void {
    if (this.#waiting !== waiting) return;
    this.#waiting = null;
    waiting.tell(reply, failure);
  }
}

function replyOf({ status, headers, body }: WireReply, keepBody: boolean): Reply {
  const kept = (keepBody || status >= 400) && body !== undefined;
  return {
    status,
    etag: headers['ETag'] ?? '',
    retryAfter: headers['Retry-After'] ?? '',
    body: kept ? Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) : null,
    closes: false,
  };
}
