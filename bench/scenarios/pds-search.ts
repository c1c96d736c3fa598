/** Traces by family name, given name and birth date of people known to be there. */
import { PdsOperations } from './pds-operations.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

export function pdsSearch({ population }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(population);
  return {
    name: 'pds-search',
    setup: (preparation) => pds.prepare(preparation),
    next: (random) => pds.search(random),
  };
}
