/** The options of `npm run nightly`: which parts, and how much of each. */
import { parseArgs } from 'node:util';

export const PARTS = ['simulation', 'prescriptions', 'kills', 'chaos', 'mix', 'outage', 'overload'] as const;
export type PartName = (typeof PARTS)[number];

export const USAGE = `npm run nightly -- [options]
  --only A,B           parts: ${PARTS.join(', ')} (all)
  --slice              a few minutes of everything, for CI
  --seeds N            simulation: how many seeds (50000)
  --first-seed N       simulation: the first (drawn, and told)
  --workers N          simulation: processes (2)
  --fault-pairs N      prescriptions: pairs of faults per play, drawn by --first-seed, after every single one (3000)
  --kills N            kills: how many (200)
  --acks N             kills: acknowledged writes (1000000)
  --chaos-seconds N    chaos: how long, killed every 10 s (600)
  --chaos-rate N       chaos: requests a second (300)
  --mix-seconds N      mix: how long (120)
  --mix-rate N         mix: transactions a second (1800)
  --outage-seconds N   outage: how long D1 is away (600)
  --outage-rate N      outage: writes a second (200)
  --overload-seconds N overload: how long at three times the capacity (20)
  --port N             first port (9200)`;

export interface NightlyOptions {
  readonly only: readonly PartName[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly workers: number;
  readonly faultPairs: number;
  readonly kills: number;
  readonly acks: number;
  readonly chaosSeconds: number;
  readonly chaosRate: number;
  readonly mixSeconds: number;
  readonly mixRate: number;
  readonly outageSeconds: number;
  readonly outageRate: number;
  readonly overloadSeconds: number;
  readonly port: number;
  readonly slice: boolean;
}

/** Full size, and what CI runs. */
const SIZES = {
  seeds: [50_000, 1_500],
  'fault-pairs': [3_000, 50],
  kills: [200, 3],
  acks: [1_000_000, 3_000],
  'chaos-seconds': [600, 25],
  'chaos-rate': [300, 60],
  'mix-seconds': [120, 8],
  'mix-rate': [1_800, 150],
  'outage-seconds': [600, 8],
  'outage-rate': [200, 50],
  'overload-seconds': [20, 6],
} as const;

type SizeName = keyof typeof SIZES;

/** Null when help was asked for. */
export function nightlyOptions(args: readonly string[]): NightlyOptions | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: text,
      slice: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'first-seed': text,
      workers: text,
      port: text,
      ...(Object.fromEntries(Object.keys(SIZES).map((name) => [name, text])) as Record<SizeName, typeof text>),
    },
  });
  if (values.help) return null;
  const size = (name: SizeName): number => whole(name, values[name], SIZES[name][values.slice ? 1 : 0]);
  return {
    only: values.only === undefined ? PARTS : values.only.split(',').map(partNamed),
    seeds: size('seeds'),
    firstSeed: whole('first-seed', values['first-seed'], 1 + (Date.now() % 1_000_000_000)),
    workers: whole('workers', values.workers, 2),
    faultPairs: size('fault-pairs'),
    kills: size('kills'),
    acks: size('acks'),
    chaosSeconds: size('chaos-seconds'),
    chaosRate: size('chaos-rate'),
    mixSeconds: size('mix-seconds'),
    mixRate: size('mix-rate'),
    outageSeconds: size('outage-seconds'),
    outageRate: size('outage-rate'),
    overloadSeconds: size('overload-seconds'),
    port: whole('port', values.port, 9_200),
    slice: values.slice,
  };
}

function partNamed(name: string): PartName {
  const part = PARTS.find((known) => known === name.trim());
  if (part === undefined) throw new Error(`--only: ${PARTS.join(', ')}`);
  return part;
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number above 0`);
  return Number(text);
}
