/** Decides transactions over several shards; key: client and request id, so that a repeat meets its own first attempt. */
import { Coordinator } from '../engine/coordinator.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import type { Fate, TransactionEnvelope, TransactionOutcome } from '../engine/transaction.ts';
import { actorSetup } from './actor-setup.ts';
import { participants } from './deliveries.ts';
import type { Env } from './environment.ts';

const CLASS_NAME = 'coordinator-shard';

export class CoordinatorShard extends ShardActor<Env> {
  readonly #coordinator: Coordinator;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => actorSetup(env, { className: CLASS_NAME, shard, kinds: [] }));
    this.#coordinator = new Coordinator(this.engine.shard, this.engine.wakeUps, {
      className: CLASS_NAME,
      participants: participants(env),
      remembered: () => this.engine.remembered(),
    });
  }

  transact(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    return this.#coordinator.transact(envelope);
  }

  fate(id: string): Promise<Fate | 'undecided'> {
    return Promise.resolve(this.#coordinator.fate(id));
  }

  /** Attempts not forgotten yet; for operators and tests. */
  open(): Promise<number> {
    return Promise.resolve(this.#coordinator.open);
  }
}
