/** The wishes the MESH records understand. */
import type { Command, Query } from '../../engine/record-kind.ts';
import type { MessageFacts, MessageStatus, Party, StoredChunk } from './message-state.ts';

/** What a sender hands over; the shard adds who and where. */
export interface Draft extends MessageFacts {
  readonly recipientId: string;
  readonly totalChunks: number;
  readonly chunk: StoredChunk;
  /** The only chunk as text, where it is kept in the record; else ''. */
  readonly payload: string;
}

export interface SendMessage extends Command {
  readonly name: 'send-message';
  readonly draft: Draft;
  readonly sender: Party;
  readonly recipient: Party | null;
  readonly workflow: Workflow | null;
  readonly order: string;
}

export interface AddChunk extends Command {
  readonly name: 'add-chunk';
  readonly senderId: string;
  readonly contentEncoding: string;
  readonly total: number;
  readonly chunk: StoredChunk;
  readonly order: string;
}

export interface Acknowledge extends Command {
  readonly name: 'acknowledge';
  readonly recipientId: string;
}

/** Runs the five-day rule as it stands at `asOf`. */
export interface ExpireMessage extends Command {
  readonly name: 'expire-message';
  readonly asOf: number;
  readonly recipientActive: boolean;
}

export interface ReportFacts {
  readonly recipientId: string;
  readonly workflowId: string;
  readonly localId: string;
  readonly subject: string;
  readonly fileName: string;
  readonly status: 'undeliverable' | 'error';
  readonly event: string;
  readonly code: string;
  readonly description: string;
  readonly linkedMessageId: string;
}

export interface DeliverReport extends Command {
  readonly name: 'deliver-report';
  readonly report: ReportFacts;
  readonly recipient: Party | null;
  readonly order: string;
}

/** Test deployments only: puts an event on a message. */
export interface NoteEvent extends Command {
  readonly name: 'note-event';
  readonly status: MessageStatus;
  readonly event: string;
  readonly code: string;
  readonly description: string;
  readonly linkedMessageId: string;
  readonly order: string;
}

export type MessageCommand = SendMessage | AddChunk | Acknowledge | ExpireMessage | DeliverReport | NoteEvent;

export interface DownloadQuery extends Query {
  readonly name: 'download' | 'head';
  readonly mailboxId: string;
  readonly chunk: number;
}

/** Whether a chunk may be sent now, asked before its bytes are taken. */
export interface UploadQuery extends Query {
  readonly name: 'upload';
  readonly senderId: string;
  readonly contentEncoding: string;
  readonly chunk: number;
  readonly total: number;
}

export interface TrackQuery extends Query {
  readonly name: 'track';
  readonly senderId: string;
}

/** Test deployments only: everything, for anybody. */
export interface InspectQuery extends Query {
  readonly name: 'inspect';
}

export type MessageQuery = DownloadQuery | UploadQuery | TrackQuery | InspectQuery;

export interface Workflow {
  readonly workflowId: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  /** True: only those listed may send and receive. */
  readonly restricted: boolean;
}

export interface Mailbox extends Party {
  readonly password: string;
  readonly active: boolean;
  /** Place in the registry: time and line of the first registration. */
  readonly registered: string;
  /** Last handshakes, newest first. */
  readonly connections: readonly Connection[];
}

export interface Connection {
  readonly at: number;
  readonly clientVersion: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly osArchitecture: string;
  readonly javaVersion: string;
  readonly userAgent: string;
}

export interface RegisterMailbox extends Command {
  readonly name: 'register-mailbox';
  readonly mailbox: Omit<Mailbox, 'connections'>;
}

export interface Handshake extends Command {
  readonly name: 'handshake';
  readonly connection: Omit<Connection, 'at'>;
}

export interface DeactivateMailbox extends Command {
  readonly name: 'deactivate-mailbox';
}

export type MailboxCommand = RegisterMailbox | Handshake | DeactivateMailbox;

export interface RegisterWorkflow extends Command {
  readonly name: 'register-workflow';
  readonly workflow: Workflow;
}
