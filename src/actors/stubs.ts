/** Typed doors to the actors: a new stub per attempt, retry rules in one place. */
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CallReply, ImportRecord, ImportReport } from '../engine/envelope.ts';
import type { Outcome, Purpose, QueryEnvelope, ShardCall } from '../engine/envelope.ts';
import type { HandOverPlan } from '../engine/hand-over.ts';
import type { Agent, Command, KeyPair, Query } from '../engine/record-kind.ts';
import { patientOf, placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import type { PatientShard } from './patient-shard.ts';
import { groupedCalls } from './grouped-calls.ts';
import { ORDINARY_BYTES, READ_WAIT_MS } from './limits.ts';
import { callLanes } from './call-lanes.ts';
import { attempt, attemptWithin, told } from './retry.ts';

export type { HandOverPlan, HandedOver } from '../engine/hand-over.ts';
export type { AuditTrails, ChainReport, TrailEntry, TrailPage, TrailQuery, TrailSource } from './audit-trails.ts';
export type { IdentityAsk, IdentityShards, KeyedCommand } from './identity-shards.ts';
export type { DirectoryEntry, MailboxAnswer, MailboxCall, MailboxWork } from './mailbox-call.ts';
export type { FoundPrescription, PrescriptionAnswer, PrescriptionWork } from './prescription-call.ts';
export type { Prescriptions } from './prescriptions.ts';
export type { Mailboxes } from './mailboxes.ts';
export type { NationalSearch } from './national-search.ts';
export { PayloadTooLarge } from './mesh-payload-store.ts';
export type { MeshPayloads } from './mesh-payload-store.ts';

export interface SubmitOptions {
  /** Size of what was sent; counts against the bounds on waiting work. Absent: an ordinary body. */
  readonly bytes?: number;
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
  /** `bulk`: gives way to everything else. */
  readonly priority?: 'bulk';
}

/** The entitlement of systems whose reads are needed at a bedside. */
export const URGENT_CARE = 'urgent-care';

/** What routes may ask of the patient shards. */
export interface PatientShards {
  submit(kind: string, key: string, command: Command, options: SubmitOptions): Promise<Outcome>;
  read(kind: string, key: string, query: Query, options: ReadOptions): Promise<Outcome>;
  /** Reads many keys with one call per shard; outcomes stand in the order of `keys`. */
  readMany(kind: string, keys: readonly string[], query: Query, options: ReadOptions): Promise<readonly Outcome[]>;
  /** What every record under a number needs so that it goes to another number. */
  handOver(keys: KeyPair): Promise<HandOverPlan | Outcome>;
  /** One call per shard; `chunkId` is suffixed by the shard. */
  import(chunkId: string, agent: Agent, records: readonly ImportRecord[]): Promise<ImportTotals>;
  /**
   * The same shards for one request that asks much at once: what is asked in one turn is one call per shard.
   * `called` hears of every call of an actor that this makes.
   */
  together(called?: () => void): PatientShards;
}

/** Texts too large for a row, kept outside the shards under the digest of their content. */
export interface Payloads {
  /** Answers the digest; the same text is stored once. */
  put(text: string): Promise<string>;
  /** The text whose digest it is; throws where it is lost or damaged. */
  get(sha256: string): Promise<string>;
}

/** Which job role a role profile id (URID) stands for. */
export interface RoleDirectory {
  /** Asked of the user's own registration first, where a user is told. */
  jobRole(roleProfile: string, user?: string): Promise<string | null>;
}

export type ImportTotals = Pick<ImportReport, 'stored' | 'unchanged'>;

/** What routes may ask about a new person: matched, or registered under a new NHS number, exactly once. */
export interface Registrations {
  register(command: Command, options: SubmitOptions): Promise<Outcome>;
}

/** A shard did not take its part of a chunk: the whole chunk may be sent again, under the same id. */
export class ImportNotTaken extends Error {
  override readonly name = 'ImportNotTaken';
}

const BROKEN: Outcome = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 5 };

type ShardStub = (shard: number) => DurableObjectStub<PatientShard>;

function shardStubs(env: Env, shards: number): ShardStub {
  const placed = placement(env);
  // A name is hashed to its id once; the stub itself is new at every call.
  const ids = Array.from({ length: shards }, (): DurableObjectId | null => null);
  return (shard) => {
    const id = (ids[shard] ??= env.PATIENT_SHARD.idFromName(String(shard)));
    return env.PATIENT_SHARD.get(id, placed);
  };
}

type Enveloping = (kind: string, key: string, wish: Query, options: ReadOptions) => QueryEnvelope;

const envelope: Enveloping = (kind, key, wish, { agent, requestId, purpose, priority }) => ({
  v: ENVELOPE_VERSION,
  kind,
  key,
  query: wish,
  agent,
  requestId,
  purpose,
  ...(agent.rights.includes(URGENT_CARE) ? { priority: 'urgent' } : priority === undefined ? {} : { priority }),
});

/** `keep`: keeps the request in hand alive until the work ends. */
export function patientShards(env: Env, keep: (work: Promise<void>) => void): PatientShards {
  const shards = shardCount(env);
  const stub = shardStubs(env, shards);
  const alone = async (shard: number, only: ShardCall): Promise<Outcome> =>
    'command' in only ? stub(shard).submit(only) : stub(shard).read(only);
  const ask = callLanes<ShardCall, Outcome>(
    {
      together: async (shard, calls) => stub(shard).calls(calls),
      alone,
      bytesOf: (call) => ('command' in call ? (call.bytes ?? ORDINARY_BYTES) : 0),
    },
    keep,
  );
  const separate: PatientShards = {
    submit: (kind, key, command, asked) =>
      ask(shardOf(patientOf(key), shards), { v: ENVELOPE_VERSION, kind, key, command, ...asked }, asked.waitMs),
    read: (kind, key, wish, options) =>
      ask(shardOf(patientOf(key), shards), envelope(kind, key, wish, options), READ_WAIT_MS),
    readMany: async (kind, keys, wish, options) => {
      const outcomes = new Map<string, Outcome>();
      const byShard = Map.groupBy(keys, (key) => shardOf(patientOf(key), shards));
      const readGroup = async (shard: number, group: readonly string[]): Promise<void> => {
        const envelopes = group.map((key) => envelope(kind, key, wish, options));
        const [only] = envelopes;
        // One record can share a call with other requests; several are a group of their own already.
        if (envelopes.length === 1 && only !== undefined) {
          outcomes.set(only.key, await ask(shard, only, READ_WAIT_MS));
          return;
        }
        const answer = await attempt<Outcome[]>(async () => stub(shard).readMany(envelopes));
        group.forEach((key, index) => outcomes.set(key, Array.isArray(answer) ? (answer[index] ?? BROKEN) : answer));
      };
      await Promise.all([...byShard].map(([shard, group]) => readGroup(shard, group)));
      return keys.map((key) => outcomes.get(key) ?? BROKEN);
    },
    handOver: (keys) => attempt<HandOverPlan | Outcome>(async () => stub(shardOf(keys.from, shards)).handOver(keys)),
    import: async (chunkId, agent, records) => {
      const byShard = Map.groupBy(records, (record) => shardOf(patientOf(record.key), shards));
      const importGroup = async (shard: number, group: readonly ImportRecord[]): Promise<ImportReport> => {
        const chunk = { v: ENVELOPE_VERSION, chunkId: `${chunkId}/${shard}`, agent, records: group };
        const answer = await attempt<ImportReport | Outcome>(async () => stub(shard).import(chunk));
        if (!('stored' in answer)) throw new ImportNotTaken();
        return answer;
      };
      const reports = await Promise.all([...byShard].map(([shard, group]) => importGroup(shard, group)));
      return {
        stored: reports.reduce((sum, { stored }) => sum + stored, 0),
        unchanged: reports.reduce((sum, { unchanged }) => sum + unchanged, 0),
      };
    },
    together: (called) => groupedShards(separate, counted(stub, called), shards),
  };
  return separate;
}

function counted(stub: ShardStub, called: (() => void) | undefined): ShardStub {
  if (called === undefined) return stub;
  return (shard) => {
    called();
    return stub(shard);
  };
}

function groupedShards(separate: PatientShards, stub: ShardStub, shards: number): PatientShards {
  const call = groupedCalls({
    alone: (shard, only) =>
      attempt<Outcome>(async () => ('command' in only ? stub(shard).submit(only) : stub(shard).read(only))),
    together: (shard, calls) =>
      attempt<readonly CallReply[] | Outcome>(async () => (await stub(shard).calls(calls)).map((reply) => told(reply))),
  });
  const grouped: PatientShards = {
    ...separate,
    submit: (kind, key, command, asked) =>
      call(shardOf(patientOf(key), shards), { v: ENVELOPE_VERSION, kind, key, command, ...asked }, asked.waitMs),
    read: (kind, key, wish, options) => call(shardOf(patientOf(key), shards), envelope(kind, key, wish, options)),
    readMany: (kind, keys, wish, options) =>
      Promise.all(keys.map((key) => call(shardOf(patientOf(key), shards), envelope(kind, key, wish, options)))),
    together: () => grouped,
  };
  return grouped;
}

export function registrations(env: Env): Registrations {
  const shards = shardCount(env);
  return {
    register: (command, { waitMs, ...asked }) => {
      const key = `${asked.agent.client}/${asked.requestId}`;
      const stub = () => env.REGISTRATION_SHARD.getByName(String(shardOf(key, shards)), placement(env));
      return attemptWithin<Outcome>(waitMs, async () =>
        stub().register({ v: ENVELOPE_VERSION, kind: 'registration', key, command, ...asked }),
      );
    },
  };
}
