/** Every scenario by name, what it is for, and the baselines it is held against. */
import { DEFAULT_TRANSPORT } from '../generator/transport.ts';
import { bareHello, bareMix, bareRead, bareWrite, bareWriteOne } from './bare.ts';
import { epsLifecycle } from './eps-lifecycle.ts';
import { epsPeak } from './eps-peak.ts';
import { hotPatient } from './hot-patient.ts';
import { meshBulk } from './mesh-bulk.ts';
import { meshSmall } from './mesh-small.ts';
import { nationalMix } from './national-mix.ts';
import { pdsPatch } from './pds-patch.ts';
import { pdsRead } from './pds-read.ts';
import { pdsSearch } from './pds-search.ts';
import { retryStorm } from './retry-storm.ts';
import { scrView } from './scr-view.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

export interface CatalogueEntry {
  readonly purpose: string;
  readonly create: (settings: ScenarioSettings) => Scenario;
  /** Names of bare scenarios; none for the bare ones themselves. */
  readonly baselines: readonly string[];
}

export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  'pds-read': { purpose: 'GET of single patients', create: pdsRead, baselines: ['bare-read'] },
  'pds-patch': { purpose: 'single changes with If-Match', create: pdsPatch, baselines: ['bare-write'] },
  'pds-search': { purpose: 'trace by name and birth date', create: pdsSearch, baselines: ['bare-read'] },
  'national-mix': { purpose: '80 % reads, 20 % changes', create: nationalMix, baselines: ['bare-mix'] },
  'hot-patient': { purpose: '80/20 on one record', create: hotPatient, baselines: ['bare-write-one'] },
  'retry-storm': { purpose: '30 % of changes sent twice', create: retryStorm, baselines: ['bare-write'] },
  'mesh-small': { purpose: 'MESH: 1 KB sent, fetched, acknowledged', create: meshSmall, baselines: ['bare-write-one'] },
  'mesh-bulk': { purpose: 'MESH: 100 MB in chunks, there and back', create: meshBulk, baselines: [] },
  'scr-view': { purpose: 'audited views of summaries', create: scrView, baselines: ['bare-read'] },
  'eps-lifecycle': {
    purpose: 'prescriptions: prepare, order, release, dispense, claim',
    create: epsLifecycle,
    baselines: ['bare-write'],
  },
  'eps-peak': { purpose: 'Monday morning: nominated releases', create: epsPeak, baselines: ['bare-write'] },
  'bare-hello': { purpose: 'baseline: Worker only', create: bareHello, baselines: [] },
  'bare-read': { purpose: 'baseline: RPC read of 2.4 KB', create: bareRead, baselines: [] },
  'bare-write': { purpose: 'baseline: durable row a request', create: bareWrite, baselines: [] },
  'bare-write-one': { purpose: 'baseline: the same on one actor', create: bareWriteOne, baselines: [] },
  'peer-read': { purpose: 'peer: the same GETs on Fastify + PostgreSQL', create: pdsRead, baselines: [] },
  'peer-patch': { purpose: 'peer: the same changes', create: pdsPatch, baselines: [] },
  'peer-search': { purpose: 'peer: the same searches', create: pdsSearch, baselines: [] },
  'peer-retry': { purpose: 'peer: the same retry storm', create: retryStorm, baselines: [] },
  'peer-mix': { purpose: 'peer: the same national mix', create: nationalMix, baselines: [] },
  'bare-mix': { purpose: 'baseline: 80 % reads, 20 % writes', create: bareMix, baselines: [] },
};

export const PRODUCT_SCENARIOS = Object.keys(CATALOGUE).filter((name) => serverOf(name) === 'product');

/** Which server a scenario is sent to: the product, the bare platform, or the peer people would pick instead. */
export type ServerKind = 'product' | 'bare' | 'peer';

export function serverOf(name: string): ServerKind {
  if (name.startsWith('bare-')) return 'bare';
  return name.startsWith('peer-') ? 'peer' : 'product';
}

/** `national-mix@session` is the scenario national-mix over the transport session. */
export function transportOf(name: string): string {
  return name.split('@')[1] ?? DEFAULT_TRANSPORT;
}

export function createScenario(name: string, settings: ScenarioSettings): Scenario {
  const entry = CATALOGUE[name.split('@')[0] ?? ''];
  if (entry === undefined) throw new Error(`no scenario '${name}'`);
  return { ...entry.create(settings), name };
}
