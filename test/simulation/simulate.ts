/** One seed from chaos to peace: the chaos, the healing, the long quiet after it, and the journal played into a fresh shard. */
import type { EngineUnderTest } from './engine-under-test.ts';
import { REAL } from './engine-under-test.ts';
import { buryPoison, checkPeace, checkReplies } from './final-checks.ts';
import { thaw } from './incidents.ts';
import { drawKnobs, drawSize, KNOBS } from './knobs.ts';
import type { Knob, Knobs } from './knobs.ts';
import { drawPlan } from './plan.ts';
import type { Wish } from './plan.ts';
import { replayJournals } from './replay-journal.ts';
import { contradictions } from './version-chain.ts';
import type { Violation } from './violation.ts';
import { World } from './world.ts';

export interface Options {
  readonly seed: number;
  /** Wishes per client; drawn from the seed when null. */
  readonly steps?: number | null;
  readonly engine?: EngineUnderTest;
  readonly ungated?: boolean;
  /** Knobs that are turned off whatever the seed says. */
  readonly off?: readonly string[];
  /** Knobs that are on whatever the seed says, at the strength that it draws. */
  readonly on?: readonly Knob[];
  /** Ids of the wishes to keep; all when absent. */
  readonly keep?: ReadonlySet<string>;
}

export interface Result {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly traceHash: string;
  readonly events: number;
  readonly wishes: readonly Wish[];
  readonly knobs: Knobs;
  readonly marks: ReadonlyMap<string, number>;
}

const CHAOS_MS = 60_000;
const HEAL_MS = 600_000;
const HOUR_MS = 3_600_000;

export async function simulate(options: Options): Promise<Result> {
  const { seed, keep } = options;
  const knobs = drawKnobs(seed, new Set(options.off), new Set(options.on));
  const size = drawSize(seed, options.steps ?? null);
  const plan = drawPlan(seed, size, knobs).map((wishes) => wishes.filter(({ id }) => keep?.has(id) ?? true));
  const engine = options.engine ?? REAL;
  const world = new World({ seed, knobs, size, plan, engine, ungated: options.ungated === true });
  await live(world);
  const result = {
    seed,
    violation: world.violation,
    traceHash: world.traceHash(),
    events: world.events,
    wishes: plan.flat(),
    knobs,
    marks: world.marks,
  };
  world.close();
  return result;
}

async function live(world: World): Promise<void> {
  const finished = () => world.clients.every(({ done }) => done);
  await world.run(world.now + CHAOS_MS, finished);
  heal(world);
  await world.run(world.now + HEAL_MS, finished);
  if (!finished()) world.fail('G10', 'a client never came to its end');
  for (const contradiction of contradictions(world.history)) world.fail('G3', contradiction);
  // Long enough for the last try of a poisoned delivery, and for clocks that had been an hour ahead.
  await world.run(world.now + 3 * HOUR_MS);
  await buryPoison(world);
  if (world.violation === null) checkPeace(world);
  await checkReplies(world);
  await replayJournals(world);
}

/** Nothing fails from here on. */
function heal(world: World): void {
  const quiet = Object.fromEntries(KNOBS.map((knob) => [knob, 0])) as Record<keyof Knobs, number>;
  world.knobs = { ...quiet, delayMs: 5, fsyncMs: 2 };
  world.healedAt = world.now;
  world.full.clear();
  world.nationalDown = false;
  for (const host of world.hosts) {
    host.database.bytes = 0;
    host.skew = 0;
    host.former = null;
    thaw(world, host);
    // A lost alarm is made up for by the next start, and a shard is asked for something sooner or later.
    if (world.drawn.alarmLoss > 0) world.after(1_000, 'start', () => restart(world, host));
  }
}

function restart(world: World, host: World['hosts'][number]): void {
  host.giveUp('evicted at last');
  try {
    host.start();
  } catch (error) {
    world.fail('G12', `a shard does not start: ${String(error)}`);
  }
}
