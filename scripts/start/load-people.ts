/** Loads the sandbox people and the synthetic population through the same door as any other import, once. */
import { importPatients } from '../import/import-patients.ts';
import { linesOf } from '../import/source-line.ts';
import { populationPatients } from '../population/population.ts';
import { sandboxPatients } from '../population/sandbox.ts';
import type { DataDirectory, DataFacts } from './data-directory.ts';
import type { StartOptions } from './options.ts';

export interface LoadedPeople {
  readonly sandbox: number;
  readonly population: number;
}

interface Load {
  readonly url: string;
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  readonly facts: DataFacts;
}

/** Same seed, same people: the bench knows them by number. */
const POPULATION_SEED = 1;

export async function loadPeople({ url, options, directory, facts }: Load): Promise<LoadedPeople> {
  const target = { target: url, token: directory.operatorKey() };
  let { sandbox, population } = facts;
  if (options.sandbox && !sandbox) {
    await importPatients(linesOf(sandboxPatients()), { ...target, identity: 'sandbox' });
    sandbox = true;
  }
  if (options.population > population) {
    await importPatients(linesOf(populationPatients(options.population, POPULATION_SEED)), {
      ...target,
      identity: `population-${POPULATION_SEED}`,
    });
    population = options.population;
  }
  directory.writeFacts({ ...facts, sandbox, population });
  return { sandbox: sandbox ? sandboxPatients().length : 0, population };
}
