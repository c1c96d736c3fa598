/** Two sizes side by side, in turn, round after round: the only way to see a tenth of difference on a busy machine. */
import type { Measurement } from '../measurement.ts';
import type { Load } from '../plan.ts';
import { ratiosOf } from '../statistics.ts';
import type { ProductServer } from './product-server.ts';

export interface SideBySide {
  readonly reference: ProductServer;
  readonly server: ProductServer;
  readonly load: Load;
  readonly rounds: number;
  readonly label: string;
}

const OPERATIONS = [
  ['get', 'pds-read'],
  ['patch', 'pds-patch'],
] as const;

/** Medians of the rounds' ratios, throughput and CPU per transaction: 1 means that the larger one costs the same. */
export async function againstReference(pair: SideBySide): Promise<Record<string, number>> {
  const { reference, server, load, rounds, label } = pair;
  const figures: Record<string, number> = {};
  for (const [name, scenario] of OPERATIONS) {
    const measured: { ours: Measurement; theirs: Measurement }[] = [];
    for (let round = 1; round <= rounds; round++) {
      const told = `${name} · ${label} and ${reference.size.population} in turn · round ${round}/${rounds}`;
      const theirs = await reference.measure({ scenario, load, label: told });
      measured.push({ theirs, ours: await server.measure({ scenario, load, label: told }) });
    }
    const ratio = (value: (one: Measurement) => number): number =>
      Math.round(
        ratiosOf(
          measured.map(({ ours }) => value(ours)),
          measured.map(({ theirs }) => value(theirs)),
        ).median * 1000,
      ) / 1000;
    figures[`${name} vs reference`] = ratio(({ figures: { throughput } }) => throughput);
    figures[`${name} cpu vs reference`] = ratio(({ server: { cpuMsPerTransaction } }) => cpuMsPerTransaction ?? 0);
  }
  return figures;
}
