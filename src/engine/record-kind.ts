/**
 * The handshake between the engine and a domain: what a record kind offers, what the engine brings.
 * Types only. The engine never looks inside a state; the domain never sees storage, time or the network.
 */

/** Who acts. Opaque to the engine, which writes it into the journal and scopes idempotency by `client`. */
export interface Agent {
  /** The calling system; a request id means something only together with it. */
  readonly client: string;
  /** How access was granted, in the words of the service (for example an access mode). */
  readonly mode: string;
  readonly user?: string;
  readonly role?: string;
  readonly organization?: string;
  /** How the agent proved itself, in the words of the token service. */
  readonly authentication?: string;
  /** Who acts in the user's place, where that is somebody else. */
  readonly actor?: string;
  /** The one key this agent may touch, where access is limited to the agent's own record. */
  readonly subject?: string;
  /** Named entitlements of the calling system. */
  readonly rights: readonly string[];
}

/** A wish to change one record. Domains extend it into a union discriminated by `name`. */
export interface Command {
  readonly name: string;
}

/** A wish to see one record. Domains extend it into a union discriminated by `name`. */
export interface Query {
  readonly name: string;
}

/** What a decision or a view answers: text that is stored and sent byte for byte. */
export interface Reply {
  readonly body: string;
  /** Small facts beside the body (for example a notification id). */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A rule said no: a value, never an exception. `code` is from the service's own total table. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly diagnostics?: string;
}

/** A delivery owed to another actor: at least once, in order per (record, target), de-duplicated by the receiver. */
export interface OutboxEntry {
  /** `<actor class>/<business key>`: the actors' address map turns the key into a shard. */
  readonly target: string;
  readonly type: string;
  readonly payload: string;
}

export type Decision<State> =
  | { readonly kind: 'accepted'; readonly state: State; readonly outbox: readonly OutboxEntry[]; readonly reply: Reply }
  | { readonly kind: 'unchanged'; readonly reply: Reply }
  | Refusal;

export type View =
  | ({ readonly kind: 'found' } & Reply)
  /** The record lives on under another key: the caller asks there. */
  | { readonly kind: 'moved'; readonly key: string }
  | Refusal;

/** What is stored of a record: a body that most reads can send as it is, and whatever else the rules need. */
export interface Stored {
  readonly body: string;
  /** JSON, or '' when there is nothing beside the body. */
  readonly annex: string;
}

/** A record as a view sees it. `state()` parses at most once per stored version. */
export interface RecordView<State> extends Stored {
  readonly key: string;
  readonly version: number;
  state(): State;
}

/** Everything from outside that a decision may use; the same context and state give the same decision. */
export interface DecisionContext {
  readonly key: string;
  /** The actor's clock, milliseconds since 1970, never going back. */
  readonly now: number;
  /** Version the record has now; 0 when there is none. */
  readonly version: number;
  /** Version an accepted decision will get. */
  readonly nextVersion: number;
  readonly agent: Agent;
  /** A fresh random identifier of eight upper-case hexadecimal digits. */
  newId(): string;
  /** The state of another record kind under the same key in this shard, or null. */
  neighbour(kind: string): unknown;
}

export interface ViewContext {
  readonly key: string;
  readonly now: number;
  readonly agent: Agent;
  neighbour(kind: string): unknown;
}

/** How a record is found across shards: copied to the national index by the snapshot. */
export interface IndexRow {
  /** Chooses the index database and leads every index key (for demographics: the birth date). */
  readonly partition: string;
  /** Exact-match and prefix-match tokens. */
  readonly tokens: readonly string[];
  /** JSON that narrows the candidates before any shard is asked. */
  readonly document: string;
}

/** One place of a record in an ordered list of its shard. */
export interface ListPlace {
  readonly list: string;
  /** Compared as text. */
  readonly position: string;
  /** A word about the record that filters need, so that they do not open it. */
  readonly note: string;
}

/** What becomes of a record when two keys turn out to name the same thing: one command for each side, in one transaction. */
export interface HandOver<C extends Command = Command> {
  /** Put to the record under the surviving key; null where there is nothing to take over. */
  readonly absorb: C | null;
  /** Put to the record under the retired key, also where there is none: pins what was read, and may change nothing. */
  readonly retire: C;
}

export interface KeyPair {
  readonly from: string;
  readonly into: string;
}

export interface RecordKind<State, C extends Command = Command, Q extends Query = Query> {
  readonly name: string;
  decode(stored: Stored): State;
  encode(state: State): Stored;
  /** Refusals that come before the version check (unknown record, superseded record …). */
  guard?(state: State | null, command: C, context: DecisionContext): Refusal | null;
  decide(state: State | null, command: C, context: DecisionContext): Decision<State>;
  view(record: RecordView<State> | null, query: Q, context: ViewContext): View;
  /** Present only where records of this kind are searched across shards; null takes the record out of the index. */
  index?(state: State): IndexRow | null;
  /** Present only where records of this kind stand in ordered lists of their shard (an inbox, a work list). */
  lists?(state: State): readonly ListPlace[];
  /** How what is held goes to another key; a key that holds a record of a kind without it cannot be merged. */
  handOver?(state: State | null, keys: KeyPair): HandOver<C>;
}

/** A kind that may live where keys are merged: to forget what becomes of its records does not compile. */
export interface MergeableKind<State, C extends Command = Command, Q extends Query = Query> extends RecordKind<
  State,
  C,
  Q
> {
  handOver(state: State | null, keys: KeyPair): HandOver<C>;
}
