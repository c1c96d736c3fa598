/** The Mex headers that accompany a chunk on its way to the recipient. */
import { eventOf, failureOf } from './message-state.ts';
import type { Message } from './message-state.ts';

/** `yyyyMMddHHmmss`. */
export const compactTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace(/[-:T]/g, '');

type Pairs = Readonly<Record<string, string>>;

/** Absent when empty. */
export function downloadHeaders(message: Message, chunk: number): Pairs {
  const newest = message.events[0]?.at ?? message.createdAt;
  const headers: Pairs = {
    'mex-from': message.sender?.mailboxId ?? '',
    'mex-to': message.recipient.mailboxId,
    'mex-workflowid': message.workflowId,
    'mex-chunk-range': `${chunk}:${message.totalChunks}`,
    'mex-total-chunks': String(message.totalChunks),
    'mex-addresstype': 'ALL',
    'mex-localid': message.localId,
    'mex-partnerid': message.partnerId,
    'mex-filename': message.fileName,
    'mex-subject': message.subject,
    'mex-version': '1.0',
    'mex-messagetype': message.type,
    'mex-messageid': message.messageId,
    ...statusHeaders(message),
    'mex-content-compressed': message.compressed ? 'Y' : '',
    'mex-content-encrypted': message.encrypted ? 'Y' : '',
    'mex-content-checksum': message.checksum,
    'mex-content-type': message.contentType,
    'last-modified': new Date(newest).toUTCString(),
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

function statusHeaders(message: Message): Pairs {
  const accepted = eventOf(message, 'accepted', 'error')?.at ?? message.createdAt;
  const timestamp = compactTime(accepted);
  const failure = failureOf(message);
  if (message.type === 'DATA' && failure === undefined) {
    return {
      'mex-statuscode': '00',
      'mex-statusevent': 'TRANSFER',
      'mex-statusdescription': 'Transferred to recipient mailbox',
      'mex-statussuccess': 'SUCCESS',
      'mex-statustimestamp': timestamp,
    };
  }
  return {
    'mex-linkedmsgid': failure?.linkedMessageId ?? '',
    'mex-statuscode': failure?.code ?? '',
    'mex-statusevent': failure?.event ?? '',
    'mex-statusdescription': failure?.description ?? '',
    'mex-statussuccess': 'ERROR',
    'mex-statustimestamp': timestamp,
  };
}
