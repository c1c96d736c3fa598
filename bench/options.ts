/** The command line of the bench, checked before anything starts. */
import { parseArgs } from 'node:util';
import { PRESET_NAMES } from './presets.ts';
import { CATALOGUE } from './scenarios/catalogue.ts';
import { DEFAULT_TRANSPORT, TRANSPORTS } from './generator/transport.ts';
import { SEARCH_SHARE, WRITE_SHARE } from './scenarios/national-mix.ts';
import { DEFAULT_SHARDS } from '../scripts/start/options.ts';

export class UsageError extends Error {}

export interface BenchOptions {
  readonly target: URL | undefined;
  readonly scenario: string | undefined;
  readonly preset: string | undefined;
  readonly rate: number;
  readonly connections: number;
  readonly seconds: number | undefined;
  readonly warmup: number;
  readonly population: number;
  readonly seed: number;
  readonly rounds: number | undefined;
  readonly shards: number;
  readonly searchShare: number;
  readonly writeShare: number;
  readonly transport: string;
  /** Tuning of the peer: its connections to PostgreSQL, and how long a commit waits for others, microseconds. */
  readonly peerPool: number;
  readonly commitDelay: number;
  /** A target that is not this machine was confirmed beforehand. */
  readonly confirmed: boolean;
  readonly arrivals: 'poisson' | 'constant';
  readonly saturate: boolean;
  readonly baseline: boolean;
  readonly json: string | undefined;
  readonly out: string | undefined;
  readonly token: string | undefined;
  /** Opens the target's counters; a server started here leaves its own. */
  readonly operatorKey: string | undefined;
}

const FLAGS = {
  target: { type: 'string' },
  scenario: { type: 'string' },
  preset: { type: 'string' },
  rate: { type: 'string', short: 'q', default: '500' },
  connections: { type: 'string', short: 'c', default: '64' },
  seconds: { type: 'string', short: 'd' },
  warmup: { type: 'string', default: '3' },
  population: { type: 'string', default: '1024' },
  seed: { type: 'string', default: '1' },
  rounds: { type: 'string' },
  shards: { type: 'string', default: String(DEFAULT_SHARDS) },
  'search-share': { type: 'string', default: String(SEARCH_SHARE) },
  'write-share': { type: 'string', default: String(WRITE_SHARE) },
  transport: { type: 'string', default: DEFAULT_TRANSPORT },
  'peer-pool': { type: 'string', default: '16' },
  'commit-delay': { type: 'string', default: '0' },
  arrivals: { type: 'string', default: 'poisson' },
  saturate: { type: 'boolean', default: false },
  baseline: { type: 'boolean', default: true },
  json: { type: 'string', short: 'j' },
  out: { type: 'string', short: 'o' },
  token: { type: 'string' },
  'operator-key': { type: 'string' },
  'confirm-remote': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function usage(): string {
  const scenarios = Object.entries(CATALOGUE).map(([name, { purpose }]) => `  ${name.padEnd(16)}${purpose}`);
  return [
    'npm run bench -- --scenario NAME [--rate N | --saturate] [--seconds N] [--rounds N] [--no-baseline]',
    `npm run bench -- --preset ${PRESET_NAMES.join(' | ')}`,
    'npm run bench -- scale | cost | report | peer:setup   (each has its own --help)',
    '  --target URL (else an own server is started)  --token T  --operator-key K  --yes (needed for other machines)',
    '  --connections N  --warmup N  --population N  --seed N  --shards N  --search-share PERCENT  --write-share PERCENT',
    `  --arrivals poisson|constant  --transport ${Object.keys(TRANSPORTS).join('|')}  --peer-pool N  --commit-delay MICROSECONDS`,
    '  --json FILE  --out DIR',
    'scenarios:',
    ...scenarios,
    'exit: 0 ok, 1 bound missed, 2 usage, 3 target not healthy, 4 generator saturated (result invalid), 5 promise broken',
  ].join('\n');
}

/** Null when help was asked for. */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = flagsOf(args);
  if (values.help) return null;
  const target = values.target === undefined ? undefined : targetUrl(values.target);
  return {
    target,
    scenario: oneOf('scenario', values.scenario, Object.keys(CATALOGUE)),
    preset: oneOf('preset', values.preset, PRESET_NAMES),
    rate: count('rate', values.rate),
    connections: count('connections', values.connections),
    seconds: values.seconds === undefined ? undefined : count('seconds', values.seconds),
    warmup: count('warmup', values.warmup, 0),
    population: count('population', values.population),
    seed: count('seed', values.seed, 0),
    rounds: values.rounds === undefined ? undefined : count('rounds', values.rounds),
    shards: count('shards', values.shards),
    searchShare: percent('search-share', values['search-share'], 80),
    writeShare: percent('write-share', values['write-share'], 100),
    transport: oneOf('transport', values.transport, Object.keys(TRANSPORTS)) ?? DEFAULT_TRANSPORT,
    peerPool: count('peer-pool', values['peer-pool']),
    commitDelay: count('commit-delay', values['commit-delay'], 0),
    confirmed: values['confirm-remote'] || values.yes,
    arrivals: values.arrivals === 'constant' ? 'constant' : law(values.arrivals),
    saturate: values.saturate,
    baseline: values.baseline,
    json: values.json,
    out: values.out,
    token: values.token,
    operatorKey: values['operator-key'],
  };
}

function flagsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowNegative: true, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function targetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--target '${text}' is no http(s) URL`);
  return url;
}

export function isLoopback(url: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

export function count(name: string, text: string, smallest = 1): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < smallest)
    throw new UsageError(`--${name} must be a whole number of at least ${smallest}`);
  return value;
}

function percent(name: string, text: string, most: number): number {
  const value = count(name, text, 0);
  if (value > most) throw new UsageError(`--${name} is at most ${most} percent`);
  return value;
}

function law(text: string): 'poisson' {
  if (text !== 'poisson') throw new UsageError('--arrivals is poisson or constant');
  return text;
}

export function oneOf(name: string, value: string | undefined, allowed: readonly string[]): string | undefined {
  if (value !== undefined && !allowed.includes(value)) throw new UsageError(`--${name}: one of ${allowed.join(', ')}`);
  return value;
}
