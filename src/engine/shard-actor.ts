/**
 * The Durable Object of a shard: lifecycle and the platform's side of the ports; the steps themselves are in
 * `shard-engine.ts`. The constructor recovers synchronously from the tables, so no request ever meets a half state.
 */
import { DurableObject } from 'cloudflare:workers';
import { DurableObjectSql } from '../storage/shard/store.ts';
import { ShardEngine } from './shard-engine.ts';
import type { Receiver } from './shard-engine.ts';
import type { CommandEnvelope, ImportChunk, ImportReport, Outcome, QueryEnvelope } from './envelope.ts';
import type { Delivery, EnginePorts, Observer, SnapshotRecord } from './ports.ts';
import type { ShardOptions } from './shard-state.ts';
import { readTrail, verifyChain } from './trail.ts';
import type { ChainReport, TrailPage, TrailQuery } from './trail.ts';
import type { Fate, Preparation, TransactionEnvelope, TransactionOutcome, Vote } from './transaction.ts';

export interface ActorSetup extends ShardOptions {
  readonly className: string;
  readonly observer: Observer;
  receive?: Receiver;
  send(target: string, delivery: Delivery): Promise<void>;
  askFate(coordinator: string, id: string): Promise<Fate | 'undecided'>;
  writeSnapshot(records: readonly SnapshotRecord[]): Promise<void>;
}

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
  }

  submit(envelope: CommandEnvelope): Promise<Outcome> {
    return this.engine.submit(envelope);
  }

  read(envelope: QueryEnvelope): Promise<Outcome> {
    return this.engine.read(envelope);
  }

  readMany(envelopes: readonly QueryEnvelope[]): Promise<Outcome[]> {
    return Promise.all(envelopes.map((envelope) => this.engine.read(envelope)));
  }

  import(chunk: ImportChunk): Promise<ImportReport | Outcome> {
    return this.engine.import(chunk);
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
    abort: (reason) => ctx.abort(reason),
    observer: setup.observer,
  };
}
