/** Ready plans. Their bounds are the ones a release is accepted by, so they stand here in plain sight. */
import { DEFAULT_TRANSPORT } from './generator/transport.ts';
import type { BenchOptions } from './options.ts';
import { type Bound, type Load, loadOf, type Plan, type Trial } from './plan.ts';
import { issue4 } from './preset-issue-4.ts';
import { CATALOGUE, PRODUCT_SCENARIOS } from './scenarios/catalogue.ts';

export const PRESET_NAMES = ['smoke', 'issue-2', 'issue-4'];

const SMOKE_SECONDS = 10;
const NATIONAL_RATE = 1800;
const NATIONAL_SECONDS = 60;
const SATURATED_SECONDS = 15;
const ACCEPTANCE_ROUNDS = 3;

export function planOf(options: BenchOptions): Plan {
  if (options.preset === 'issue-2') return issue2(options);
  if (options.preset === 'issue-4') return issue4(options);
  if (options.scenario === undefined) return smoke(options);
  return single(options, options.scenario);
}

function single(options: BenchOptions, scenario: string): Plan {
  const baselines = options.baseline ? (CATALOGUE[scenario]?.baselines ?? []) : [];
  const load: Load = { ...loadOf(options, SMOKE_SECONDS), mode: options.saturate ? 'saturate' : 'open' };
  const trial: Trial = {
    name: scenario,
    scenario: options.transport === DEFAULT_TRANSPORT ? scenario : `${scenario}@${options.transport}`,
    baselines,
    load,
    rounds: options.rounds ?? (baselines.length > 0 ? 3 : 1),
  };
  return { name: scenario, trials: [trial], bounds: [] };
}

/** Every scenario once: does it work, and roughly how fast. */
function smoke(options: BenchOptions): Plan {
  const load = loadOf(options, SMOKE_SECONDS);
  const trials = PRODUCT_SCENARIOS.map((name): Trial => ({
    name,
    scenario: name,
    baselines: [],
    load,
    rounds: options.rounds ?? 1,
  }));
  const bounds = trials.map(({ name }): Bound => ({ trial: name, of: 'errors', is: 'at most', value: 0, unit: '' }));
  return { name: 'smoke', trials, bounds };
}

/** The national load as an open loop, then each path at its greatest beside the bare platform. */
function issue2(options: BenchOptions): Plan {
  const open: Load = { ...loadOf(options, NATIONAL_SECONDS), rate: NATIONAL_RATE };
  const full: Load = { ...loadOf(options, SATURATED_SECONDS), mode: 'saturate' };
  const rounds = options.rounds ?? ACCEPTANCE_ROUNDS;
  const baselines = (names: readonly string[]): readonly string[] => (options.baseline ? names : []);
  const trials: Trial[] = [
    { name: 'national-mix', scenario: 'national-mix', baselines: [], load: open, rounds: 1 },
    {
      name: 'saturated-get',
      scenario: 'pds-read',
      baselines: baselines(['bare-write', 'bare-read']),
      load: full,
      rounds,
    },
    { name: 'saturated-patch', scenario: 'pds-patch', baselines: baselines(['bare-write']), load: full, rounds },
    { name: 'hot-patient', scenario: 'hot-patient', baselines: baselines(['bare-write-one']), load: full, rounds },
  ];
  const bounds: Bound[] = [
    { trial: 'national-mix', of: 'served', is: 'at least', value: 99, unit: ' %' },
    { trial: 'national-mix', of: 'p99', is: 'at most', value: 100, unit: ' ms' },
    { trial: 'national-mix', of: 'errors', is: 'at most', value: 0, unit: '' },
    { trial: 'national-mix', of: 'dropped', is: 'at most', value: 0, unit: '' },
  ];
  if (options.baseline) {
    bounds.push(
      { trial: 'saturated-get', of: 'throughput', against: 'bare-write', is: 'at least', value: 1, unit: '×' },
      { trial: 'saturated-get', of: 'throughput', against: 'bare-read', is: 'at least', value: 0.5, unit: '×' },
      { trial: 'saturated-patch', of: 'throughput', against: 'bare-write', is: 'at least', value: 0.7, unit: '×' },
      { trial: 'hot-patient', of: 'throughput', against: 'bare-write-one', is: 'at least', value: 1, unit: '×' },
    );
  }
  return { name: 'issue-2', trials, bounds };
}
