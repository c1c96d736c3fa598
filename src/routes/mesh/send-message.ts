/** POST /messageexchange/{mailbox}/outbox: a whole message, or the first of its chunks. */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { chunkRange } from '../../domain/mesh/chunk-range.ts';
import type { ChunkRange } from '../../domain/mesh/chunk-range.ts';
import type { Draft } from '../../domain/mesh/commands.ts';
import { readMexHeaders } from '../../domain/mesh/mex-headers.ts';
import type { MexFacts } from '../../domain/mesh/mex-headers.ts';
import type { MeshRefusalCode } from '../../domain/mesh/refusals.ts';
import { act, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { keptText } from './kept-bytes.ts';
import { answer, errorResponse, faultResponse, JSON_TYPE } from './refusal-table.ts';
import { announcedLength, storeBody } from './upload.ts';

/** Bytes that stand in the record itself: one commit for all, no second store; above, the record would grow too heavy. */
const INLINE_MAX = 32 * 1024;

export async function sendMessage(call: MeshCall): Promise<Response> {
  const { headers } = call.context.request;
  const reading = readMexHeaders((name) => headers.get(name), call.mailboxId);
  if (reading.kind === 'faulty') return refusedAfterAdmission(call, faultResponse(reading.faults));
  const { facts } = reading;
  const encoding = (headers.get('content-encoding') ?? '').trim();
  const range = chunkRange(facts.chunkRange, 1);
  const refusal = reading.refusal ?? encodingRefusal(encoding) ?? (range === null ? 'chunk-range-invalid' : null);
  if (refusal !== null || range === null) {
    return refusedAfterAdmission(call, errorResponse(call.version, refusal ?? 'chunk-range-invalid'));
  }
  const length = announcedLength(call.context.request);
  const inline = range.total === 1 && length !== null && length <= INLINE_MAX;
  return inline ? sendSmall(call, { facts, encoding, range }) : sendLarge(call, { facts, encoding, range });
}

const encodingRefusal = (encoding: string): MeshRefusalCode | null =>
  encoding === '' || encoding === 'gzip' ? null : 'encoding-unsupported';

interface Asked {
  readonly facts: MexFacts;
  readonly encoding: string;
  readonly range: ChunkRange;
}

async function sendSmall(call: MeshCall, asked: Asked): Promise<Response> {
  const bytes = Buffer.from(await call.context.request.arrayBuffer());
  return send(call, draftOf(asked, { object: '', size: bytes.byteLength, payload: keptText(bytes) }));
}

/** The token is only looked at before the bytes are taken: one whose upload broke off may come again. */
async function sendLarge(call: MeshCall, asked: Asked): Promise<Response> {
  const known = await act(call, undefined, { spend: false });
  if (known.kind === 'answered') return known.response;
  const [recipient] = await call.context.spine.mailboxes.directory([asked.facts.recipientId]);
  if (recipient === undefined) return refusedAfterAdmission(call, errorResponse(call.version, 'recipient-unknown'));
  const stored = await storeBody(call);
  if (stored.kind === 'answered') return stored.response;
  const response = await send(call, draftOf(asked, { ...stored, payload: '' }));
  // Where nobody knows, the bytes stay: they may be in use.
  if (response.status !== 202 && response.status !== 503) await call.context.spine.meshPayloads.remove([stored.object]);
  return response;
}

function draftOf({ facts, encoding, range }: Asked, bytes: { object: string; size: number; payload: string }): Draft {
  const { chunkRange: _range, ...rest } = facts;
  const { object, size, payload } = bytes;
  return { ...rest, contentEncoding: encoding, totalChunks: range.total, chunk: { number: 1, object, size }, payload };
}

async function send(call: MeshCall, draft: Draft): Promise<Response> {
  const asked = { ...draft, chunk: draft.chunk.size };
  const acted = await act(call, { kind: 'send', draft, fingerprint: hash('sha256', JSON.stringify(asked), 'hex') });
  if (acted.kind === 'answered') return acted.response;
  const messageId = acted.done.body;
  return answer(202, call.version === 1 ? { messageID: messageId } : { message_id: messageId }, JSON_TYPE);
}
