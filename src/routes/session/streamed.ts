/** An answer that comes as a Response, for services that bring bytes or streams: whole, as text or in base64. */
import { Buffer } from 'node:buffer';
import type { PlainResponse } from '../respond.ts';
import { MAX_STREAMED_BYTES } from './limits.ts';

const TOO_LONG: PlainResponse = {
  status: 502,
  headers: { 'Content-Type': 'application/json' },
  body: '{"error":"The answer is too long for a session; ask for it over HTTP"}',
};

/** Told of a body that is no text. */
const ENCODING = 'Session-Body-Encoding';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function plainResponse(response: Response): Promise<PlainResponse> {
  const { status } = response;
  const announced = Number(response.headers.get('Content-Length') ?? '0');
  const bytes = announced > MAX_STREAMED_BYTES ? null : await collected(response.body);
  if (bytes === null) {
    await response.body?.cancel();
    return TOO_LONG;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known}, ${value}`;
  }
  if (bytes.byteLength === 0) return { status, headers, body: null };
  try {
    return { status, headers, body: decoder.decode(bytes) };
  } catch {
    return { status, headers: { ...headers, [ENCODING]: 'base64' }, body: Buffer.from(bytes).toString('base64') };
  }
}

async function collected(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > MAX_STREAMED_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
