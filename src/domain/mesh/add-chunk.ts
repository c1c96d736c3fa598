/** The later chunks of a message: any order, replaced while the upload is open, closed by the last one. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import type { AddChunk, UploadQuery } from './commands.ts';
import { statusOf } from './message-state.ts';
import type { KeptMessage, Message, StoredChunk } from './message-state.ts';
import { refuse } from './refusals.ts';
import type { MeshRefusalCode } from './refusals.ts';

type Upload = Pick<UploadQuery, 'senderId' | 'contentEncoding' | 'chunk'>;

/** Why this chunk may not be sent now, or null. */
export function uploadRefusal(message: Message, { senderId, contentEncoding, chunk }: Upload): MeshRefusalCode | null {
  if (message.sender?.mailboxId !== senderId) return 'forbidden';
  if (statusOf(message) !== 'uploading') return 'upload-closed';
  if (chunk > message.totalChunks || message.type !== 'DATA') return 'chunk-beyond-total';
  if (contentEncoding !== message.contentEncoding) return 'encoding-changed';
  const last = chunk === message.totalChunks;
  // The last chunk closes the message, so a hole must be filled before it.
  return last && holes(message, chunk) ? 'chunk-range-invalid' : null;
}

const holes = ({ chunks, totalChunks }: Message, last: number): boolean =>
  chunks.filter(({ number }) => number !== last).length < totalChunks - 1;

export function addChunk(
  state: KeptMessage | null,
  command: AddChunk,
  { now }: DecisionContext,
): Decision<KeptMessage> {
  if (state === null) return refuse('not-found');
  const { message } = state;
  const { senderId, contentEncoding, chunk } = command;
  const refusal = uploadRefusal(message, { senderId, contentEncoding, chunk: chunk.number });
  if (refusal !== null) return refuse(refusal);
  const uploaded = { ...message, chunks: withChunk(message.chunks, chunk) };
  const complete = chunk.number === message.totalChunks;
  const next: Message = complete
    ? { ...uploaded, order: command.order, events: [{ status: 'accepted', at: now }, ...message.events] }
    : uploaded;
  const replaced = message.chunks.find(({ number }) => number === chunk.number)?.object ?? '';
  return {
    kind: 'accepted',
    state: { ...state, message: next },
    outbox: [],
    reply: { body: message.messageId, attributes: { replaced } },
  };
}

function withChunk(chunks: readonly StoredChunk[], chunk: StoredChunk): readonly StoredChunk[] {
  return [...chunks.filter(({ number }) => number !== chunk.number), chunk].sort((a, b) => a.number - b.number);
}
