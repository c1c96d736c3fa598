/**
 * Everyone wants the same record: 80 % reads and 20 % changes of one patient. The writers are rivals: each sends the newest
 * version it has seen, one of them wins, and the others are told 409 at once, counted as CONFLICT and not as an error.
 */
import { PdsOperations } from './pds-operations.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

export const HOT_WRITE_SHARE = 20;
/** Patients looked at to find one that can be changed. */
const CANDIDATES = 32;

export function hotPatient({ population }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(Math.min(CANDIDATES, population));
  return {
    name: 'hot-patient',
    setup: (preparation) => pds.prepare(preparation),
    next(random) {
      const patient = pds.hotPatient();
      return random.next() * 100 < HOT_WRITE_SHARE ? pds.writeShared(patient, random) : pds.readShared(patient);
    },
  };
}
