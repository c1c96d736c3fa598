/** How rough the world of one seed is. Every knob may be off, so that faults meet in ever other company (swarm). */
import { Random } from './random.ts';

const RANGES = {
  /** Messages between clients and shards. */
  loss: [0.01, 0.3],
  duplicate: [0.01, 0.5],
  delayMs: [1, 200],
  misroute: [0.01, 0.1],
  /** Storage, per commit and per written statement. */
  fsyncMs: [1, 30],
  crashPerCommit: [0.002, 0.05],
  commitError: [0.002, 0.05],
  statementFault: [0.001, 0.03],
  /** Incidents per virtual second. */
  crash: [0.05, 2],
  evict: [0.1, 2],
  superseded: [0.1, 2],
  deploy: [0.05, 0.5],
  clockJump: [0.1, 5],
  storageFull: [0.05, 0.5],
  highWater: [0.05, 0.5],
  freeze: [0.05, 0.5],
  nationalOutage: [0.1, 1],
  /** National store: per call. */
  nationalError: [0.01, 0.3],
  nationalAckLoss: [0.01, 0.3],
  nationalDelayMs: [1, 15_000],
  /** Deliveries between shards. */
  deliveryError: [0.01, 0.5],
  deliveryAckLoss: [0.01, 0.3],
  poison: [0.02, 0.2],
  /** Alarms, per firing. */
  alarmLoss: [0.05, 0.3],
  alarmTwice: [0.05, 0.5],
  /** Clients. */
  thinkMs: [1, 300],
  giveUp: [0.01, 0.2],
} as const satisfies Record<string, readonly [number, number]>;

export type Knob = keyof typeof RANGES;
export const KNOBS = Object.keys(RANGES) as readonly Knob[];

export type Knobs = Readonly<Record<Knob, number>>;

export interface Size {
  readonly clients: number;
  readonly commands: number;
  readonly shards: number;
  readonly patients: number;
  readonly counters: number;
  readonly hotBytes: number;
}

/** Half of the knobs are off in an ordinary seed; now and then all or none. */
export function drawKnobs(seed: number, off: ReadonlySet<string>, on: ReadonlySet<string> = new Set()): Knobs {
  const random = new Random(seed, 'knobs');
  const share = random.pick([0.15, 0.4, 0.4, 0.6, 0.9]);
  const drawn = KNOBS.map((knob) => {
    const [low, high] = RANGES[knob];
    const value = low * (high / low) ** random.unit();
    const drawn = random.chance(share);
    return [knob, (drawn || on.has(knob)) && !off.has(knob) ? value : 0] as const;
  });
  return Object.fromEntries(drawn) as Record<Knob, number>;
}

export function drawSize(seed: number, steps: number | null): Size {
  const random = new Random(seed, 'size');
  const clients = 1 + random.int(random.chance(0.05) ? 32 : 6);
  const commands = steps ?? 4 + random.int(random.chance(0.05) ? 100 : 24);
  return {
    clients,
    commands,
    shards: random.pick([1, 2, 2, 3, 4]),
    patients: 1 + random.int(6),
    counters: 1 + random.int(6),
    hotBytes: random.pick([0, 2_000, 20_000, 1_000_000]),
  };
}
