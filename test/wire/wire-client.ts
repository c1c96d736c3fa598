/** Speaks to a server as an existing PDS client does: knows its base URL and nothing else of it. */
import { randomUUID } from 'node:crypto';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Null when the body is not JSON. */
  readonly body: unknown;
  readonly text: string;
}

export interface WireRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const PDS = '/personal-demographics/FHIR/R4';

export class WireClient {
  readonly #target: string;
  /** Hears of every answer, so that all can be held against the schemas. */
  readonly #onAnswer: (method: string, path: string, answer: WireAnswer) => void;

  constructor(target: string, onAnswer: (method: string, path: string, answer: WireAnswer) => void = () => {}) {
    this.#target = target;
    this.#onAnswer = onAnswer;
  }

  /** A request id is sent unless `headers` says otherwise; an empty header value leaves the header out. */
  async send(method: string, path: string, { headers = {}, body }: WireRequest = {}): Promise<WireAnswer> {
    const all = {
      'x-request-id': randomUUID(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = new Headers();
    for (const [name, value] of Object.entries(all)) if (value !== '') sent.set(name, value);
    const init = { method, headers: sent, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(new URL(PDS + path, this.#target), init);
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: parsed(text), text };
    this.#onAnswer(method, path, answer);
    return answer;
  }

  get(path: string): Promise<WireAnswer> {
    return this.send('GET', path);
  }

  search(parameters: readonly (readonly [string, string])[]): Promise<WireAnswer> {
    return this.get(
      `/Patient?${new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()}`,
    );
  }

  patch(nhsNumber: string, version: string, body: unknown): Promise<WireAnswer> {
    const headers = { 'content-type': 'application/json-patch+json', 'if-match': `W/"${version}"` };
    return this.send('PATCH', `/Patient/${nhsNumber}`, { headers, body });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
