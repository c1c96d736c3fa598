/** What the edge asks of a mailbox shard in one call, and what comes back: plain data. */
import type { Connection, Draft, MessageQuery, Workflow } from '../domain/mesh/commands.ts';
import type { Party, StoredChunk } from '../domain/mesh/message-state.ts';
import type { Overloaded } from '../engine/group-commit.ts';
import type { Agent, Refusal } from '../engine/record-kind.ts';
import type { Admission } from './mailbox-admission.ts';

export type MailboxWork =
  | { readonly kind: 'handshake'; readonly mailboxId: string; readonly connection: Omit<Connection, 'at'> }
  | {
      readonly kind: 'inbox';
      readonly mailboxId: string;
      readonly maxResults: number;
      /** A place in the order of acceptance, or the id of the last message seen; '' for the start. */
      readonly after: string;
      readonly filter: string;
    }
  | { readonly kind: 'read'; readonly messageId: string; readonly query: MessageQuery }
  | { readonly kind: 'acknowledge'; readonly messageId: string; readonly mailboxId: string }
  | { readonly kind: 'send'; readonly draft: Draft; readonly fingerprint: string }
  | {
      readonly kind: 'chunk';
      readonly messageId: string;
      readonly chunk: StoredChunk;
      readonly total: number;
      readonly contentEncoding: string;
    };

export interface MailboxCall {
  readonly agent: Agent;
  /** The token, which is what a retry repeats. */
  readonly requestId: string;
  readonly admission?: Admission;
  readonly work?: MailboxWork;
  /** Who acts, where the admission took place in another shard. */
  readonly caller?: Party;
}

export interface InboxPage {
  readonly messageIds: readonly string[];
  readonly inboxCount: number;
  /** Where the next page begins; '' when this was the last. */
  readonly next: string;
}

export type MailboxAnswer =
  | {
      readonly kind: 'done';
      readonly caller: Party | null;
      readonly body: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly page: InboxPage | null;
    }
  | Refusal
  | Overloaded
  | { readonly kind: 'unavailable'; readonly reason: 'timeout' | 'broken'; readonly retryAfterSeconds: number };

/** Size of a call, as groups and queues count it. */
export const bytesOf = ({ work }: MailboxCall): number => (work?.kind === 'send' ? work.draft.payload.length : 0);

/** The answer to one call of a group; `apart`: to be asked for alone, `failed`: a bug, which the shard has reported. */
export type MailboxReply = MailboxAnswer | { readonly kind: 'apart' } | { readonly kind: 'failed' };

/** A mailbox as the directory shows it. */
export interface DirectoryEntry extends Party {
  readonly active: boolean;
  readonly registered: string;
  readonly inboxCount: number;
  readonly connections: readonly Connection[];
}

export interface ShardDirectory {
  readonly mailboxes: readonly DirectoryEntry[];
  readonly workflows: readonly Workflow[];
}
