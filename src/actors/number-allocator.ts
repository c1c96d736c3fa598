/** Issues NHS numbers: one actor, so that no number is ever issued twice. Ranges are its records. */
import { numberRange } from '../domain/pds/number-range.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';

export class NumberAllocator extends ShardActor<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'number-allocator', shard, kinds: [numberRange] }),
      shards: 1,
      owns: () => true,
    }));
  }
}
