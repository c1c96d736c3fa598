/** The plain way: one HTTP request each, with the platform's fetch. */
import { ConnectionLost } from './errors.ts';
import { abortReason, headerOf, isJsonType } from './transport.ts';
import type { Transport, WireReply, WireRequest } from './transport.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class HttpTransport implements Transport {
  readonly #base: string;
  readonly #fetch: Fetch;

  constructor(base: string, fetcher?: Fetch) {
    this.#base = base;
    this.#fetch = fetcher ?? ((url, init) => fetch(url, init));
  }

  async send(
    { method, path, headers, body }: WireRequest,
    common: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<WireReply> {
    const init: RequestInit = { method, headers: { ...common, ...headers } };
    if (body !== undefined) init.body = body;
    if (signal !== undefined) init.signal = signal;
    try {
      const response = await this.#fetch(this.#base + path, init);
      const text = await response.text();
      const told: Record<string, string> = {};
      response.headers.forEach((value, name) => {
        told[name] = value;
      });
      const bare: WireReply = { status: response.status, headers: told, body: text === '' ? undefined : text };
      return isJsonType(headerOf(bare, 'Content-Type')) && text !== '' ? { ...bare, body: JSON.parse(text) } : bare;
    } catch (error) {
      if (signal?.aborted === true) throw abortReason(signal);
      throw new ConnectionLost(`no answer over HTTP: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  close(): void {
    // The platform keeps the connections.
  }
}
