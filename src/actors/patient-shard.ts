/** Serialises every change to the records of the patients whose NHS number falls on this shard. */
import { guardedKinds } from '../domain/access-control/guarded-kind.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';
import { PATIENT_KINDS } from './patient-kinds.ts';

export class PatientShard extends ShardActor<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    const control = env.ACCESS_CONTROL === 'enforced' ? 'enforced' : 'caller';
    const kinds = guardedKinds(PATIENT_KINDS, control);
    super(ctx, env, (shard) => actorSetup(env, { className: 'patient-shard', shard, kinds }));
  }
}
