/** A message handed over: accepted at once where it has one chunk, open for the others where it has more. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import type { Draft, SendMessage, Workflow } from './commands.ts';
import type { KeptMessage, Message, MessageFacts } from './message-state.ts';
import { refuse } from './refusals.ts';
import type { MeshRefusalCode } from './refusals.ts';

export function sendMessage(
  state: KeptMessage | null,
  command: SendMessage,
  { key, now }: DecisionContext,
): Decision<KeptMessage> {
  const { draft, sender, recipient } = command;
  if (state !== null) return refuse('id-taken');
  if (recipient === null) return refuse('recipient-unknown');
  const restricted = restriction(command.workflow, sender.mailboxId, recipient.mailboxId);
  if (restricted !== null) return refuse(restricted);
  if (draft.chunk.size === 0) return refuse('payload-missing');
  const complete = draft.totalChunks === 1;
  const message: Message = {
    ...factsOf(draft, key),
    messageId: key,
    type: 'DATA',
    sender,
    recipient,
    totalChunks: draft.totalChunks,
    chunks: [draft.chunk],
    createdAt: now,
    order: complete ? command.order : '',
    events: [{ status: complete ? 'accepted' : 'uploading', at: now }],
  };
  return { kind: 'accepted', state: { message, payload: draft.payload }, outbox: [], reply: { body: key } };
}

/** Only workflows that are flagged restrict anybody. */
function restriction(workflow: Workflow | null, senderId: string, recipientId: string): MeshRefusalCode | null {
  if (workflow === null || !workflow.restricted) return null;
  if (!workflow.senders.includes(senderId)) return 'workflow-sender-refused';
  return workflow.receivers.includes(recipientId) ? null : 'workflow-recipient-refused';
}

function factsOf(draft: Draft, messageId: string): MessageFacts {
  const { workflowId, localId, partnerId, subject, checksum, contentType, contentEncoding, encrypted, compressed } =
    draft;
  const fileName = draft.fileName === '' ? `${messageId}.dat` : draft.fileName;
  return {
    workflowId,
    localId,
    partnerId,
    fileName,
    subject,
    checksum,
    contentType,
    contentEncoding,
    encrypted,
    compressed,
  };
}
