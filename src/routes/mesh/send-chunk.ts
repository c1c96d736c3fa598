/** POST /messageexchange/{mailbox}/outbox/{id}/{n}: a later chunk of a message that is being uploaded. */
import { chunkRange } from '../../domain/mesh/chunk-range.ts';
import { act, messageIdFrom, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { answer, errorResponse, JSON_TYPE } from './refusal-table.ts';
import { storeBody } from './upload.ts';

export async function sendChunk(call: MeshCall): Promise<Response> {
  const { headers } = call.context.request;
  const [id, addressed = ''] = call.parameters;
  const messageId = messageIdFrom(id);
  const text = (headers.get('mex-chunk-range') ?? '').trim();
  const range = text === '' ? null : chunkRange(text, Number(addressed));
  if (range === null) return refusedAfterAdmission(call, errorResponse(call.version, 'chunk-range-invalid', messageId));
  const contentEncoding = (headers.get('content-encoding') ?? '').trim();
  const { number, total } = range;
  const query = { name: 'upload', senderId: call.mailboxId, contentEncoding, chunk: number, total } as const;
  const allowed = await act(call, { kind: 'read', messageId, query }, { messageId, spend: false });
  if (allowed.kind === 'answered') return allowed.response;
  const stored = await storeBody(call);
  if (stored.kind === 'answered') return stored.response;
  const chunk = { number, object: stored.object, size: stored.size };
  const acted = await act(call, { kind: 'chunk', messageId, chunk, total, contentEncoding }, { messageId });
  const { meshPayloads: payloads } = call.context.spine;
  if (acted.kind === 'answered') {
    // Where nobody knows, the bytes stay: they may be in use.
    if (acted.response.status !== 503) await payloads.remove([stored.object]);
    return acted.response;
  }
  await payloads.remove([acted.done.attributes['replaced'] ?? '']);
  return answer(
    202,
    call.version === 1 ? { messageID: messageId, blockID: number } : { message_id: messageId },
    JSON_TYPE,
  );
}
