/** A MESH client for tests: tokens as the official clients make them, and raw answers that nothing has decoded. */
import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

export interface MeshAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Null when the body is not JSON. */
  readonly json: unknown;
}

export interface TokenParts {
  readonly password?: string;
  readonly sharedKey?: string;
  readonly nonce?: string;
  readonly count?: number;
  /** Minutes from now. */
  readonly shift?: number;
  readonly timestamp?: string;
}

export const timestampAt = (at: number): string => new Date(at).toISOString().slice(0, 16).replace(/[-:T]/g, '');

export function meshToken(mailboxId: string, parts: TokenParts = {}): string {
  const { password = 'password', sharedKey = 'TestKey', nonce = randomUUID(), count = 0, shift = 0 } = parts;
  const timestamp = parts.timestamp ?? timestampAt(Date.now() + shift * 60_000);
  const text = `${mailboxId}:${nonce}:${count}:${password}:${timestamp}`;
  const hash = createHmac('sha256', sharedKey).update(text).digest('hex');
  return `NHSMESH ${mailboxId}:${nonce}:${count}:${timestamp}:${hash}`;
}

export interface MeshRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Sent as it is; '' leaves the header out; absent: a fresh token of the mailbox in the path. */
  readonly authorization?: string;
  /** The body goes without a length, in pieces. */
  readonly chunked?: boolean;
}

export const V2 = 'application/vnd.mesh.v2+json';

export class MeshClient {
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(target: string) {
    this.#target = new URL(target);
  }

  call(
    method: string,
    path: string,
    { headers = {}, body, authorization, chunked = false }: MeshRequest = {},
  ): Promise<MeshAnswer> {
    const mailboxId = (/^\/messageexchange\/([^/?]+)/.exec(path)?.[1] ?? '').toUpperCase();
    const token = authorization ?? meshToken(decodeURIComponent(mailboxId));
    const all: Record<string, string> = { accept: V2, ...headers, ...(token === '' ? {} : { authorization: token }) };
    if (!chunked && method !== 'GET') all['content-length'] = String(body === undefined ? 0 : Buffer.byteLength(body));
    if (chunked) all['transfer-encoding'] = 'chunked';
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      const request = send({ host: hostname, port, method, path, headers: all, agent: this.#agent }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const text = bytes.toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: parsed(text) });
        });
      });
      request.on('error', reject);
      if (body !== undefined) request.write(body);
      request.end();
    });
  }

  /** The id of a message that was taken. */
  async send(
    from: string,
    to: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const sent = await this.call('POST', `/messageexchange/${from}/outbox`, {
      headers: {
        'mex-to': to,
        'mex-workflowid': 'TEST_WORKFLOW',
        'content-type': 'application/octet-stream',
        ...headers,
      },
      body,
    });
    if (sent.status !== 202) throw new Error(`not sent: ${sent.status} ${sent.text}`);
    return (sent.json as { message_id: string }).message_id;
  }

  async inbox(mailboxId: string, query = ''): Promise<readonly string[]> {
    const { json } = await this.call('GET', `/messageexchange/${mailboxId}/inbox${query}`);
    return (json as { messages: string[] }).messages;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
