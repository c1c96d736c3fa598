/** What is kept of a message, and the words for where it stands. */

/** A registered mailbox as others see it. */
export interface Party {
  readonly mailboxId: string;
  readonly mailboxName: string;
  readonly odsCode: string;
  readonly orgCode: string;
  readonly orgName: string;
  readonly billingEntity: string;
}

/** A message is in exactly one of these; purged messages are tombstones. */
export type MessageStatus = 'uploading' | 'accepted' | 'acknowledged' | 'undeliverable' | 'error';

export interface MessageEvent {
  readonly status: MessageStatus;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event?: string;
  readonly code?: string;
  readonly description?: string;
  readonly linkedMessageId?: string;
}

/** Where the bytes of one chunk are: an object of the payload store, or '' for the record's own annex. */
export interface StoredChunk {
  readonly number: number;
  readonly object: string;
  readonly size: number;
}

/** What the sender says about a message in its headers. */
export interface MessageFacts {
  readonly workflowId: string;
  readonly localId: string;
  readonly partnerId: string;
  readonly fileName: string;
  readonly subject: string;
  readonly checksum: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly encrypted: boolean;
  readonly compressed: boolean;
}

export interface Message extends MessageFacts {
  readonly messageId: string;
  readonly type: 'DATA' | 'REPORT';
  /** Null for reports: the system itself sends them. */
  readonly sender: Party | null;
  readonly recipient: Party;
  readonly totalChunks: number;
  /** In the order of their numbers. */
  readonly chunks: readonly StoredChunk[];
  readonly createdAt: number;
  /** Place in the order of acceptance; '' while uploading. */
  readonly order: string;
  /** Newest first, never empty. */
  readonly events: readonly MessageEvent[];
}

/** A message beside its own bytes, where they are few enough to stand in the record (as text), else ''. */
export interface KeptMessage {
  readonly message: Message;
  readonly payload: string;
}

export const DAY_MS = 86_400_000;
/** Uncollected messages become undeliverable after this. */
export const COLLECT_WITHIN_MS = 5 * DAY_MS;
/** Messages are kept this long after they left the inbox. */
export const RETAIN_MS = 30 * DAY_MS;

export function latest(message: Message): MessageEvent {
  const [event] = message.events;
  if (event === undefined) throw new Error('a message without events');
  return event;
}

export const statusOf = (message: Message): MessageStatus => latest(message).status;

export const sizeOf = (message: Message): number => message.chunks.reduce((sum, { size }) => sum + size, 0);

/** The newest event of one of these statuses. */
export const eventOf = (message: Message, ...statuses: readonly MessageStatus[]): MessageEvent | undefined =>
  message.events.find(({ status }) => statuses.includes(status));

/** The event that says what went wrong, if one does. */
export const failureOf = (message: Message): MessageEvent | undefined =>
  message.events.find(({ status }) => status === 'error' || status === 'undeliverable');

export const expiresAt = (message: Message): number => message.createdAt + COLLECT_WITHIN_MS;
