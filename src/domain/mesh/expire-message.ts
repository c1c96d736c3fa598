/** The five-day rule: what nobody collected leaves the inbox, and its sender is told. */
import type { Decision, DecisionContext, OutboxEntry } from '../../engine/record-kind.ts';
import type { ExpireMessage, ReportFacts } from './commands.ts';
import { expiresAt, statusOf } from './message-state.ts';
import type { KeptMessage, Message, MessageEvent } from './message-state.ts';
import { refuse } from './refusals.ts';

const NOT_COLLECTED = 'Message not collected by recipient after 5 days';
const DEACTIVATED = 'Message was not collected as the mailbox is deactivated';

/** Type of the delivery that carries a report to the mailbox of the sender. */
export const REPORT_DELIVERY = 'mesh-report';

export function expireMessage(
  state: KeptMessage | null,
  command: ExpireMessage,
  { now }: DecisionContext,
): Decision<KeptMessage> {
  if (state === null) return refuse('message-unknown');
  const { message } = state;
  const status = statusOf(message);
  const open = status === 'accepted' || status === 'uploading';
  if (!open || expiresAt(message) > command.asOf) return { kind: 'unchanged', reply: { body: message.messageId } };
  const description = command.recipientActive ? NOT_COLLECTED : DEACTIVATED;
  const event: MessageEvent = { status: 'undeliverable', at: now, event: 'SEND', code: '14', description };
  const next = { ...message, events: [event, ...message.events] };
  return {
    kind: 'accepted',
    state: { ...state, message: next },
    outbox: reports(message, description),
    reply: { body: message.messageId },
  };
}

/** Reports never cause reports. */
function reports(message: Message, description: string): readonly OutboxEntry[] {
  if (message.sender === null || message.type === 'REPORT') return [];
  const report: ReportFacts = {
    recipientId: message.sender.mailboxId,
    workflowId: message.workflowId,
    localId: message.localId,
    subject: message.subject === '' ? 'NDR' : `NDR: ${message.subject}`,
    fileName: '',
    status: 'undeliverable',
    event: 'SEND',
    code: '14',
    description,
    linkedMessageId: message.messageId,
  };
  return [
    { target: `mailbox-shard/${message.sender.mailboxId}`, type: REPORT_DELIVERY, payload: JSON.stringify(report) },
  ];
}
