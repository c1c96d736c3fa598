/** Serialises every change to the records of the patients whose NHS number falls on this shard. */
import { guardedKinds } from '../domain/access-control/guarded-kind.ts';
import { patientAccess } from '../domain/access-control/patient-access.ts';
import { patientFlags } from '../domain/flags/patient-flags.ts';
import { demographics } from '../domain/pds/demographics.ts';
import { relatedPersons } from '../domain/pds/related-persons.ts';
import { accessAlerts } from '../domain/scr/access-alerts.ts';
import { summaryCareRecord } from '../domain/scr/summary.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';

export class PatientShard extends ShardActor<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    const kinds = [demographics, relatedPersons, summaryCareRecord, accessAlerts, patientFlags, patientAccess];
    const control = env.ACCESS_CONTROL === 'enforced' ? 'enforced' : 'caller';
    super(ctx, env, (shard) =>
      actorSetup(env, { className: 'patient-shard', shard, kinds: guardedKinds(kinds, control) }),
    );
  }
}
