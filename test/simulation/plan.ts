/** What the clients of one seed wish to do: data, so that a failing run can be cut down command by command. */
import type { Knobs, Size } from './knobs.ts';
import { Random } from './random.ts';

export interface Transfer {
  /** Counter that receives, or null for a target that refuses everything. */
  readonly to: string | null;
  readonly by: number;
}

export type WishKind =
  | 'add'
  | 'dry-add'
  | 'stay'
  | 'refuse'
  | 'throw'
  | 'reuse'
  | 'create'
  | 'patch'
  | 'coverage'
  | 'read'
  | 'mirror'
  | 'import';

export interface Wish {
  /** `<client>.<number>`: names the wish in traces, shrunk runs and request ids. */
  readonly id: string;
  readonly kind: WishKind;
  readonly record: 'counter' | 'demographics';
  readonly key: string;
  readonly by: number;
  readonly transfers: readonly Transfer[];
  /** Sends the version the client believes to be newest. */
  readonly conditional: boolean;
  /** How far an imported version lies from the version the client knows; negative: older. */
  readonly versionStep: number;
}

const WISHES: readonly (readonly [WishKind, weight: number])[] = [
  ['add', 30],
  ['read', 18],
  ['patch', 14],
  ['create', 6],
  ['mirror', 10],
  ['coverage', 3],
  ['stay', 3],
  ['refuse', 3],
  ['throw', 3],
  ['dry-add', 3],
  ['reuse', 4],
  ['import', 4],
];

type Weights = readonly (readonly [WishKind, weight: number])[];

/** Some seeds do without a wish, others do little else. */
const drawWeights = (random: Random): Weights =>
  WISHES.map(([kind, weight]) => [kind, weight * (kind === 'add' ? 1 : random.pick([0, 1, 1, 1, 5]))]);

const DEMOGRAPHIC: ReadonlySet<WishKind> = new Set(['create', 'patch', 'coverage']);

/** Looks and never leaves a trace: whatever answers it may have touched no storage. */
const WATCHER: Weights = [['mirror', 1]];

/** One plan per client. */
export function drawPlan(seed: number, size: Size, knobs: Knobs): Wish[][] {
  const usual = drawWeights(new Random(seed, 'weights'));
  return Array.from({ length: size.clients }, (_, client) => {
    const random = new Random(seed, `plan ${client}`);
    const weights = random.chance(0.15) ? WATCHER : usual;
    return Array.from({ length: size.commands }, (_, number) =>
      drawWish(random, `${client}.${number}`, { size, knobs, weights }),
    );
  });
}

function drawWish(
  random: Random,
  id: string,
  { size, knobs, weights }: { size: Size; knobs: Knobs; weights: Weights },
): Wish {
  const kind = drawKind(random, weights);
  const record =
    DEMOGRAPHIC.has(kind) || ((kind === 'read' || kind === 'mirror' || kind === 'import') && random.chance(0.4))
      ? 'demographics'
      : 'counter';
  const key = record === 'counter' ? counterKey(hot(random, size.counters)) : patientKey(hot(random, size.patients));
  const transfers = kind === 'add' && random.chance(0.4) ? [drawTransfer(random, size, knobs)] : [];
  if (transfers.length > 0 && random.chance(0.3)) transfers.push(drawTransfer(random, size, knobs));
  return {
    id,
    kind,
    record,
    key,
    by: 1 + random.int(9),
    transfers,
    conditional: random.chance(0.4),
    versionStep: random.pick([-1, 0, 1, 1, 7]),
  };
}

function drawKind(random: Random, weights: Weights): WishKind {
  let left = random.int(weights.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'read';
}

function drawTransfer(random: Random, size: Size, knobs: Knobs): Transfer {
  return { to: random.chance(knobs.poison) ? null : counterKey(random.int(size.counters)), by: 1 + random.int(9) };
}

/** The first keys are used most: contention is where order breaks. */
const hot = (random: Random, keys: number): number => Math.floor(keys * random.unit() ** 2);

export const counterKey = (number: number): string => `counter-${number}`;

/** From the range that is never issued. */
export const patientKey = (number: number): string => `9990${String(number).padStart(6, '0')}`;
