/** Runs a plan: each trial's subject and baselines in turn, round after round, so that all see the same minutes. */
import type { BenchOptions } from './options.ts';
import { type Measurement, measure, type Subject } from './measurement.ts';
import { preparationOf } from './generator/scenario-work.ts';
import { type Transport, TRANSPORTS } from './generator/transport.ts';
import { loadFor, type Plan, type Trial } from './plan.ts';
import { createScenario, transportOf } from './scenarios/catalogue.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Targets } from './targets/open-targets.ts';

/** Between measurements: lets work that a server put off (snapshots, checkpoints) fall into nobody's window. */
const SETTLE_MS = 1000;

export interface TrialResult {
  readonly trial: Trial;
  /** By scenario, subject first; the rounds in order. */
  readonly rounds: Readonly<Record<string, readonly Measurement[]>>;
  /** Scenarios that could not be measured here, and why. */
  readonly skipped: Readonly<Record<string, string>>;
}

export type RunSettings = Pick<
  BenchOptions,
  'population' | 'shards' | 'searchShare' | 'writeShare' | 'seed' | 'arrivals'
>;

interface Contestant {
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly measured: Measurement[];
}

export async function runPlan(
  plan: Pick<Plan, 'trials'>,
  targets: Targets,
  options: RunSettings,
): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  const steps = new Steps(plan.trials);
  for (const trial of plan.trials) results.push(await runTrial(trial, { targets, options, steps }));
  return results;
}

interface Run {
  readonly targets: Targets;
  readonly options: RunSettings;
  readonly steps: Steps;
}

/** Where a long run is: which measurement of how many. */
class Steps {
  readonly #all: number;
  #taken = 0;

  constructor(trials: readonly Trial[]) {
    this.#all = trials.reduce((sum, { baselines, rounds }) => sum + (1 + baselines.length) * rounds, 0);
  }

  skip(rounds: number): void {
    this.#taken += rounds;
  }

  next(): string {
    this.#taken++;
    return `${this.#taken}/${this.#all}`;
  }
}

async function runTrial(trial: Trial, { targets, options, steps }: Run): Promise<TrialResult> {
  const contestants: Contestant[] = [];
  const skipped: Record<string, string> = {};
  for (const name of [trial.scenario, ...trial.baselines]) {
    const reason = name === trial.scenario ? null : targets.skipped(name);
    if (reason !== null) {
      skipped[name] = reason;
      steps.skip(trial.rounds);
      console.error(`SKIPPED ${trial.name} · ${name}: ${reason}`);
      continue;
    }
    const scenario = createScenario(name, options);
    const subject = targets.subjectOf(name);
    await scenario.setup(preparationOf(subject.wire, subject.operator));
    contestants.push({ scenario, subject, measured: [] });
  }
  for (let round = 1; round <= trial.rounds; round++) {
    for (const { scenario, subject, measured } of contestants) {
      const label = `${steps.next()} · ${trial.name} · ${scenario.name} · round ${round}/${trial.rounds}`;
      const seed = options.seed + round * 1000;
      const transport = transportNamed(transportOf(scenario.name));
      const settings = { label, seed, load: loadFor(trial, scenario.name), arrivals: options.arrivals, transport };
      measured.push(await measure(scenario, subject, settings));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
  const rounds = Object.fromEntries(contestants.map(({ scenario, measured }) => [scenario.name, measured]));
  return { trial, rounds, skipped };
}

function transportNamed(name: string): Transport {
  const transport = TRANSPORTS[name];
  if (transport === undefined) throw new Error(`no transport '${name}'`);
  return transport;
}
