/**
 * Acceptance of issue 4: ours, the bare platform and Fastify + PostgreSQL in turn, at least five rounds. Rows for the
 * session transport join as soon as there is one.
 */
import { TRANSPORTS } from './generator/transport.ts';
import type { BenchOptions } from './options.ts';
import { type Bound, type Load, loadOf, type Plan, type Trial } from './plan.ts';
import { transportOf } from './scenarios/catalogue.ts';

const SECONDS = 10;
const ROUNDS = 5;
/** The later peak of the real Spine, held for five minutes. */
const PEAK_RATE = 3500;
const PEAK_SECONDS = 300;
const SESSION = 'session';
/** What one session may have in flight without a word; HTTP contestants keep their connections. */
const SESSION_IN_FLIGHT = 256;

interface Contest {
  readonly name: string;
  readonly scenario: string;
  readonly baselines: readonly string[];
}

const CONTESTS: readonly Contest[] = [
  { name: 'get', scenario: 'pds-read', baselines: ['bare-read', 'peer-read'] },
  { name: 'patch', scenario: 'pds-patch', baselines: ['bare-write', 'peer-patch'] },
  { name: 'mix', scenario: 'national-mix', baselines: ['bare-mix', 'peer-mix'] },
];

const BOUNDS: readonly Bound[] = [
  over('patch', 'bare-write', 1),
  over('get', 'bare-read', 0.7),
  over('mix', 'peer-mix', 1),
  over('get', 'peer-read', 0.8),
  over('patch', 'peer-patch', 0.8),
  { trial: 'patch', of: 'rows', is: 'at most', value: 4, unit: '' },
  { trial: 'get', of: 'rows', is: 'at most', value: 0.2, unit: '' },
];

const SESSION_CONTESTS: readonly Contest[] = [
  { name: 'session-mix', scenario: `national-mix@${SESSION}`, baselines: ['peer-mix'] },
  { name: 'session-get', scenario: `pds-read@${SESSION}`, baselines: [] },
  { name: 'session-patch', scenario: `pds-patch@${SESSION}`, baselines: [] },
];

const SESSION_BOUNDS: readonly Bound[] = [
  over('session-mix', 'peer-mix', 3),
  { trial: 'session-get', of: 'throughput', is: 'at least', value: 10_000, unit: '/s' },
  { trial: 'session-patch', of: 'throughput', is: 'at least', value: 5000, unit: '/s' },
  { trial: 'session-peak', of: 'errors', is: 'at most', value: 0, unit: '' },
  { trial: 'session-peak', of: 'dropped', is: 'at most', value: 0, unit: '' },
  { trial: 'session-peak', of: 'p99', is: 'at most', value: 100, unit: ' ms' },
];

export function issue4(options: BenchOptions): Plan {
  const full: Load = { ...loadOf(options, SECONDS), mode: 'saturate' };
  const rounds = options.rounds ?? ROUNDS;
  const trialOf = ({ baselines, ...contest }: Contest): Trial => {
    const trial = { ...contest, baselines: options.baseline ? baselines : [], load: full, rounds };
    return transportOf(contest.scenario) === SESSION ? { ...trial, inFlight: inFlightOf(contest.scenario) } : trial;
  };
  const errorsOf = ({ name }: Contest): Bound => ({ trial: name, of: 'errors', is: 'at most', value: 0, unit: '' });
  const session = TRANSPORTS[SESSION] !== undefined;
  const contests = [...CONTESTS, ...(session ? SESSION_CONTESTS : [])];
  const trials = contests.map(trialOf);
  if (session) trials.push(peak(options));
  const bounds = [...BOUNDS, ...(session ? SESSION_BOUNDS : [])].filter(
    ({ against }) => against === undefined || options.baseline,
  );
  return { name: 'issue-4', trials, bounds: [...bounds, ...contests.map(errorsOf)] };
}

function peak(options: BenchOptions): Trial {
  const load: Load = { ...loadOf(options, PEAK_SECONDS), rate: PEAK_RATE };
  const scenario = `national-mix@${SESSION}`;
  return { name: 'session-peak', scenario, baselines: [], load, inFlight: inFlightOf(scenario), rounds: 1 };
}

function inFlightOf(scenario: string): Readonly<Record<string, number>> {
  return { [scenario]: SESSION_IN_FLIGHT };
}

function over(trial: string, against: string, value: number): Bound {
  return { trial, of: 'throughput', against, is: 'at least', value, unit: '×' };
}
