/** Typed doors to the actors: a new stub per attempt, retry rules in one place. */
import type { Agent, Command, Query } from '../engine/record-kind.ts';
import type { ImportRecord, ImportReport, Outcome, Purpose } from '../engine/envelope.ts';

export interface SubmitOptions {
  readonly agent: Agent;
  readonly requestId: string;
  readonly fingerprint: string;
  readonly expectedVersion?: number;
  /** Milliseconds the client is willing to wait; past them the outcome is `unavailable`, the effect unknown. */
  readonly waitMs: number;
}

export interface ReadOptions {
  readonly agent: Agent;
  readonly requestId: string;
  readonly purpose: Purpose;
}

/** What routes may ask of the patient shards. */
export interface PatientShards {
  submit(kind: string, key: string, command: Command, options: SubmitOptions): Promise<Outcome>;
  read(kind: string, key: string, query: Query, options: ReadOptions): Promise<Outcome>;
  /** Reads many keys with one call per shard; outcomes stand in the order of `keys`. */
  readMany(kind: string, keys: readonly string[], query: Query, options: ReadOptions): Promise<readonly Outcome[]>;
  /** One call per shard; `chunkId` is suffixed by the shard. */
  import(chunkId: string, agent: Agent, records: readonly ImportRecord[]): Promise<ImportReport>;
}

/** What routes may ask about a new person: matched, or registered under a new NHS number, exactly once. */
export interface Registrations {
  register(command: Command, options: SubmitOptions): Promise<Outcome>;
}
