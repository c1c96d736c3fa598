/** Measures what each kind of transaction uses: alone, one request at a time, and loaded, with many at once. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TRANSPORTS } from '../generator/transport.ts';
import { preparationOf } from '../generator/scenario-work.ts';
import { measure, type Measurement, type Subject } from '../measurement.ts';
import { countersAt } from '../metrics.ts';
import type { Load } from '../plan.ts';
import { createScenario } from '../scenarios/catalogue.ts';
import type { Scenario, ScenarioSettings } from '../scenarios/scenario.ts';
import { type Density, type Kind, KINDS, type KindUse, type MeasuredUse } from './model.ts';

const SCENARIOS: Readonly<Record<Kind, string>> = { read: 'pds-read', search: 'pds-search', change: 'pds-patch' };
const CONNECTIONS: Readonly<Record<Density, number>> = { alone: 1, loaded: 64 };
/** Snapshots and the like that a run leaves behind. */
const SETTLE_MS = 2500;

export interface UseSettings {
  readonly scenario: ScenarioSettings;
  readonly seconds: number;
  readonly warmup: number;
}

export interface UseRun {
  readonly use: MeasuredUse;
  readonly measurements: readonly Measurement[];
}

/** `data` is the server's folder, where the sizes of its databases are read. */
export async function measureUse(subject: Subject, data: string, settings: UseSettings): Promise<UseRun> {
  const { population } = settings.scenario;
  const measurements: Measurement[] = [];
  const atRest = await countersAt(preparationOf(subject.operator));
  const d1Bytes = databaseBytes(join(data, 'state', 'd1'));
  const kinds: Record<Density, Record<Kind, KindUse>> = { alone: unmeasured(), loaded: unmeasured() };
  for (const kind of KINDS) {
    const scenario = createScenario(SCENARIOS[kind], settings.scenario);
    await scenario.setup(preparationOf(subject.wire));
    for (const density of ['alone', 'loaded'] as const) {
      const { seconds, warmup } = settings;
      const load: Load = { mode: 'saturate', rate: 1, connections: CONNECTIONS[density], seconds, warmup };
      const { measurement, use } = await measureKind({ kind, scenario, subject, load });
      measurements.push(measurement);
      kinds[density][kind] = use;
    }
  }
  return {
    measurements,
    use: {
      kinds,
      bytesPerPersonActors: (atRest?.['storageBytes'] ?? 0) / population,
      bytesPerPersonD1: d1Bytes / population,
    },
  };
}

interface KindRun {
  readonly kind: Kind;
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly load: Load;
}

async function measureKind({
  kind,
  scenario,
  subject,
  load,
}: KindRun): Promise<{ measurement: Measurement; use: KindUse }> {
  const transport = TRANSPORTS['http'];
  if (transport === undefined) throw new Error('HTTP is always there');
  const operator = preparationOf(subject.operator);
  const label = `cost · ${kind} · ${load.connections} at once`;
  const before = await countersAt(operator);
  const measurement = await measure(scenario, subject, { label, load, arrivals: 'poisson', seed: 1, transport });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const after = await countersAt(operator);
  // Counters run on through the warm-up; the window's share of what was done is what the server itself counted.
  const operations = difference(before, after, 'operations');
  const { done } = measurement.figures;
  const perDone = kind === 'search' ? operationsPerSearch(measurement, operations, load) : 1;
  const transactions = Math.max(1, operations / perDone);
  const use: KindUse = {
    cpuMs: measurement.server.cpuMsPerTransaction ?? 0,
    actorRequests: perDone,
    actorRowsRead: measurement.server.rowsReadPerTransaction ?? 0,
    actorRowsWritten: measurement.server.rowsWrittenPerTransaction ?? 0,
    grownBytes: done === 0 ? 0 : Math.max(0, difference(before, after, 'storageBytes') / transactions),
  };
  return { measurement, use };
}

/** A search asks as many actors as have candidates; the run's own count, warm-up included, says how many. */
function operationsPerSearch({ figures }: Measurement, operations: number, load: Load): number {
  const searches = (figures.done / load.seconds) * (load.seconds + load.warmup);
  return searches === 0 ? 1 : Math.max(1, operations / searches);
}

function difference(
  before: Readonly<Record<string, number>> | null,
  after: Readonly<Record<string, number>> | null,
  name: string,
): number {
  return (after?.[name] ?? 0) - (before?.[name] ?? 0);
}

function unmeasured(): Record<Kind, KindUse> {
  const nothing: KindUse = { cpuMs: 0, actorRequests: 0, actorRowsRead: 0, actorRowsWritten: 0, grownBytes: 0 };
  return { read: nothing, search: nothing, change: nothing };
}

/** Bytes of the databases themselves; what is in their write-ahead logs replaces pages they already have. */
export function databaseBytes(folder: string): number {
  return files(folder)
    .filter((name) => name.endsWith('.sqlite'))
    .reduce((total, name) => total + sizeOf(join(folder, name)), 0);
}

function files(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
