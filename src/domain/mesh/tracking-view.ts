/** The tracking record of a message as its sender sees it, in both versions. */
import { compactTime } from './download-headers.ts';
import { eventOf, expiresAt, failureOf, latest, sizeOf, statusOf } from './message-state.ts';
import type { Message } from './message-state.ts';

const isoTime = (at: number): string => new Date(at).toISOString();

const given = (fields: Readonly<Record<string, string | boolean | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

export function trackingV2(message: Message): Readonly<Record<string, unknown>> {
  const failure = failureOf(message);
  const { at } = latest(message);
  return {
    message_id: message.messageId,
    ...given({ local_id: message.localId, workflow_id: message.workflowId, filename: message.fileName }),
    expiry_time: isoTime(expiresAt(message)),
    upload_timestamp: isoTime(message.createdAt),
    recipient: message.recipient.mailboxId,
    ...given({
      recipient_name: message.recipient.mailboxName,
      recipient_ods_code: message.recipient.odsCode,
      recipient_org_code: message.recipient.orgCode,
      recipient_org_name: message.recipient.orgName,
    }),
    status_success: failure === undefined,
    status: statusOf(message),
    status_timestamp: isoTime(at),
    ...given({ status_event: failure?.event, status_description: failure?.description, status_code: failure?.code }),
  };
}

export function trackingV1(message: Message): Readonly<Record<string, unknown>> {
  const { sender, recipient } = message;
  const failure = failureOf(message);
  const collected = eventOf(message, 'acknowledged');
  return {
    addressType: 'ALL',
    checksum: message.checksum,
    chunkCount: message.totalChunks,
    compressFlag: message.compressed ? 'Y' : '',
    contentEncoding: message.contentEncoding,
    downloadTimestamp: collected === undefined ? '' : compactTime(collected.at),
    dtsId: message.messageId,
    encryptedFlag: message.encrypted ? 'Y' : '',
    expiryTime: compactTime(expiresAt(message)),
    failureDate: failure === undefined ? '' : compactTime(failure.at),
    failureDiagnostic: failure?.description ?? '',
    fileName: message.fileName,
    fileSize: sizeOf(message),
    isCompressed: message.compressed ? 'Y' : '',
    linkedMsgId: failure?.linkedMessageId ?? '',
    localId: message.localId,
    meshRecipientOdsCode: recipient.odsCode,
    messageId: message.messageId,
    messageType: message.type === 'DATA' ? 'DATA' : 'REPORT',
    partnerId: message.partnerId,
    recipient: recipient.mailboxId,
    recipientName: recipient.mailboxName,
    recipientOrgCode: recipient.orgCode,
    recipientOrgName: recipient.orgName,
    recipientSmtp: '',
    sender: sender?.mailboxId ?? '',
    senderName: sender?.mailboxName ?? '',
    senderOdsCode: sender?.odsCode ?? '',
    senderOrgCode: sender?.orgCode ?? '',
    senderOrgName: sender?.orgName ?? '',
    senderSmtp: '',
    status: capitalised(statusOf(message)),
    statusCode: failure?.code ?? '00',
    statusDescription: failure?.description ?? 'Transferred to recipient mailbox',
    statusEvent: failure?.event ?? 'TRANSFER',
    statusSuccess: failure === undefined ? 'SUCCESS' : 'ERROR',
    statusTimestamp: compactTime(latest(message).at),
    subject: message.subject,
    uploadTimestamp: compactTime(message.createdAt),
    version: '1.0',
    workflowId: message.workflowId,
  };
}

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** One line of a rich list. */
export function richEntry(message: Message): Readonly<Record<string, unknown>> {
  const failure = failureOf(message);
  return {
    message_id: message.messageId,
    expiry_timestamp: isoTime(expiresAt(message)),
    ...given({ local_id: message.localId }),
    message_type: message.type,
    recipient: message.recipient.mailboxId,
    ...given({
      recipient_name: message.recipient.mailboxName,
      sender: message.sender?.mailboxId,
      sender_name: message.sender?.mailboxName,
    }),
    sent_date: isoTime(message.createdAt),
    status: statusOf(message),
    ...given({ status_code: failure?.code, workflow_id: message.workflowId }),
    total_chunks: message.totalChunks,
  };
}
