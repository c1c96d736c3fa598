/** What every look at a record asks first: may this agent see it, does it exist, does it live on elsewhere. */
import type { Agent, View } from '../../engine/record-kind.ts';
import type { Demographics, DemographicsAnnex } from './demographics-state.ts';
import { forbiddenUpdate, refuse, type PdsRefusal } from './refusals.ts';

/**
 * A patient may only touch the record under the number they signed in with. A retained record is reached from a
 * superseded number by the `moved` answer alone, never by naming it.
 */
export function refuseForeignRecord(agent: Agent, key: string): PdsRefusal | null {
  if (agent.mode !== 'patient-access' || agent.subject === key) return null;
  return refuse('PATIENT_ACCESS_DENIED');
}

/** Why the record under this key is not shown itself, or null. */
export function notServed(annex: DemographicsAnnex): Exclude<View, { kind: 'found' }> | null {
  if (annex.status === undefined) return null;
  if (annex.status === 'superseded' && annex.supersededBy !== undefined)
    return { kind: 'moved', key: annex.supersededBy };
  return refuse('INVALIDATED_RESOURCE');
}

/** The same for a change: a superseded record is not followed but refused. */
export function notUpdatable(state: Demographics | null): PdsRefusal | null {
  if (state === null) return refuse('RESOURCE_NOT_FOUND');
  if (state.annex.status === undefined) return null;
  if (state.annex.status === 'invalidated') return refuse('INVALIDATED_RESOURCE');
  return forbiddenUpdate('Update Failed - NHS No. supplied has been superseded in a merge');
}
