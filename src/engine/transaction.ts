/**
 * What crosses the hops of a transaction: a change of several records in several shards that happens whole or not at
 * all. Plain data. The words: a coordinator asks participants to prepare, decides its fate, and tells them.
 */
import type { Outcome } from './envelope.ts';
import type { Agent, Command } from './record-kind.ts';

/** One change of one record. A transaction changes a record once. */
export interface TransactionCommand {
  /** Place in the client's list: replies and refusals are told by it. */
  readonly position: number;
  readonly kind: string;
  readonly key: string;
  readonly command: Command;
  readonly expectedVersion?: number;
}

/** What one shard is asked. */
export interface TransactionPart {
  /** An address as in outbox entries: `<actor class>/<key>`. */
  readonly target: string;
  /** The shard's own name. Transactions that wait for keys take the shards in the order of their names. */
  readonly shard: string;
  readonly commands: readonly TransactionCommand[];
}

/** The client's whole wish. */
export interface TransactionEnvelope {
  readonly v: number;
  /** Client and request id together: the key of the coordinator. */
  readonly key: string;
  readonly agent: Agent;
  readonly requestId: string;
  readonly fingerprint: string;
  /**
   * The first part is committed before the others: where their new state refers to a record of it, whoever follows the
   * reference finds the new state there too.
   */
  readonly parts: readonly TransactionPart[];
}

export interface Preparation {
  readonly v: number;
  /** Unique per attempt: an aborted transaction that is tried again has another. */
  readonly id: string;
  /** Who knows the fate. */
  readonly coordinator: string;
  readonly agent: Agent;
  readonly requestId: string;
  readonly fingerprint: string;
  readonly commands: readonly TransactionCommand[];
  /** Whether to wait a bounded time for a held key. Only one that prepares shard after shard in order may wait. */
  readonly waits: boolean;
}

export type Fate = 'commit' | 'abort';

export interface PositionedReply {
  readonly position: number;
  readonly effect: 'accepted' | 'unchanged';
  readonly version: number;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export type Unavailable = Extract<Outcome, { kind: 'unavailable' }>;
export type Declined = Extract<Outcome, { kind: 'refused' }> | Unavailable;

export type Vote =
  | { readonly kind: 'prepared'; readonly replies: readonly PositionedReply[] }
  | { readonly kind: 'declined'; readonly position: number; readonly why: Declined };

export type TransactionOutcome =
  /** Replies stand in the order of their positions. */
  | { readonly kind: 'committed'; readonly replies: readonly PositionedReply[]; readonly replayed?: boolean }
  | { readonly kind: 'refused'; readonly position: number; readonly code: string; readonly diagnostics?: string }
  | Unavailable;

/** The outcome that a vote against the transaction means for the client. */
export function declinedOutcome({ position, why }: Extract<Vote, { kind: 'declined' }>): TransactionOutcome {
  return why.kind === 'refused' ? { ...why, position } : why;
}

export const inOrder = (replies: readonly PositionedReply[]): PositionedReply[] =>
  replies.toSorted((a, b) => a.position - b.position);
