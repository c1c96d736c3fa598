/** Reads of single patients, uniformly over the population. */
import { PdsOperations } from './pds-operations.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

export function pdsRead({ population }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(population);
  return {
    name: 'pds-read',
    setup: (preparation) => pds.prepare(preparation),
    next: (random) => pds.read(pds.anyNumber(random)),
  };
}
