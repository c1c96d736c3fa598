/** The national mix: four fifths reads, some of them searches, and one fifth changes. */
import { PdsOperations } from './pds-operations.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

/** Percent of all transactions; `--write-share` sets another. */
export const WRITE_SHARE = 20;
/** Percent of all transactions, taken out of the reads; `--search-share` sets another (0: reads are all GET). */
export const SEARCH_SHARE = 4;

export function nationalMix({ population, searchShare, writeShare }: ScenarioSettings): Scenario {
  const pds = new PdsOperations(population);
  return {
    name: 'national-mix',
    setup: (preparation) => pds.prepare(preparation),
    next(random) {
      const draw = random.next() * 100;
      if (draw < writeShare) return pds.write(random);
      if (draw < writeShare + searchShare) return pds.search(random);
      return pds.read(pds.anyNumber(random));
    },
  };
}
