/** Runs a plan: each trial's subject and baselines in turn, round after round, so that all see the same minutes. */
import type { BenchOptions } from './options.ts';
import { type Measurement, measure, type Subject } from './measurement.ts';
import { preparationOf } from './generator/scenario-work.ts';
import type { Plan, Trial } from './plan.ts';
import { createScenario } from './scenarios/catalogue.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Targets } from './targets/open-targets.ts';

/** Between measurements: lets work that a server put off (snapshots, checkpoints) fall into nobody's window. */
const SETTLE_MS = 1000;

export interface TrialResult {
  readonly trial: Trial;
  /** By scenario, subject first; the rounds in order. */
  readonly rounds: Readonly<Record<string, readonly Measurement[]>>;
}

interface Contestant {
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly measured: Measurement[];
}

export async function runPlan(plan: Plan, targets: Targets, options: BenchOptions): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  for (const trial of plan.trials) results.push(await runTrial(trial, targets, options));
  return results;
}

async function runTrial(trial: Trial, targets: Targets, options: BenchOptions): Promise<TrialResult> {
  const contestants: Contestant[] = [];
  for (const name of [trial.scenario, ...trial.baselines]) {
    const scenario = createScenario(name, options);
    const subject = targets.subjectOf(name);
    await scenario.setup(preparationOf(subject));
    contestants.push({ scenario, subject, measured: [] });
  }
  for (let round = 1; round <= trial.rounds; round++) {
    for (const { scenario, subject, measured } of contestants) {
      const label = `${trial.name} · ${scenario.name} · round ${round}/${trial.rounds}`;
      const seed = options.seed + round * 1000;
      measured.push(await measure(scenario, subject, { label, seed, load: trial.load, arrivals: options.arrivals }));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
  const rounds = Object.fromEntries(contestants.map(({ scenario, measured }) => [scenario.name, measured]));
  return { trial, rounds };
}
