/** Realistic single changes, each on the version last acknowledged for its patient. */
import { PdsOperations } from './pds-operations.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

export function pdsPatch({ population }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(population);
  return {
    name: 'pds-patch',
    setup: (preparation) => pds.prepare(preparation),
    next: (random) => pds.write(random),
  };
}
