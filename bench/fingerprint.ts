/** Where and of what a result was made: without it figures of two days cannot be told from figures of two machines. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';

export interface Fingerprint {
  readonly takenAt: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly workerd: string;
  readonly commit: string;
  /** One minute, before the run: neighbours on the machine show here. */
  readonly loadAverage: number;
  /** Nice value of the generator; negative: it ran before the server where both wanted the core. */
  readonly generatorPriority: number;
  readonly command: string;
}

export function fingerprint(args: readonly string[], generatorPriority: number): Fingerprint {
  const processors = cpus();
  return {
    takenAt: new Date().toISOString(),
    cores: processors.length,
    processor: processors[0]?.model ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    workerd: workerdVersion(),
    commit: commit(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    generatorPriority,
    command: `npm run bench -- ${withoutSecrets(args).join(' ')}`.trim(),
  };
}

const SECRETS = ['--token', '--operator-key'];

/** Keys are the arguments that must not reach a report. */
export function withoutSecrets(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    if (SECRETS.includes(args[index - 1] ?? '')) return '…';
    const named = SECRETS.find((flag) => arg.startsWith(`${flag}=`));
    return named === undefined ? arg : `${named}=…`;
  });
}

function workerdVersion(): string {
  try {
    const description: unknown = createRequire(import.meta.url)('workerd/package.json');
    const known = typeof description === 'object' && description !== null && 'version' in description;
    return known ? String(description.version) : 'unknown';
  } catch {
    return 'unknown';
  }
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const changed = git('status', '--porcelain', '--untracked-files=no').trim() !== '';
    return git('rev-parse', '--short', 'HEAD').trim() + (changed ? '+changes' : '');
  } catch {
    return 'unknown';
  }
}
