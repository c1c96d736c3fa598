/** A simulated actor: its tables and its alarm outlive its instances, each of which may die at any step. */
import type { ShardEngine } from '../../src/engine/shard-engine.ts';
import { NodeSql } from './node-sql.ts';

/** An instance died with the work in it. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/** The platform rings an alarm again after so long when the instance died of it. */
const RING_AGAIN_MS = 2_000;

export abstract class MortalActor<Name extends string, Instance extends { readonly engine: ShardEngine }> {
  readonly name: Name;
  readonly sql: NodeSql;
  /** Counts the instances. */
  life = 0;
  /** Until then nothing reaches it, though it may speak. */
  deafUntil = 0;
  alarmAt: number | null = null;
  #instance: Instance | null = null;
  #deaths: (() => void)[] = [];

  constructor(name: Name, sql = new NodeSql()) {
    this.name = name;
    this.sql = sql;
  }

  /** A new instance on the tables. */
  protected abstract start(): Instance;

  /** The living instance; a request or an alarm wakes a new one. */
  get instance(): Instance {
    this.#instance ??= this.start();
    return this.#instance;
  }

  /** Rejects when the present instance dies. */
  death(): Promise<never> {
    return new Promise((_resolve, reject) => this.#deaths.push(() => reject(new Crashed(this.name))));
  }

  crash(): void {
    this.life += 1;
    this.#instance = null;
    for (const die of this.#deaths.splice(0)) die();
  }

  /** The alarm is due; `now` is asked when it has ended badly. */
  ring(now: () => number): void {
    this.alarmAt = null;
    const { life } = this;
    const again = () => void (this.alarmAt ??= now() + RING_AGAIN_MS);
    try {
      const { instance } = this;
      // First, since the alarm may kill it before it returns.
      const died = this.death();
      const rung = Promise.race([instance.engine.alarm(), died]);
      rung.then(() => void (this.life !== life && again()), again);
    } catch {
      again();
    }
  }
}
