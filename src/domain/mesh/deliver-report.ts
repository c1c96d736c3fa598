/** A report of the system itself in somebody's inbox: a message without bytes that says what became of another. */
import type { Decision, DecisionContext } from '../../engine/record-kind.ts';
import type { DeliverReport } from './commands.ts';
import type { KeptMessage, Message } from './message-state.ts';
import { refuse } from './refusals.ts';

export function deliverReport(
  state: KeptMessage | null,
  { report, recipient, order }: DeliverReport,
  { key, now }: DecisionContext,
): Decision<KeptMessage> {
  if (state !== null) return refuse('id-taken');
  // Nobody is left to be told.
  if (recipient === null) return { kind: 'unchanged', reply: { body: '' } };
  const { status, event, code, description, linkedMessageId } = report;
  const message: Message = {
    messageId: key,
    type: 'REPORT',
    sender: null,
    recipient,
    totalChunks: 0,
    chunks: [],
    createdAt: now,
    order,
    workflowId: report.workflowId,
    localId: report.localId,
    partnerId: '',
    subject: report.subject,
    fileName: report.fileName === '' ? `${key}.dat` : report.fileName,
    checksum: '',
    contentType: '',
    contentEncoding: '',
    encrypted: false,
    compressed: false,
    events: [
      { status: 'accepted', at: now },
      { status, at: now, event, code, description, linkedMessageId },
    ],
  };
  return { kind: 'accepted', state: { message, payload: '' }, outbox: [], reply: { body: key } };
}
