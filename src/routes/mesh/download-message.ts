/** GET and HEAD /messageexchange/{mailbox}/inbox/{id}[/{n}]: one chunk, streamed, in the encoding the client takes. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { downloadHeaders } from '../../domain/mesh/download-headers.ts';
import type { Message, StoredChunk } from '../../domain/mesh/message-state.ts';
import type { RequestContext } from '../request-context.ts';
import { act, messageIdFrom, messageOf, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { keptBytes } from './kept-bytes.ts';
import { bodyHeaders, errorResponse, faultResponse } from './refusal-table.ts';

const OCTETS = 'application/octet-stream';
/** Plain chunks up to this are compressed for clients that take it; above, the time would cost more than the line. */
const COMPRESS_MAX = 1024 * 1024;

export async function downloadMessage(call: MeshCall): Promise<Response> {
  const [id, number = '1'] = call.parameters;
  const chunk = chunkNumber(number);
  if (chunk === null) {
    const fault = {
      loc: ['path', 'chunk_number'],
      msg: 'ensure this value is greater than or equal to 1',
      type: 'value_error.number.not_ge',
    } as const;
    return refusedAfterAdmission(call, faultResponse([fault]));
  }
  const query = { name: 'download', mailboxId: call.mailboxId, chunk } as const;
  const acted = await act(call, { kind: 'read', messageId: messageIdFrom(id), query });
  if (acted.kind === 'answered') return acted.response;
  const message = messageOf(acted.done);
  if (message.type === 'REPORT')
    return new Response('', { status: 200, headers: bodyHeaders(downloadHeaders(message, 1)) });
  const stored = message.chunks.find((candidate) => candidate.number === chunk);
  if (stored === undefined) return errorResponse(call.version, 'message-unknown');
  return chunkResponse(call, { message, stored, payload: acted.done.attributes['payload'] ?? '' });
}

export async function headMessage(call: MeshCall): Promise<Response> {
  const query = { name: 'head', mailboxId: call.mailboxId, chunk: 1 } as const;
  const acted = await act(call, { kind: 'read', messageId: messageIdFrom(call.parameters[0]), query });
  if (acted.kind === 'answered') return new Response(null, acted.response);
  const message = messageOf(acted.done);
  const encoding = message.contentEncoding === '' ? {} : { 'content-encoding': message.contentEncoding };
  const headers = { ...downloadHeaders(message, 1), ...encoding, 'content-type': contentType(call, message) };
  return new Response(null, { status: 200, headers: bodyHeaders(headers), encodeBody: 'manual' });
}

function chunkNumber(text: string): number | null {
  if (!/^\d{1,9}$/.test(text)) return null;
  const number = Number(text);
  return number >= 1 ? number : null;
}

interface Chunk {
  readonly message: Message;
  readonly stored: StoredChunk;
  /** Where the record holds the bytes itself. */
  readonly payload: string;
}

async function chunkResponse(call: MeshCall, chunk: Chunk): Promise<Response> {
  const { message, stored } = chunk;
  const { body, size, gzipped } = await encodedBody(call, chunk);
  const headers = bodyHeaders({
    ...downloadHeaders(message, stored.number),
    'content-type': contentType(call, message),
    ...(gzipped ? { 'content-encoding': 'gzip', 'mex-content-compressed': 'Y' } : {}),
    ...(size === null ? {} : { 'content-length': String(size) }),
  });
  const status = stored.number < message.totalChunks ? 206 : 200;
  return new Response(body, { status, headers, encodeBody: 'manual' });
}

interface Encoded {
  readonly body: BodyInit;
  /** Null where only the end of the stream will tell. */
  readonly size: number | null;
  readonly gzipped: boolean;
}

async function encodedBody(call: MeshCall, { message, stored, payload }: Chunk): Promise<Encoded> {
  const accepts = acceptsGzip(call.context);
  const isGzip = message.contentEncoding === 'gzip';
  const compress = !isGzip && accepts && call.version === 2 && stored.size <= COMPRESS_MAX;
  if (stored.object === '') {
    return small(keptBytes(payload), { isGzip, accepts, compress });
  }
  const found = await call.context.spine.meshPayloads.get(stored.object);
  if (found === null) throw new Error('the bytes of a message are missing');
  if (compress) return small(await bytesOf(found.body), { isGzip, accepts, compress });
  if (isGzip && !accepts) {
    return { body: found.body.pipeThrough(new DecompressionStream('gzip')), size: null, gzipped: false };
  }
  return { body: found.body.pipeThrough(new FixedLengthStream(found.size)), size: found.size, gzipped: isGzip };
}

function small(
  bytes: Uint8Array,
  { isGzip, accepts, compress }: { isGzip: boolean; accepts: boolean; compress: boolean },
): Encoded {
  const gzipped = compress || (isGzip && accepts);
  const out = compress ? gzipSync(bytes) : isGzip && !accepts ? unpacked(bytes) : bytes;
  return { body: out, size: out.byteLength, gzipped };
}

/** What was declared gzip and is none goes out as it came in. */
function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}

const bytesOf = async (body: ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(body).arrayBuffer());

/** On the edge network Accept-Encoding may be rewritten; the client's own is told beside the request. */
function acceptsGzip({ request }: RequestContext): boolean {
  const told = request.cf?.['clientAcceptEncoding'];
  const accepted = typeof told === 'string' ? told : (request.headers.get('accept-encoding') ?? '');
  return accepted.includes('gzip');
}

function contentType({ version }: MeshCall, message: Message): string {
  const type = message.contentType;
  if (version === 1 || message.totalChunks !== 1 || type === '') return OCTETS;
  return type.startsWith('text/') && !type.includes('charset') ? `${type}; charset=utf-8` : type;
}
