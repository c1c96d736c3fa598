/** The product at one size: started, measured, looked at, restarted on the same data, stopped. */
import { rm } from 'node:fs/promises';
import { TRANSPORTS } from '../generator/transport.ts';
import { preparationOf } from '../generator/scenario-work.ts';
import { measure, type Measurement, type Subject } from '../measurement.ts';
import type { Load } from '../plan.ts';
import { createScenario } from '../scenarios/catalogue.ts';
import type { Scenario, ScenarioSettings } from '../scenarios/scenario.ts';
import { type ChildServer, newDataFolder, startChildServer } from '../targets/child-server.ts';
import { operatorKeyIn, PRODUCT_SCRIPT, subjectAt } from '../targets/open-targets.ts';
import { type Holdings, holdingsOf } from './server-use.ts';

/** A million people take minutes to load on a slow machine. */
const READY_WITHIN_MS = 30 * 60_000;

export interface Size {
  readonly population: number;
  readonly shards: number;
}

export interface Shot {
  readonly scenario: string;
  readonly load: Load;
  readonly label: string;
  readonly writeShare?: number;
  readonly searchShare?: number;
}

export class ProductServer {
  readonly size: Size;
  readonly #folder: string;
  readonly #scenarios = new Map<string, Scenario>();
  #server: ChildServer | null = null;
  #subject: Subject | null = null;

  private constructor(size: Size, folder: string) {
    this.size = size;
    this.#folder = folder;
  }

  static async start(size: Size): Promise<{ server: ProductServer; startSeconds: number }> {
    const server = new ProductServer(size, await newDataFolder());
    try {
      return { server, startSeconds: await server.#launch() };
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get subject(): Subject {
    if (this.#subject === null) throw new Error('the server is not running');
    return this.#subject;
  }

  holdings(): Holdings {
    return holdingsOf(this.#server?.pid ?? 0, this.#folder);
  }

  /** Ends the process and starts another on the same data; the answer is how long until it was ready again. */
  async restart(): Promise<number> {
    await this.#server?.stop();
    this.#server = null;
    return this.#launch();
  }

  async measure({ scenario: name, load, label, writeShare = 20, searchShare = 4 }: Shot): Promise<Measurement> {
    const settings: ScenarioSettings = { ...this.size, writeShare, searchShare };
    const key = `${name} ${writeShare} ${searchShare}`;
    const scenario = this.#scenarios.get(key) ?? createScenario(name, settings);
    this.#scenarios.set(key, scenario);
    // Others may have written since it was last prepared.
    await scenario.setup(preparationOf(this.subject.wire));
    const transport = TRANSPORTS['http'];
    if (transport === undefined) throw new Error('HTTP is always there');
    return measure(scenario, this.subject, { label, load, arrivals: 'poisson', seed: 1, transport });
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #launch(): Promise<number> {
    const { population, shards } = this.size;
    const args = ['--population', String(population), '--shards', String(shards), '--quiet'];
    const began = performance.now();
    const settings = { data: this.#folder, readyWithinMs: READY_WITHIN_MS };
    this.#server = await startChildServer(PRODUCT_SCRIPT, args, settings);
    const keys = { token: undefined, operatorKey: operatorKeyIn(this.#folder) };
    this.#subject = subjectAt(this.#server.url, keys, this.#server.pid);
    return (performance.now() - began) / 1000;
  }
}
