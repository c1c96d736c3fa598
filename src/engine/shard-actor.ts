/**
 * The Durable Object of a shard: lifecycle and the platform's side of the ports; the steps themselves are in
 * `shard-engine.ts`. The constructor recovers synchronously from the tables, so no request ever meets a half state.
 */
import { DurableObject } from 'cloudflare:workers';
import { DurableObjectSql } from '../storage/shard/store.ts';
import { ShardEngine } from './shard-engine.ts';
import type { Receiver } from './shard-engine.ts';
import { ENVELOPE_VERSION } from './envelope.ts';
import type {
  CallReply,
  CommandEnvelope,
  ImportChunk,
  ImportReport,
  Outcome,
  QueryEnvelope,
  ShardCall,
} from './envelope.ts';
import type { HandOverPlan } from './hand-over.ts';
import type { KeyPair } from './record-kind.ts';
import type { Delivery, EnginePorts, Observer, SnapshotRecord } from './ports.ts';
import type { RestoreAnswer, RestoreWish } from './restore.ts';
import type { ShardOptions } from './shard-state.ts';
import type { Shipped } from './ship-journal.ts';
import { readTrail, verifyChain } from './trail.ts';
import type { ChainReport, TrailPage, TrailQuery } from './trail.ts';
import type { Fate, Preparation, TransactionEnvelope, TransactionOutcome, Vote } from './transaction.ts';
import type { Vault } from './vault.ts';
import type { Position } from './verify-journal.ts';
import type { VerifiedStep } from './verify-own-journal.ts';

export interface ActorSetup extends ShardOptions {
  readonly className: string;
  readonly observer: Observer;
  receive?: Receiver;
  send(target: string, delivery: Delivery): Promise<void>;
  askFate(coordinator: string, id: string): Promise<Fate | 'undecided'>;
  writeSnapshot(records: readonly SnapshotRecord[]): Promise<void>;
  readonly vault?: Vault;
  readonly shipEveryMs?: number;
}

/** Sent by a newer edge in words that have another meaning there: not guessed at, but asked for again when we are newer too. */
const isAhead = ({ v }: { readonly v: number }): boolean => v > ENVELOPE_VERSION;
const BEHIND = Promise.resolve({ kind: 'unavailable', reason: 'broken', retryAfterSeconds: 2 } as const);

export abstract class ShardActor<Env> extends DurableObject<Env> {
  protected readonly engine: ShardEngine;

  constructor(ctx: DurableObjectState, env: Env, setup: (shard: number) => ActorSetup) {
    super(ctx, env);
    const shard = Number(ctx.id.name);
    // Only the plain form: ' 3' or '3.0' would be another actor that believes to be shard 3.
    if (!Number.isInteger(shard) || String(shard) !== ctx.id.name)
      throw new Error('an actor name must be a shard number');
    const options = setup(shard);
    this.engine = new ShardEngine(platformPorts(ctx, shard, options), options);
    // An empty shard may be one that lost everything: it must not begin a second life beside the first.
    if (options.vault && this.engine.shard.journal.head.seq === 0)
      void ctx.blockConcurrencyWhile(() => this.engine.checkBirth());
  }

  submit(envelope: CommandEnvelope): Promise<Outcome> {
    return isAhead(envelope) ? BEHIND : this.engine.submit(envelope);
  }

  read(envelope: QueryEnvelope): Promise<Outcome> {
    return isAhead(envelope) ? BEHIND : this.engine.read(envelope);
  }

  readMany(envelopes: readonly QueryEnvelope[]): Promise<Outcome[]> {
    return Promise.all(envelopes.map((envelope) => this.read(envelope)));
  }

  /** What the edge collected for this shard in one turn. */
  calls(batch: readonly ShardCall[]): Promise<CallReply[]> {
    // One edge sends all in the same words.
    return batch.some(isAhead) ? BEHIND.then((behind) => batch.map(() => behind)) : this.engine.calls(batch);
  }

  handOver(keys: KeyPair): Promise<HandOverPlan | Outcome> {
    return this.engine.handOver(keys);
  }

  import(chunk: ImportChunk): Promise<ImportReport | Outcome> {
    return isAhead(chunk) ? BEHIND : this.engine.import(chunk);
  }

  deliver(delivery: Delivery): Promise<void> {
    return this.engine.deliver(delivery);
  }

  /** A transaction within this shard. */
  together(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    return this.engine.transactions.together(envelope);
  }

  prepare(asked: Preparation): Promise<Vote> {
    return this.engine.transactions.prepare(asked);
  }

  finish(id: string, fate: Fate): Promise<void> {
    return this.engine.transactions.finish(id, fate);
  }

  settle(): Promise<void> {
    return this.engine.settle();
  }

  ship(): Promise<Shipped> {
    return this.engine.ship();
  }

  restore(wish: RestoreWish): Promise<RestoreAnswer> {
    return this.engine.restore(wish);
  }

  verifyJournal(after: Position): Promise<VerifiedStep> {
    return this.engine.verify(after);
  }

  /** Gives this instance up: the next call meets one that knows only the tables. */
  reload(): void {
    this.ctx.abort('reloaded');
  }

  status(): ReturnType<ShardEngine['status']> {
    return this.engine.status();
  }

  /** What auditors see of the journal. */
  trail(query: TrailQuery): TrailPage {
    return readTrail(this.engine.shard, query);
  }

  verifyChain(after: { seq: number; hash: string } | null): ChainReport {
    return verifyChain(this.engine.shard, after);
  }

  override alarm(): Promise<void> {
    return this.engine.alarm();
  }
}

function platformPorts(ctx: DurableObjectState, shard: number, setup: ActorSetup): EnginePorts {
  return {
    actor: { className: setup.className, shard },
    sql: new DurableObjectSql(ctx.storage),
    now: () => Date.now(),
    newId: () => crypto.randomUUID().slice(0, 8).toUpperCase(),
    defer: (work, delayMs) => {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    },
    setAlarm: (at) => void ctx.storage.setAlarm(at),
    send: (target, delivery) => setup.send(target, delivery),
    askFate: (coordinator, id) => setup.askFate(coordinator, id),
    writeSnapshot: (records) => setup.writeSnapshot(records),
    ...(setup.vault ? { vault: setup.vault } : {}),
    ...(setup.shipEveryMs === undefined ? {} : { shipEveryMs: setup.shipEveryMs }),
    abort: (reason) => ctx.abort(reason),
    observer: setup.observer,
  };
}
