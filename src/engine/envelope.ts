/** What crosses the one network hop between the edge and a shard: plain data, structured-cloneable, versioned. */
import type { Priority } from './admission.ts';
import type { Agent, Command, Query, Stored } from './record-kind.ts';

/** Raised when a field changes meaning; actors accept this version and the one before. */
export const ENVELOPE_VERSION = 1;

export interface CommandEnvelope {
  readonly v: number;
  readonly kind: string;
  readonly key: string;
  readonly command: Command;
  readonly agent: Agent;
  /** Unique per client and intended effect; a retry carries the same. */
  readonly requestId: string;
  /** Digest of what the client asked: the same request id with another fingerprint is refused. */
  readonly fingerprint: string;
  /** The version the client believes to be newest; absent: no such condition. */
  readonly expectedVersion?: number;
  /** Size of what the client sent, where the edge knows it: counts against the bound on waiting work. */
  readonly bytes?: number;
  /** Decide, commit nothing. */
  readonly dryRun?: boolean;
  /** Milliseconds the client waits from now on: what could not be begun by then has no effect. */
  readonly waitMs?: number;
  readonly priority?: Priority;
}

/** Only `access` is audited as an access; `mirror` compares systems, `sweep` is the engine's own housekeeping. */
export type Purpose = 'access' | 'mirror' | 'sweep';

export interface QueryEnvelope {
  readonly v: number;
  readonly kind: string;
  readonly key: string;
  readonly query: Query;
  readonly agent: Agent;
  readonly requestId: string;
  readonly purpose: Purpose;
  readonly priority?: Priority;
}

/** Refusals the engine itself makes; every service maps them beside its own codes. */
export type EngineRefusalCode = 'version-mismatch' | 'request-id-reused' | 'not-ours' | 'read-only' | 'too-large';

export type Outcome =
  | {
      readonly kind: 'replied';
      readonly effect: 'accepted' | 'unchanged' | 'found';
      readonly version: number;
      readonly body: string;
      readonly attributes?: Readonly<Record<string, string>>;
      /** True when this is the stored reply of an earlier, identical command. */
      readonly replayed?: boolean;
      /** Journal position up to which a national search must have been flushed to show this effect. */
      readonly sequence?: number;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly diagnostics?: string }
  | { readonly kind: 'moved'; readonly key: string }
  | {
      readonly kind: 'unavailable';
      readonly reason: 'overloaded' | 'timeout' | 'broken' | 'locked';
      readonly retryAfterSeconds: number;
    };

/** A command or a query: what several of may travel together. */
export type ShardCall = CommandEnvelope | QueryEnvelope;

/** What became of one call of a group: its outcome, a defect of ours, or `apart`: to be asked again on its own. */
export type CallReply = Outcome | { readonly kind: 'failed' } | { readonly kind: 'apart' };

/** One record handed over as it is: its version, bytes and order are kept. */
export interface ImportRecord extends Stored {
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  /** True: the record is deleted at this version (a tombstone). */
  readonly deleted?: boolean;
}

/** `chunkId` makes a chunk resumable: a repeated one changes nothing and answers the same. */
export interface ImportChunk {
  readonly v: number;
  readonly chunkId: string;
  readonly agent: Agent;
  readonly records: readonly ImportRecord[];
}

export interface ImportReport {
  readonly stored: number;
  /** Already held at this or a newer version. */
  readonly unchanged: number;
  /** Position to wait for when the snapshot is to be complete. */
  readonly sequence: number;
}
