/** A wire that answers as told, and a WebSocket whose other end is the test. */
import type { Transport, WireReply, WireRequest } from '../../client/transport.ts';
import type { Socket, SocketClose, SocketMessage } from '../../client/web-socket.ts';

export const reply = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): WireReply => ({
  status,
  headers,
  body,
});

export interface Sent {
  readonly request: WireRequest;
  readonly common: Readonly<Record<string, string>>;
}

export class FakeTransport implements Transport {
  readonly sent: Sent[] = [];
  readonly #answers: (WireReply | Error | 'never')[];

  /** One answer for each sending; the last one again and again. */
  constructor(...answers: (WireReply | Error | 'never')[]) {
    this.#answers = answers;
  }

  send(request: WireRequest, common: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<WireReply> {
    this.sent.push({ request, common });
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer !== 'never' && answer !== undefined) return Promise.resolve(answer);
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  close(): void {
    // Nothing is open.
  }

  get requestIds(): (string | undefined)[] {
    return this.sent.map(({ request }) => request.headers['X-Request-ID']);
  }
}

interface Listeners {
  open: (() => void)[];
  error: (() => void)[];
  message: ((event: SocketMessage) => void)[];
  close: ((event: SocketClose) => void)[];
}

export interface Message {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Every socket that was made, newest last. */
export class FakeSocket implements Socket {
  static made: FakeSocket[] = [];
  readonly url: string;
  readonly frames: string[] = [];
  closedWith: number | undefined;
  readonly #listeners: Listeners = { open: [], error: [], message: [], close: [] };

  constructor(url: string) {
    this.url = url;
    FakeSocket.made.push(this);
  }

  static get last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (last === undefined) throw new Error('no socket was made');
    return last;
  }

  addEventListener<Type extends keyof Listeners>(type: Type, listener: Listeners[Type][number]): void {
    (this.#listeners[type] as Listeners[Type][number][]).push(listener);
  }

  send(text: string): void {
    this.frames.push(text);
  }

  close(code = 1000): void {
    this.closedWith = code;
    this.lose(code);
  }

  open(): void {
    for (const listener of this.#listeners.open) listener();
  }

  fail(): void {
    for (const listener of this.#listeners.error) listener();
  }

  /** The server's word. */
  say(value: unknown): void {
    for (const listener of this.#listeners.message) listener({ data: JSON.stringify(value) });
  }

  lose(code = 1006): void {
    for (const listener of this.#listeners.close.splice(0)) listener({ code, reason: '' });
  }

  /** What was sent, introductions left out. */
  get messages(): Message[] {
    return this.frames.flatMap((frame) => JSON.parse(frame) as Message[]).filter((message) => 'id' in message);
  }

  get introductions(): unknown[] {
    return this.frames.flatMap((frame) => JSON.parse(frame) as unknown[]).filter((one) => !('id' in (one as object)));
  }
}
