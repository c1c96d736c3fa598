/**
 * One session: messages in, answers out, in any order. It keeps nothing that a new connection would miss, so it may end at
 * any time: the client sends what was not answered again, under the same X-Request-ID.
 */
import { answerTo } from '../router.ts';
import type { Surroundings } from '../request-context.ts';
import type { PlainResponse } from '../respond.ts';
import {
  CALLS_BEFORE_RENEWAL,
  MAX_CHARACTERS_IN_FLIGHT,
  MAX_DENIALS,
  MAX_FRAME_CHARACTERS,
  MAX_IN_FLIGHT,
  MAX_IN_FLIGHT_OF_ALL,
  MAX_REPLY_FRAME_CHARACTERS,
  MESSAGES_BEFORE_RENEWAL,
  RENEWAL_GRACE_MS,
} from './limits.ts';
import { NO_HEADERS, readMessage, requestOf, writeAnswer } from './message.ts';
import type { Connection, Message, MessageId } from './message.ts';
import { plainResponse } from './streamed.ts';

export const CLOSE = {
  unsupported: 1003,
  notJson: 1007,
  tooBig: 1009,
  renew: 4001,
  denied: 4401,
} as const;

/** The client's end of the wire. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
}

const refusal = (status: number, error: string, retryAfter?: number): PlainResponse => ({
  status,
  headers: {
    'Content-Type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
  },
  body: JSON.stringify({ error }),
});

const TOO_MANY = refusal(429, 'Too many messages in flight', 1);
const FAILED = refusal(500, 'Internal error');

/** On the texts that have none of these it answers without looking at them. */
const WIDE = /[^\0-\xff]/;

/** Shared by the sessions of this isolate. */
const isolate = { inFlight: 0 };

export interface SessionSettings {
  readonly connection: Connection;
  /** What a request is surrounded by, but for the time. */
  readonly surroundings: Omit<Surroundings, 'now'>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls to actors so far. */
  calls(): number;
  /** Calls to actors the platform allows this connection before it must be renewed. */
  readonly callsBeforeRenewal?: number;
}

export class Session {
  readonly #wire: Wire;
  readonly #settings: SessionSettings;
  readonly #ready: string[] = [];
  /** Apart: one character beyond Latin 1 would make a whole frame twice as long in memory and slow to encode. */
  readonly #wide: string[] = [];
  /** Who sends several messages in a frame gets several answers in a frame. */
  #frames = false;
  #introduced = NO_HEADERS;
  #inFlight = 0;
  #charactersInFlight = 0;
  #messages = 0;
  #denials = 0;
  #renewing = false;
  #ended = false;

  constructor(wire: Wire, settings: SessionSettings) {
    this.#wire = wire;
    this.#settings = settings;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** One frame. */
  take(data: unknown): void {
    if (this.#ended) return;
    if (typeof data !== 'string') return this.#close(CLOSE.unsupported, 'Frames are text');
    if (data.length > MAX_FRAME_CHARACTERS) return this.#close(CLOSE.tooBig, 'The frame is too long');
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch {
      return this.#close(CLOSE.notJson, 'The frame is not JSON');
    }
    const surroundings = { ...this.#settings.surroundings, now: this.#settings.now() };
    if (!Array.isArray(frame)) return this.#takeMessage(frame, surroundings, data.length);
    this.#frames = true;
    const share = data.length / frame.length;
    for (const value of frame as readonly unknown[]) this.#takeMessage(value, surroundings, share);
  }

  /** The connection is gone; answers still to come go nowhere. */
  end(): void {
    this.#ended = true;
  }

  #takeMessage(value: unknown, surroundings: Surroundings, characters: number): void {
    const message = readMessage(value);
    switch (message.kind) {
      case 'introduction':
        this.#introduced = message.headers;
        return;
      case 'unreadable':
        this.#reply(message.id, refusal(400, message.why));
        return;
      case 'message':
        if (this.#isFull(characters)) this.#reply(message.id, TOO_MANY);
        else void this.#answer(message, surroundings, characters);
    }
  }

  #isFull(characters: number): boolean {
    return (
      this.#inFlight >= MAX_IN_FLIGHT ||
      isolate.inFlight >= MAX_IN_FLIGHT_OF_ALL ||
      (this.#inFlight > 0 && this.#charactersInFlight + characters > MAX_CHARACTERS_IN_FLIGHT)
    );
  }

  async #answer(message: Message, surroundings: Surroundings, characters: number): Promise<void> {
    this.#inFlight++;
    isolate.inFlight++;
    this.#charactersInFlight += characters;
    this.#messages++;
    // As it was when the message came: the next introduction is not for it.
    const introduced = this.#introduced;
    let answer: PlainResponse;
    try {
      const request = requestOf(message, this.#settings.connection, introduced);
      const outgoing = request === null ? refusal(400, 'path is no address') : await answerTo(request, surroundings);
      answer = outgoing instanceof Response ? await plainResponse(outgoing) : outgoing;
    } catch {
      answer = FAILED;
    }
    this.#inFlight--;
    isolate.inFlight--;
    this.#charactersInFlight -= characters;
    this.#reply(message.id, answer);
    this.#noteDenial(answer.status);
    this.#renewWhenDue();
  }

  #reply(id: MessageId | null, answer: PlainResponse): void {
    if (this.#ended) return;
    // Answers that become ready in the same turn share a frame.
    if (this.#ready.length === 0 && this.#wide.length === 0) queueMicrotask(() => this.#flush());
    (answer.body !== null && WIDE.test(answer.body) ? this.#wide : this.#ready).push(writeAnswer(id, answer));
  }

  #flush(): void {
    this.#send(this.#ready.splice(0));
    this.#send(this.#wide.splice(0));
  }

  #send(ready: readonly string[]): void {
    if (this.#ended || ready.length === 0) return;
    if (!this.#frames) {
      for (const text of ready) this.#wire.send(text);
      return;
    }
    let start = 0;
    let characters = 0;
    for (const [index, text] of ready.entries()) {
      if (index > start && characters + text.length > MAX_REPLY_FRAME_CHARACTERS) {
        this.#wire.send(`[${ready.slice(start, index).join(',')}]`);
        start = index;
        characters = 0;
      }
      characters += text.length;
    }
    this.#wire.send(`[${(start === 0 ? ready : ready.slice(start)).join(',')}]`);
  }

  /** A client that is refused again and again learns nothing from the next refusal. */
  #noteDenial(status: number): void {
    this.#denials = status === 401 ? this.#denials + 1 : 0;
    if (this.#denials === MAX_DENIALS) queueMicrotask(() => this.#close(CLOSE.denied, 'No valid access token'));
  }

  /** Told once; the client opens a new session, and this one ends when everything on it is answered. */
  #renewWhenDue(): void {
    if (this.#renewing) {
      if (this.#inFlight === 0) this.#closeSoon();
      return;
    }
    const { calls, callsBeforeRenewal = CALLS_BEFORE_RENEWAL } = this.#settings;
    if (calls() < callsBeforeRenewal && this.#messages < MESSAGES_BEFORE_RENEWAL) return;
    this.#renewing = true;
    this.#wire.send('{"renew":true}');
    setTimeout(() => this.#close(CLOSE.renew, 'Renew the session'), RENEWAL_GRACE_MS);
    if (this.#inFlight === 0) this.#closeSoon();
  }

  /** After the answers of this turn, and with a moment for messages that crossed the notice on the wire. */
  #closeSoon(): void {
    setTimeout(() => {
      if (this.#inFlight === 0) this.#close(CLOSE.renew, 'Renew the session');
    }, CROSSING_MS);
  }

  #close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wire.close(code, reason);
  }
}

/** A message may be under way when the notice of renewal is: longer than any round trip in the country. */
const CROSSING_MS = 1_000;
