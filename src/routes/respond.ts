/** Builds every answer: headers that always stand, mirrored ids, ETag, Retry-After. */
import { MAX_MIRRORED_CHARACTERS } from './limits.ts';
import type { RequestContext } from './request-context.ts';

export const FHIR_JSON = 'application/fhir+json';
export const PLAIN_JSON = 'application/json';

export interface Answer {
  readonly status: number;
  /** null: no body (HEAD, preflight). */
  readonly body: string | null;
  readonly contentType: string;
  /** meta.versionId, sent as a weak ETag. */
  readonly version?: number;
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as plain parts: over HTTP it becomes a Response, within a session a message. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What leaves a service: plain parts, or a Response where it streams or brings bytes. */
export type Outgoing = Response | PlainResponse;

export const toResponse = (outgoing: Outgoing): Response =>
  outgoing instanceof Response ? outgoing : new Response(outgoing.body, outgoing);

/** Visible characters only: no control character, so no CR, LF or NUL, can ride back in a mirrored header. */
const MIRRORABLE = /^[\x20-\x7e\x80-\xff]+$/;

const isMirrorable = (value: string | null): value is string =>
  value !== null && value !== '' && value.length <= MAX_MIRRORED_CHARACTERS && MIRRORABLE.test(value);

export function respond(context: RequestContext, answer: Answer): PlainResponse {
  const headers: Record<string, string> = {
    'Content-Type': answer.contentType,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  const { requestId, correlationId } = context;
  if (isMirrorable(requestId)) headers['X-Request-ID'] = requestId;
  if (isMirrorable(correlationId)) headers['X-Correlation-ID'] = correlationId;
  if (answer.version !== undefined) headers['ETag'] = `W/"${answer.version}"`;
  if (answer.retryAfterSeconds !== undefined)
    headers['Retry-After'] = String(Math.max(1, Math.ceil(answer.retryAfterSeconds)));
  if (answer.headers !== undefined) Object.assign(headers, answer.headers);
  return { status: answer.status, headers, body: answer.body };
}

export const json = (status: number, value: unknown): Answer => ({
  status,
  body: JSON.stringify(value),
  contentType: PLAIN_JSON,
});
