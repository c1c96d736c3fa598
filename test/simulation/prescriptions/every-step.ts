/** Every fault at every step of a play, one at a time; and pairs of faults, drawn by seed. */
import type { Name } from '../../support/prescription-actor.ts';
import type { Fault } from '../../support/prescription-world.ts';
import { Random } from '../random.ts';
import { Broken } from './broken.ts';
import { FOLLOWING } from './following.ts';
import type { Play } from './play.ts';
import { HANDLING } from './plays.ts';

export const PLAYS: readonly Play[] = [...HANDLING, ...FOLLOWING];

export interface Count {
  readonly play: string;
  readonly steps: number;
  readonly runs: number;
  /** How the runs ended. */
  readonly outcomes: ReadonlySet<string>;
}

const ACTORS: readonly Exclude<Name, 'edge'>[] = ['patient-0', 'patient-1', 'locator', 'organization'];

/** Who takes part in a play: a crash of anybody else changes nothing. */
const cast = (trace: readonly string[]): readonly Name[] => [
  ...ACTORS.filter((name) => trace.some((step) => step.split(' ').includes(name))),
  'edge',
];

/** What can go wrong at a step: anybody may crash; a message or an answer may be lost, and all for a while; a message may come twice. */
function faultsAt(what: string, names: readonly Name[]): readonly Fault['what'][] {
  const crashes = names.map((crash) => ({ crash }));
  const addressee = / leaves for (?<name>.*)$/.exec(what)?.groups?.['name'];
  const deafen = ACTORS.find((name) => name === addressee);
  if (deafen !== undefined) return [...crashes, { deafen }, 'lose', 'repeat'];
  return what.startsWith('answered by ') ? [...crashes, 'lose'] : crashes;
}

const named = (what: Fault['what']): string => {
  if (typeof what === 'string') return what;
  return 'crash' in what ? `${what.crash} crashes` : `${what.deafen} hears nothing`;
};

const told = ({ step, what }: Fault, trace: readonly string[]): string =>
  `${named(what)} at step ${step} of ${trace.length} (${trace[step - 1]})`;

async function tried(play: Play, faults: readonly Fault[], trace: readonly string[]): Promise<string> {
  try {
    return (await play.run(faults)).outcome;
  } catch (error) {
    const where = faults.map((fault) => told(fault, trace)).join(' and ');
    const broken = error instanceof Error ? error.message : String(error);
    throw new Broken(error instanceof Broken ? error.promise : 'no exception', `${play.name}, ${where}: ${broken}`);
  }
}

export async function everyStep(play: Play): Promise<Count> {
  const { outcome, trace } = await play.run([]);
  const names = cast(trace);
  const outcomes = new Set([outcome]);
  let runs = 0;
  for (const [index, what] of trace.entries()) {
    for (const fault of faultsAt(what, names)) {
      outcomes.add(await tried(play, [{ step: index + 1, what: fault }], trace));
      runs += 1;
    }
  }
  return { play: play.name, steps: trace.length, runs, outcomes };
}

/** Two faults, the second after the first. */
export async function pairs(play: Play, { count, seed }: { count: number; seed: number }): Promise<Count> {
  const { outcome, trace } = await play.run([]);
  const names = cast(trace);
  const random = new Random(seed, play.name);
  const outcomes = new Set([outcome]);
  for (let run = 0; run < count; run++) {
    const steps = [1 + random.int(trace.length), 1 + random.int(trace.length + 10)].toSorted((a, b) => a - b);
    const faults = steps.map((step): Fault => {
      const all = faultsAt(trace[step - 1] ?? '', names);
      return { step, what: all[random.int(all.length)] ?? { crash: 'edge' } };
    });
    outcomes.add(await tried(play, faults, trace));
  }
  return { play: play.name, steps: trace.length, runs: count, outcomes };
}
