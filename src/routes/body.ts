/** Reads a request body within bounds: size by header and by count, time, character set, and JSON that is safe to use. */
import { BODY_TIMEOUT_MS, MAX_BODY_BYTES } from './limits.ts';
import { parseGuarded } from './json-guard.ts';
import type { JsonBounds } from './json-guard.ts';
import type { IncomingRequest } from './request-context.ts';

export type BodyFault = 'too-large' | 'malformed' | 'encoded' | 'slow';

export type TextBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly fault: BodyFault };

export type JsonBody =
  | { readonly kind: 'json'; readonly text: string; readonly value: unknown }
  | { readonly kind: 'fault'; readonly fault: BodyFault };

const fault = (name: BodyFault): { readonly kind: 'fault'; readonly fault: BodyFault } => ({
  kind: 'fault',
  fault: name,
});

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Counts while it reads: a body without a length, or with a false one, stops at the bound. */
async function collect(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of chunks(body)) {
    size += part.byteLength;
    if (size > limit) return null;
    parts.push(part);
  }
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** The server already holds the sender to the declared length, so one read is enough. */
async function declaredBody(request: IncomingRequest, limit: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength > limit ? null : bytes;
}

/** `work`, or 'slow' once the time is over; the timer never outlives the call. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | 'slow'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'slow'>((resolve) => {
    timer = setTimeout(() => {
      resolve('slow');
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Malformed UTF-8 is refused, not repaired: what is stored must be what was sent. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

export interface BodyBounds {
  readonly bytes: number;
  readonly milliseconds: number;
  /** Absent: those of an ordinary resource. */
  readonly json?: JsonBounds;
}

const ORDINARY: BodyBounds = { bytes: MAX_BODY_BYTES, milliseconds: BODY_TIMEOUT_MS };

/** A text that is here already; what could not have been sent as UTF-8 is refused as over HTTP. */
function arrivedText(text: string, bounds: BodyBounds): TextBody {
  // No character takes more than three bytes, so only long texts have to be counted.
  const tooLarge = text.length > bounds.bytes || (text.length * 3 > bounds.bytes && byteLength(text) > bounds.bytes);
  if (tooLarge) return fault('too-large');
  return text.isWellFormed() ? { kind: 'text', text } : fault('malformed');
}

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength;

export async function readText(request: IncomingRequest, bounds: BodyBounds = ORDINARY): Promise<TextBody> {
  const encoding = request.headers.get('Content-Encoding');
  if (encoding !== null && encoding !== '' && encoding.toLowerCase() !== 'identity') return fault('encoded');
  if (request.bodyText !== undefined) return arrivedText(request.bodyText, bounds);
  const declared = request.headers.get('Content-Length');
  if (declared !== null && !(Number(declared) <= bounds.bytes)) return fault('too-large');
  if (request.body === null) return { kind: 'text', text: '' };
  const collected = declared === null ? collect(request.body, bounds.bytes) : declaredBody(request, bounds.bytes);
  const bytes = await within(
    bounds.milliseconds,
    collected.catch(() => 'broken' as const),
  );
  if (bytes === 'slow') return fault('slow');
  if (bytes === null) return fault('too-large');
  const text = bytes === 'broken' ? null : decode(bytes);
  return text === null ? fault('malformed') : { kind: 'text', text };
}

export async function readJson(request: IncomingRequest, bounds: BodyBounds = ORDINARY): Promise<JsonBody> {
  const body = await readText(request, bounds);
  if (body.kind === 'fault') return body;
  const value = parseGuarded(body.text, bounds.json);
  return value === undefined ? fault('malformed') : { kind: 'json', text: body.text, value };
}

/** The media type of a Content-Type header, without its parameters. */
export function mediaType(header: string | null): string {
  if (header === null) return '';
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}
