/** What we generate is what we import: no generated line may be refused. */
import { expect, test } from 'vitest';
import { importPatientGroup } from '../../src/domain/pds/import-patient-group.ts';
import { populationPatients } from '../../scripts/population/population.ts';
import { sandboxPatients } from '../../scripts/population/sandbox.ts';

/** As they arrive: through JSON. */
const arrived = (resources: unknown): unknown[] => JSON.parse(JSON.stringify(resources)) as unknown[];

test('PDS-I65 every person of the population is accepted, with all of their records', () => {
  for (const resources of populationPatients(3000, 11)) {
    const records = importPatientGroup(arrived(resources));
    expect(records, JSON.stringify(records)).toBeInstanceOf(Array);
    const relatives = resources.some(({ resourceType }) => resourceType === 'RelatedPerson');
    expect(records.length).toBe(relatives ? 2 : 1);
  }
});

test('PDS-I65 everyone of the sandbox is accepted', () => {
  for (const resources of sandboxPatients()) expect(importPatientGroup(arrived(resources))).toBeInstanceOf(Array);
});
