/** A PDS client for tests that meet a running server: one request id per wish, and an answer or none. */
import { createHash, randomUUID } from 'node:crypto';

export const PDS = '/personal-demographics/FHIR/R4';

export interface Wish {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly requestId: string;
  readonly ifMatch?: number;
  readonly body?: string;
  readonly token?: string;
}

export interface Reply {
  readonly status: number;
  /** From the ETag; 0 where there is none. */
  readonly version: number;
  readonly body: string;
  readonly headers: Headers;
}

const WAIT_MS = 15_000;

export const wish = (method: Wish['method'], path: string, more: Partial<Wish> = {}): Wish => ({
  method,
  path,
  requestId: randomUUID(),
  ...more,
});

/** Null: nobody knows what became of it. */
export async function ask(url: string, { method, path, requestId, ifMatch, body, token }: Wish): Promise<Reply | null> {
  const headers = {
    'X-Request-ID': requestId,
    ...(ifMatch === undefined ? {} : { 'If-Match': `W/"${ifMatch}"` }),
    ...(body === undefined
      ? {}
      : { 'Content-Type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' }),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  try {
    const response = await fetch(`${url}${PDS}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(WAIT_MS),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.status >= 500) return null;
    const version = Number(/^W\/"(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1] ?? 0);
    return { status: response.status, version, body: text, headers: response.headers };
  } catch {
    return null;
  }
}

/** The answer, where none would be a failure of the test. */
export async function answerOf(url: string, asked: Wish): Promise<Reply> {
  const reply = await ask(url, asked);
  if (reply === null) throw new Error(`no answer to ${asked.method} ${asked.path}`);
  return reply;
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64');

/** `patches` around a change of the first given name of the record's usual name. */
export const renamed = (nameId: string, given: string): string =>
  JSON.stringify({
    patches: [
      { op: 'test', path: '/name/0/id', value: nameId },
      { op: 'replace', path: '/name/0/given/0', value: given },
    ],
  });

/** A number in letters, as names may hold: 0 → A, 26 → BA. */
export function lettersOf(value: number): string {
  const rest = Math.floor(value / 26);
  return (rest === 0 ? '' : lettersOf(rest)) + String.fromCharCode(65 + (value % 26));
}
