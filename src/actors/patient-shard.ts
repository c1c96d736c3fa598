/** Serialises every change to the records of the patients whose NHS number falls on this shard. */
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';
import { PATIENT_KINDS } from './patient-kinds.ts';

export class PatientShard extends ShardActor<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => actorSetup(env, { className: 'patient-shard', shard, kinds: PATIENT_KINDS }));
  }
}
