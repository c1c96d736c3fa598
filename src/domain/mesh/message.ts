/** The record of a message: one place for its whole life, from the first chunk to the tombstone. */
import type {
  Decision,
  DecisionContext,
  ListPlace,
  RecordKind,
  RecordView,
  View,
  ViewContext,
} from '../../engine/record-kind.ts';
import { addChunk, uploadRefusal } from './add-chunk.ts';
import type { Acknowledge, DownloadQuery, MessageCommand, MessageQuery, NoteEvent } from './commands.ts';
import { deliverReport } from './deliver-report.ts';
import { expireMessage } from './expire-message.ts';
import { statusOf } from './message-state.ts';
import type { KeptMessage, Message, MessageEvent } from './message-state.ts';
import { refuse } from './refusals.ts';
import { sendMessage } from './send-message.ts';

export const MESSAGE = 'mesh-message';

/** The list that is a mailbox's inbox, in the order of acceptance. */
export const inboxOf = (mailboxId: string): string => `inbox/${mailboxId}`;

function decide(state: KeptMessage | null, command: MessageCommand, context: DecisionContext): Decision<KeptMessage> {
  switch (command.name) {
    case 'send-message':
      return sendMessage(state, command, context);
    case 'add-chunk':
      return addChunk(state, command, context);
    case 'acknowledge':
      return acknowledge(state, command, context);
    case 'expire-message':
      return expireMessage(state, command, context);
    case 'deliver-report':
      return deliverReport(state, command, context);
    case 'note-event':
      return noteEvent(state, command, context);
  }
}

/** The bytes in the record go with the acknowledgement: nobody may fetch them again. */
function acknowledge(
  state: KeptMessage | null,
  { recipientId }: Acknowledge,
  { now }: DecisionContext,
): Decision<KeptMessage> {
  if (state === null) return refuse('message-unknown');
  const { message } = state;
  if (message.recipient.mailboxId !== recipientId) return refuse('forbidden');
  if (statusOf(message) !== 'accepted') return { kind: 'unchanged', reply: { body: message.messageId } };
  const events: MessageEvent[] = [{ status: 'acknowledged', at: now }, ...message.events];
  return {
    kind: 'accepted',
    state: { message: { ...message, events }, payload: '' },
    outbox: [],
    reply: { body: message.messageId },
  };
}

function noteEvent(state: KeptMessage | null, command: NoteEvent, { now }: DecisionContext): Decision<KeptMessage> {
  if (state === null) return refuse('message-unknown');
  const { status, event, code, description, linkedMessageId } = command;
  const noted: MessageEvent = { status, at: now, event, code, description, linkedMessageId };
  const order = status === 'accepted' && state.message.order === '' ? command.order : state.message.order;
  const message = { ...state.message, order, events: [noted, ...state.message.events] };
  return { kind: 'accepted', state: { ...state, message }, outbox: [], reply: { body: message.messageId } };
}

function view(record: RecordView<KeptMessage> | null, query: MessageQuery, _context: ViewContext): View {
  const kept = record?.state() ?? null;
  if (record === null || kept === null) return refuse(UNKNOWN[query.name]);
  const { message, payload } = kept;
  switch (query.name) {
    case 'download':
    case 'head': {
      const refusal = query.name === 'head' ? headRefusal(message, query) : downloadRefusal(message, query);
      if (refusal !== null) return refuse(refusal);
      return { kind: 'found', body: record.body, ...(query.name === 'download' ? { attributes: { payload } } : {}) };
    }
    case 'upload': {
      const refusal = uploadRefusal(message, query);
      return refusal === null ? { kind: 'found', body: message.messageId } : refuse(refusal);
    }
    case 'track':
      return message.sender?.mailboxId === query.senderId ? { kind: 'found', body: record.body } : refuse('not-found');
    case 'inspect':
      return { kind: 'found', body: record.body };
  }
}

const UNKNOWN = {
  download: 'message-unknown',
  head: 'message-unknown',
  upload: 'not-found',
  track: 'not-found',
  inspect: 'message-unknown',
} as const;

function downloadRefusal(message: Message, { mailboxId, chunk }: DownloadQuery) {
  if (message.recipient.mailboxId !== mailboxId) return 'forbidden';
  if (statusOf(message) !== 'accepted') return 'message-gone';
  return message.type === 'DATA' && chunk > message.totalChunks ? 'message-unknown' : null;
}

function headRefusal(message: Message, { mailboxId }: DownloadQuery) {
  if (message.sender?.mailboxId === mailboxId && message.recipient.mailboxId !== mailboxId) return null;
  if (message.recipient.mailboxId !== mailboxId) return 'message-unknown';
  return statusOf(message) === 'accepted' ? null : 'message-gone';
}

function lists({ message }: KeptMessage): readonly ListPlace[] {
  if (statusOf(message) !== 'accepted') return [];
  return [{ list: inboxOf(message.recipient.mailboxId), position: message.order, note: message.workflowId }];
}

export const message: RecordKind<KeptMessage, MessageCommand, MessageQuery> = {
  name: MESSAGE,
  decode: ({ body, annex }) => ({
    message: JSON.parse(body) as Message,
    payload: annex === '' ? '' : (JSON.parse(annex) as string),
  }),
  encode: ({ message, payload }) => ({
    body: JSON.stringify(message),
    annex: payload === '' ? '' : JSON.stringify(payload),
  }),
  decide,
  view,
  lists,
};
