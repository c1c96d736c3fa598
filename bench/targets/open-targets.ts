/** The servers of one run: the product (given or started here) and, when a plan asks for it, the bare baseline. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../options.ts';
import { isLoopback } from '../options.ts';
import { wireTarget } from '../generator/scenario-work.ts';
import type { Subject } from '../measurement.ts';
import type { Plan } from '../plan.ts';
import { isBare } from '../scenarios/catalogue.ts';
import { type ChildServer, startChildServer } from './child-server.ts';
import { listeningPid } from './processes.ts';

const PRODUCT_SCRIPT = 'scripts/start.ts';
const BARE_SCRIPT = 'bench/baselines/bare/start.ts';

export interface Targets {
  subjectOf(scenario: string): Subject;
  stop(): Promise<void>;
}

export async function openTargets(plan: Plan, options: BenchOptions): Promise<Targets> {
  const scenarios = plan.trials.flatMap(({ scenario, baselines }) => [scenario, ...baselines]);
  const started: ChildServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const child = async (script: string, args: readonly string[]): Promise<Subject> => {
    const server = await startChildServer(script, args);
    started.push(server);
    return subjectAt(server.url, { ...options, operatorKey: keyIn(server.data) }, server.pid);
  };
  try {
    const needsProduct = scenarios.some((name) => !isBare(name));
    const given = options.target === undefined ? null : givenSubject(options.target, options);
    const args = ['--population', String(options.population), '--shards', String(options.shards), '--quiet'];
    const product = needsProduct ? (given ?? (await child(PRODUCT_SCRIPT, args))) : given;
    // A plan of bare scenarios only may name a target that serves them already.
    const bareGiven = needsProduct ? null : given;
    const bare = scenarios.some(isBare) ? (bareGiven ?? (await child(BARE_SCRIPT, []))) : null;
    return { subjectOf: (scenario) => known(isBare(scenario) ? bare : product), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function givenSubject(url: URL, keys: Keys): Subject {
  const { endpoint } = wireTarget(url, undefined);
  return subjectAt(url, keys, isLoopback(url) ? listeningPid(endpoint.port) : null);
}

type Keys = Pick<BenchOptions, 'token' | 'operatorKey'>;

function subjectAt(url: URL, { token, operatorKey }: Keys, pid: number | null): Subject {
  return { wire: wireTarget(url, token), operator: wireTarget(url, operatorKey), pid };
}

/** A server of ours leaves its operator's key in its folder; the bare one has none. */
function keyIn(folder: string): string | undefined {
  const file = join(folder, 'operator.key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function known(subject: Subject | null): Subject {
  if (subject === null) throw new Error('the plan did not name this scenario');
  return subject;
}
