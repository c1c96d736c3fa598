/** One curve per axis: what is varied, what is measured at each point, and what the curve has to show. */
import type { Measurement } from '../measurement.ts';
import type { Load } from '../plan.ts';
import { againstReference } from './against-reference.ts';
import { coldShards } from './cold-shards.ts';
import { cleanRates, largestPopulation, REFERENCE, sameCost } from './findings.ts';
import { enlarge } from './larger-bodies.ts';
import { ProductServer, type Size } from './product-server.ts';
import type { Axis, ScaleCurve, ScalePoint } from './record.ts';

export interface ScaleSettings {
  readonly points: readonly number[] | null;
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  readonly size: Size;
  /** Waits for evictions, about half a minute a point. */
  readonly cold: boolean;
  /** Of larger populations beside the reference. */
  readonly rounds: number;
  /** Told of the running server, so that an interrupted run can end it. */
  running(server: ProductServer): void;
}

interface AxisPlan {
  readonly label: string;
  readonly points: readonly number[];
  readonly run: (points: readonly number[], settings: ScaleSettings) => Promise<ScalePoint[]>;
  readonly findings: (points: readonly ScalePoint[]) => ScaleCurve['findings'];
}

const AXIS_PLANS: Readonly<Record<Axis, AxisPlan>> = {
  patients: {
    label: 'patients',
    points: [1000, 10_000, 100_000],
    run: populations,
    findings: (points) => [...sameCost(points), ...largestPopulation(points)],
  },
  shards: {
    label: 'shards',
    points: [1, 4, 16, 64, 256],
    run: (points, settings) => eachStarted(points, settings, (shards) => ({ ...settings.size, shards })),
    findings: () => [],
  },
  connections: {
    label: 'connections',
    points: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    run: (points, settings) =>
      onOneServer(points, settings, (connections, server) =>
        pair(server, { ...loadOf(settings), connections }, String(connections)),
      ),
    findings: () => [],
  },
  body: {
    label: 'bytes of a Patient',
    points: [2000, 4000, 8000, 16_000, 32_000, 64_000],
    run: largerBodies,
    findings: () => [],
  },
  'read-share': {
    label: 'percent reads',
    points: [0, 20, 50, 80, 95, 100],
    run: (points, settings) => onOneServer(points, settings, (share, server) => mixed(server, share, loadOf(settings))),
    findings: () => [],
  },
  rate: {
    label: 'arrivals per second',
    points: [250, 500, 1000, 1500, 1800, 2000, 2500, 3000, 3500],
    run: (points, settings) =>
      onOneServer(points, settings, async (rate, server) => {
        const load: Load = { ...loadOf(settings), mode: 'open', rate };
        return openFigures(await server.measure({ scenario: 'national-mix', load, label: `rate · ${rate}/s` }));
      }),
    findings: cleanRates,
  },
};

export function pointsOf(axis: Axis): readonly number[] {
  return AXIS_PLANS[axis].points;
}

export async function curveOf(axis: Axis, settings: ScaleSettings): Promise<ScaleCurve> {
  const { label, points, run, findings } = AXIS_PLANS[axis];
  const measured = await run(settings.points ?? points, settings);
  return { axis, label, points: measured, findings: findings(measured) };
}

type Figures = Record<string, number | null>;

/** Populations above the reference are measured beside it, while both run. */
async function populations(points: readonly number[], settings: ScaleSettings): Promise<ScalePoint[]> {
  const sizeAt = (population: number): Size => ({ ...settings.size, population });
  const compared = points.includes(REFERENCE) && points.some((at) => at > REFERENCE);
  if (!compared) return eachStarted(points, settings, sizeAt);
  const { server: reference } = await ProductServer.start(sizeAt(REFERENCE));
  settings.running(reference);
  try {
    return await eachStarted(points, settings, sizeAt, (server, at) => {
      const { rounds } = settings;
      if (at <= REFERENCE) return Promise.resolve(NOT_COMPARED);
      return againstReference({ reference, server, load: loadOf(settings), rounds, label: String(at) });
    });
  } finally {
    await reference.stop();
  }
}

const NOT_COMPARED: Figures = {
  'get vs reference': null,
  'get cpu vs reference': null,
  'patch vs reference': null,
  'patch cpu vs reference': null,
};

/** A server of its own for each point: start-up, speed, what it holds, a restart, and what its sleeping shards cost. */
async function eachStarted(
  points: readonly number[],
  settings: ScaleSettings,
  sizeAt: (at: number) => Size,
  compare: (server: ProductServer, at: number) => Promise<Figures> = () => Promise.resolve({}),
): Promise<ScalePoint[]> {
  const found: ScalePoint[] = [];
  for (const at of points) {
    const size = sizeAt(at);
    const { server, startSeconds } = await ProductServer.start(size);
    settings.running(server);
    try {
      const speeds = await pair(server, loadOf(settings), String(at));
      const beside = await compare(server, at);
      const { openFiles, files, megabytes } = server.holdings();
      const cold = settings.cold ? await coldShards(server.subject.wire, size.shards, size.population) : {};
      const restartSeconds = await server.restart();
      const held = { 'open files': openFiles, files, 'disk MB': megabytes };
      const started = { 'load and start s': rounded(startSeconds), 'restart s': rounded(restartSeconds) };
      found.push({ at, figures: { ...speeds, ...beside, ...held, ...started, ...cold } });
    } finally {
      await server.stop();
    }
  }
  return found;
}

async function onOneServer(
  points: readonly number[],
  settings: ScaleSettings,
  figuresAt: (at: number, server: ProductServer) => Promise<Figures>,
): Promise<ScalePoint[]> {
  const { server } = await ProductServer.start(settings.size);
  settings.running(server);
  try {
    const found: ScalePoint[] = [];
    for (const at of points) found.push({ at, figures: await figuresAt(at, server) });
    return found;
  } finally {
    await server.stop();
  }
}

/** Few people, all of one size, so that every request meets it. */
const ENLARGED_PEOPLE = 200;

function largerBodies(points: readonly number[], settings: ScaleSettings): Promise<ScalePoint[]> {
  const small = { ...settings, size: { ...settings.size, population: ENLARGED_PEOPLE } };
  return onOneServer(points, small, async (bytes, server) => {
    const mean = await enlarge(server.subject, ENLARGED_PEOPLE, bytes);
    return { 'mean bytes': mean, ...(await pair(server, loadOf(settings), `${bytes} bytes`)) };
  });
}

/** GET and PATCH, saturated, one after the other. */
async function pair(server: ProductServer, load: Load, label: string): Promise<Figures> {
  const get = await server.measure({ scenario: 'pds-read', load, label: `GET · ${label}` });
  const patch = await server.measure({ scenario: 'pds-patch', load, label: `PATCH · ${label}` });
  return {
    ...prefixed('get', get),
    ...prefixed('patch', patch),
    'RSS MB': patch.server.residentMegabytes,
    errors: get.figures.errors + patch.figures.errors,
  };
}

async function mixed(server: ProductServer, share: number, load: Load): Promise<Figures> {
  const shot = { scenario: 'national-mix', load, label: `${share} % reads`, writeShare: 100 - share, searchShare: 0 };
  const mix = await server.measure(shot);
  return { ...prefixed('mix', mix), 'RSS MB': mix.server.residentMegabytes, errors: mix.figures.errors };
}

function prefixed(name: string, { figures, server }: Measurement): Figures {
  return {
    [`${name} /s`]: figures.throughput,
    [`${name} p50 ms`]: figures.latency.p50,
    [`${name} p99 ms`]: figures.latency.p99,
    [`${name} cpu ms`]: server.cpuMsPerTransaction,
    [`${name} rows`]: server.rowsWrittenPerTransaction,
  };
}

function openFigures({ figures, offered, dropped, server, generatorLag }: Measurement): Figures {
  return {
    'offered /s': rounded(offered / figures.seconds),
    'done /s': figures.throughput,
    'mix p50 ms': figures.latency.p50,
    'mix p99 ms': figures.latency.p99,
    'served %': offered === 0 ? null : rounded((figures.done / offered) * 100),
    errors: figures.errors,
    dropped,
    'mix cpu ms': server.cpuMsPerTransaction,
    'lag p99 ms': generatorLag?.p99 ?? null,
  };
}

function loadOf({ connections, seconds, warmup }: ScaleSettings): Load {
  return { mode: 'saturate', rate: 1, connections, seconds, warmup };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
