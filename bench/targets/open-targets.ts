/** The servers of one run: the product (given or started here) and, when a plan asks for them, its baselines. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from '../options.ts';
import { isLoopback } from '../options.ts';
import { preparationOf } from '../generator/scenario-work.ts';
import { wireTarget } from '../generator/transport.ts';
import type { Subject } from '../measurement.ts';
import type { Plan } from '../plan.ts';
import { serverOf, type ServerKind } from '../scenarios/catalogue.ts';
import { TargetNotReady } from '../scenarios/scenario.ts';
import { type ChildServer, startChildServer } from './child-server.ts';
import { peerMissing, startPeer } from './peer.ts';
import { listeningPid } from './processes.ts';

export const PRODUCT_SCRIPT = 'scripts/start.ts';
const BARE_SCRIPT = 'bench/baselines/bare/start.ts';

export interface Targets {
  subjectOf(scenario: string): Subject;
  /** Why a scenario cannot be measured here; null when it can. */
  skipped(scenario: string): string | null;
  stop(): Promise<void>;
}

type Wishes = Pick<
  BenchOptions,
  'target' | 'population' | 'shards' | 'token' | 'operatorKey' | 'commitDelay' | 'peerPool'
>;

export async function openTargets(plan: Pick<Plan, 'trials'>, options: Wishes): Promise<Targets> {
  const kinds = new Set(plan.trials.flatMap(({ scenario, baselines }) => [scenario, ...baselines].map(serverOf)));
  const missing = kinds.has('peer') ? peerMissing() : null;
  const crew = new Crew(options);
  try {
    const subjects = await crew.subjects(kinds, missing === null);
    return {
      subjectOf: (scenario) => known(subjects.get(serverOf(scenario)), scenario, missing),
      skipped: (scenario) => (serverOf(scenario) === 'peer' ? missing : null),
      stop: () => crew.stop(),
    };
  } catch (error) {
    await crew.stop();
    throw error;
  }
}

/** Starts what is needed and ends it all. */
class Crew {
  readonly #options: Wishes;
  readonly #started: ChildServer[] = [];

  constructor(options: Wishes) {
    this.#options = options;
  }

  async subjects(kinds: ReadonlySet<ServerKind>, withPeer: boolean): Promise<Map<ServerKind, Subject>> {
    const subjects = new Map<ServerKind, Subject>();
    const { target, population, shards, commitDelay, peerPool } = this.#options;
    const given = target === undefined ? null : givenSubject(target, this.#options);
    // A plan of bare scenarios only may name a target that serves them already.
    const onlyBare = [...kinds].every((kind) => kind === 'bare');
    if (!onlyBare) subjects.set('product', given ?? (await this.#product(population, shards)));
    if (kinds.has('bare')) {
      subjects.set('bare', onlyBare && given !== null ? given : this.#own(await startChildServer(BARE_SCRIPT, [])));
    }
    const product = subjects.get('product');
    if (kinds.has('peer') && withPeer && product !== undefined) {
      const extra = ['--pool', String(peerPool), '--commit-delay', String(commitDelay)];
      subjects.set('peer', this.#own(await startPeer(preparationOf(product.wire), population, extra)));
    }
    return subjects;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((server) => server.stop()));
  }

  async #product(population: number, shards: number): Promise<Subject> {
    const args = ['--population', String(population), '--shards', String(shards), '--quiet'];
    return this.#own(await startChildServer(PRODUCT_SCRIPT, args));
  }

  #own(server: ChildServer): Subject {
    this.#started.push(server);
    const keys = { token: this.#options.token, operatorKey: operatorKeyIn(server.data) };
    return subjectAt(server.url, keys, server.pid);
  }
}

function givenSubject(url: URL, keys: Keys): Subject {
  const { endpoint } = wireTarget(url, undefined);
  return subjectAt(url, keys, isLoopback(url) ? listeningPid(endpoint.port) : null);
}

type Keys = Pick<BenchOptions, 'token' | 'operatorKey'>;

export function subjectAt(url: URL, { token, operatorKey }: Keys, pid: number | null): Subject {
  return { wire: wireTarget(url, token), operator: wireTarget(url, operatorKey), pid };
}

/** A server of ours leaves its operator's key in its folder; the others have none. */
export function operatorKeyIn(folder: string): string | undefined {
  const file = join(folder, 'operator.key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function known(subject: Subject | undefined, scenario: string, missing: string | null): Subject {
  if (subject === undefined)
    throw new TargetNotReady(`${scenario} cannot run: ${missing ?? 'the plan did not name it'}`);
  return subject;
}
