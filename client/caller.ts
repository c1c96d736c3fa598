/** Sends one request until it is answered for good: id, retries, time, abort, and the answer or a readable error. */
import {
  ConnectionLost,
  isOperationOutcome,
  refusalText,
  SpineRefusal,
  SpineTimeout,
  SpineUnavailable,
} from './errors.ts';
import type { SpineErrorFacts } from './errors.ts';
import { isPassing, Retries } from './retry.ts';
import type { RetrySettings } from './retry.ts';
import { abortReason, headerOf } from './transport.ts';
import type { Transport, WireReply } from './transport.ts';

export interface CallOptions {
  /** X-Request-ID: a repeat under the same id has the effect once. Absent: a fresh UUID. */
  readonly requestId?: string;
  /** Time for the whole call with its retries, ms. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SpineCall extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, from the root of the server. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface SpineAnswer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the ETag; undefined where there was none. */
  readonly version: number | undefined;
  readonly requestId: string;
  /** Times the request was sent. */
  readonly attempts: number;
}

export type Token = string | (() => string | Promise<string>);

export interface CallerSettings {
  readonly token?: Token | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: Partial<RetrySettings> | undefined;
}

const TIMEOUT_MS = 60_000;
/** One sending: longer than the server itself waits (X-Sync-Wait, 10 s). */
const ATTEMPT_TIMEOUT_MS = 15_000;

class AttemptTimeout extends Error {}

/** One request on its way. */
interface Journey {
  readonly call: SpineCall;
  readonly requestId: string;
  readonly deadline: number;
  attempts: number;
}

export class Caller {
  readonly #transport: Transport;
  readonly #settings: CallerSettings;
  readonly #retries: Retries;
  #common: Readonly<Record<string, string>> = {};
  #token = '';

  constructor(transport: Transport, settings: CallerSettings) {
    this.#transport = transport;
    this.#settings = settings;
    this.#retries = new Retries(settings.retry);
    this.#common = { ...settings.headers };
  }

  async call<Body>(call: SpineCall): Promise<SpineAnswer<Body>> {
    const timeoutMs = call.timeoutMs ?? this.#settings.timeoutMs ?? TIMEOUT_MS;
    const requestId = call.requestId ?? crypto.randomUUID();
    const journey: Journey = { call, requestId, deadline: Date.now() + timeoutMs, attempts: 0 };
    this.#retries.earn();
    for (;;) {
      call.signal?.throwIfAborted();
      const reply = await this.#attempt(journey);
      if (!(reply instanceof Error) && reply.status < 400) return answerOf<Body>(reply, journey);
      if (!(reply instanceof Error) && !isPassing(reply.status)) throw refusalOf(reply, journey);
      const told = reply instanceof Error ? undefined : retryAfterOf(reply);
      const waitMs = this.#retries.next(journey.attempts, told);
      if (waitMs === null) throw unavailableOf(reply, journey);
      if (Date.now() + waitMs >= journey.deadline) throw timeoutOf(reply, journey);
      await pause(waitMs, call.signal);
    }
  }

  /** One sending; what a repeat may mend comes back as a value. */
  async #attempt(journey: Journey): Promise<WireReply | Error> {
    const { call, requestId } = journey;
    const common = await this.#commonHeaders();
    journey.attempts++;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers: Record<string, string> = { 'X-Request-ID': requestId, ...call.headers };
    if (body !== undefined) headers['Content-Type'] ??= 'application/json';
    const left = Math.min(journey.deadline - Date.now(), this.#settings.attemptTimeoutMs ?? ATTEMPT_TIMEOUT_MS);
    const limit = new Limit(left, call.signal);
    try {
      return await this.#transport.send({ method: call.method, path: call.path, headers, body }, common, limit.signal);
    } catch (error) {
      if (call.signal?.aborted === true) throw abortReason(call.signal);
      if (error instanceof ConnectionLost || error instanceof AttemptTimeout) return error;
      throw error;
    } finally {
      limit.end();
    }
  }

  /** The same object for the same token: a session sends it once. */
  async #commonHeaders(): Promise<Readonly<Record<string, string>>> {
    const { token } = this.#settings;
    if (token === undefined) return this.#common;
    const told = typeof token === 'string' ? token : await token();
    if (told !== this.#token) {
      this.#token = told;
      this.#common = { ...this.#settings.headers, Authorization: `Bearer ${told}` };
    }
    return this.#common;
  }
}

/** Ends a sending when its time is over or the caller gives up. */
class Limit {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #outer: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    this.#timer = setTimeout(() => this.#controller.abort(new AttemptTimeout('no answer in time')), milliseconds);
    outer?.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#abort);
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted(): void {
      clearTimeout(timer);
      reject(signal === undefined ? new Error('aborted') : abortReason(signal));
    }
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

function answerOf<Body>(reply: WireReply, { requestId, attempts }: Journey): SpineAnswer<Body> {
  const { status, headers, body } = reply;
  const digits = /^W\/"(\d+)"$/.exec(headerOf(reply, 'ETag') ?? '')?.[1];
  const version = digits === undefined ? undefined : Number(digits);
  return { status, headers, body: body as Body, version, requestId, attempts };
}

const asked = ({ call }: Journey): string => `${call.method} ${call.path.split('?')[0] ?? ''}`;

function retryAfterOf(reply: WireReply): number | undefined {
  const seconds = Number(headerOf(reply, 'Retry-After'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function factsOf(reply: WireReply, { requestId, attempts }: Journey): SpineErrorFacts {
  const outcome = isOperationOutcome(reply.body) ? reply.body : undefined;
  const body = outcome === undefined ? reply.body : undefined;
  return { status: reply.status, requestId, attempts, outcome, body, retryAfterSeconds: retryAfterOf(reply) };
}

function refusalOf(reply: WireReply, journey: Journey): SpineRefusal {
  const facts = factsOf(reply, journey);
  return new SpineRefusal(refusalText(asked(journey), reply.status, facts.outcome), facts);
}

function unavailableOf(reply: WireReply | Error, journey: Journey): SpineUnavailable {
  const { requestId, attempts } = journey;
  if (reply instanceof Error) {
    const text = `${asked(journey)}: ${reply.message}, sent ${attempts} times`;
    return new SpineUnavailable(text, { status: 0, requestId, attempts }, { cause: reply });
  }
  const facts = factsOf(reply, journey);
  return new SpineUnavailable(
    `${refusalText(asked(journey), reply.status, facts.outcome)} · sent ${attempts} times`,
    facts,
  );
}

function timeoutOf(reply: WireReply | Error, journey: Journey): SpineTimeout {
  const { requestId, attempts } = journey;
  const facts = reply instanceof Error ? { status: 0, requestId, attempts } : factsOf(reply, journey);
  const last = reply instanceof Error ? reply.message : `last answer ${reply.status}`;
  return new SpineTimeout(`${asked(journey)}: no good answer in the time given (${last})`, facts);
}
