/**
 * The platform around one shard: storage that becomes durable later, an output gate that holds everything until then,
 * instances that crash, are evicted or superseded, and the one alarm.
 */
import { shardOf } from '../../src/actors/addresses.ts';
import { demographics } from '../../src/domain/pds/demographics.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope } from '../../src/engine/envelope.ts';
import type { Delivery, EnginePorts } from '../../src/engine/ports.ts';
import type { ShardEngine } from '../../src/engine/shard-engine.ts';
import type { SqlPort, SqlValue } from '../../src/storage/shard/sql-port.ts';
import { counterKind } from '../support/counter-kind.ts';
import { ShardLedger } from './shard-ledger.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import type { World } from './world.ts';

/** What one instance of the actor has in flight. */
export class Instance implements SqlPort {
  readonly host: ShardHost;
  alive = true;
  /** Another instance has taken over: the next touch of storage fails. */
  superseded = false;
  engine: ShardEngine | null = null;
  /** Output waiting for its batch to become durable. */
  held: { batch: number; release: () => void }[] = [];
  /** Told when the instance is given up. */
  readonly callers = new Set<() => void>();

  constructor(host: ShardHost) {
    this.host = host;
  }

  get rows(): SqlPort['rows'] {
    return this.host.database.rows;
  }

  exec<Row>(statement: string, ...bindings: readonly SqlValue[]): Row[] {
    this.#check();
    return this.host.database.exec<Row>(statement, ...bindings);
  }

  /** A savepoint alone does not reach the storage: only statements tell a superseded instance. */
  transaction<T>(work: () => T): T {
    if (!this.superseded) this.#check();
    return this.host.database.transaction(work);
  }

  size(): number {
    this.#check();
    return this.host.database.size();
  }

  #check(): void {
    if (this.alive && !this.superseded) return;
    this.host.world.mark(this.alive ? 'superseded instance refused by storage' : 'dead instance refused by storage');
    throw new Error('this instance was reset');
  }

  /** Lets output leave once everything written before it is durable. */
  emit(release: () => void): void {
    if (!this.alive) return;
    const batch = this.superseded ? null : this.host.database.unconfirmed;
    if (batch === null || this.host.world.ungated) release();
    else this.held.push({ batch, release });
  }
}

interface Told<T> {
  answered(result: T): void;
  broken(error: unknown): void;
}

/** A superseded instance that nobody asks is ended by the platform after so long. */
const FORMER_MS = 10_000;

export class ShardHost {
  readonly world: World;
  readonly shard: number;
  readonly database = new SimulatedDatabase();
  readonly ledger: ShardLedger;
  instance: Instance | null = null;
  /** The superseded one, while messages may still reach it. */
  former: Instance | null = null;
  skew = 0;
  /** Counts the losses: a commit under way when one happens is not confirmed afterwards. */
  #losses = 0;
  #confirmedBy = 0;
  #alarmRuns = 0;
  #cancelAlarm: (() => void) | null = null;

  constructor(world: World, shard: number) {
    this.world = world;
    this.shard = shard;
    this.ledger = new ShardLedger(world, this);
    this.database.fault = () => this.#maybeFail();
  }

  now(): number {
    return Math.floor(this.world.now + this.skew);
  }

  /** Gives a call to the instance; `broken` is told when it is reset before it answers. */
  call<T>(caller: string, work: (engine: ShardEngine) => Promise<T>, { answered, broken }: Told<T>): void {
    let instance: Instance;
    try {
      instance = this.#addressed(caller);
    } catch (error) {
      broken(error);
      return;
    }
    const { engine } = instance;
    if (!engine) return;
    const reset = () => broken(new Error('the instance was reset'));
    instance.callers.add(reset);
    const once = (told: () => void) => instance.emit(() => void (instance.callers.delete(reset) && told()));
    work(engine).then(
      (result) => once(() => answered(result)),
      (error: unknown) => once(() => broken(error)),
    );
  }

  #addressed(caller: string): Instance {
    if (this.former?.alive === true && this.#seesFormer(caller)) return this.former;
    return this.start();
  }

  /** Each caller's connections lead to one of the two, until they break. */
  #seesFormer(caller: string): boolean {
    return shardOf(`${caller} ${this.#losses}`, 3) === 0;
  }

  /** The living instance; a new one recovers from the tables. */
  start(): Instance {
    if (this.instance) return this.instance;
    const instance = new Instance(this);
    this.instance = instance;
    try {
      instance.engine = new this.world.engine.ShardEngine(this.#ports(instance), {
        kinds: [counterKind, demographics],
        owns: (key) => shardOf(key, this.world.size.shards) === this.shard,
        hotBytes: this.world.size.hotBytes,
        shards: this.world.size.shards,
        receive: (delivery) => this.#receive(delivery),
      });
    } catch (error) {
      this.world.mark('start failed');
      this.giveUp('start failed');
      throw error;
    }
    this.world.mark('start');
    return instance;
  }

  /** Everything in memory is gone, and of the unconfirmed batches some may be. */
  giveUp(reason: string): void {
    const { instance } = this;
    if (!instance) return;
    this.#lose(instance, reason);
    instance.alive = false;
    this.#tell(instance);
  }

  #tell(instance: Instance): void {
    for (const told of instance.callers) this.world.after(this.world.networkDelay(), 'reset told', told);
    instance.callers.clear();
  }

  #lose(instance: Instance, reason: string): void {
    const { world } = this;
    world.trace(`${this.shard} gives up: ${reason}`);
    this.instance = null;
    this.#losses += 1;
    instance.held = [];
    this.database.crash((waiting) => {
      const keep = world.faults.int(waiting + 1);
      if (waiting > 0) world.mark(keep < waiting ? 'unconfirmed commit lost' : 'unconfirmed commit survived');
      return keep;
    });
    if (this.#alarmRuns > 0 && this.database.alarmAt === null) this.database.setAlarm(this.now() + 2_000);
    this.#alarmRuns = 0;
    this.endTurn();
    this.ledger.rewind();
    this.#scheduleAlarm();
  }

  /** Only an idle instance is evicted. */
  evict(): void {
    const { instance } = this;
    if (!instance || instance.callers.size > 0 || this.#alarmRuns > 0 || this.database.unconfirmed !== null) return;
    this.world.mark('evicted');
    instance.alive = false;
    this.instance = null;
  }

  /** A second instance starts; the first does not know yet. */
  supersede(): void {
    const { instance } = this;
    if (!instance) return;
    // Its output gate waits for a write that now fails: such an instance says nothing any more.
    if (this.database.unconfirmed !== null) return this.giveUp('superseded while writing');
    this.world.mark('superseded');
    if (this.former) this.former.alive = false;
    this.former = instance;
    this.#lose(instance, 'superseded');
    instance.superseded = true;
    this.world.after(FORMER_MS, 'former ends', () => (instance.alive = false));
  }

  /** What a turn wrote becomes durable after the time of an fsync. */
  endTurn(): void {
    const batch = this.database.endTurn();
    if (batch === null) return;
    this.ledger.absorb();
    const { world } = this;
    this.#confirmedBy = Math.max(world.now + world.noise.exponential(world.knobs.fsyncMs), this.#confirmedBy);
    const losses = this.#losses;
    world.at(this.#confirmedBy, 'commit', () => {
      if (losses === this.#losses) this.#committed(batch);
    });
  }

  /** An operator's change that is durable at once. */
  settleNow(): void {
    const batch = this.database.endTurn();
    if (batch !== null) this.database.confirm(batch);
    this.#scheduleAlarm();
  }

  #committed(batch: number): void {
    const { instance, world } = this;
    if (instance && world.faults.chance(world.knobs.crashPerCommit)) {
      world.mark('crash at commit');
      this.giveUp('crash at commit');
      return;
    }
    if (instance && world.faults.chance(world.knobs.commitError)) {
      world.mark('commit error');
      this.giveUp('commit error');
      return;
    }
    this.database.confirm(batch);
    const ready = instance?.held.filter((output) => output.batch <= batch) ?? [];
    if (instance) instance.held = instance.held.filter((output) => output.batch > batch);
    for (const { release } of ready) release();
    this.#scheduleAlarm();
  }

  #maybeFail(): void {
    const { world } = this;
    // Short rows may still find room.
    if (world.full.has(this.shard) && world.faults.chance(0.7)) {
      world.mark('storage full');
      throw new Error('database or disk is full');
    }
    if (world.faults.chance(world.knobs.statementFault)) {
      world.mark('statement fault');
      throw new Error('disk I/O error');
    }
  }

  #receive(delivery: Delivery): CommandEnvelope {
    const { key, by, transfer } = JSON.parse(delivery.payload) as { key: string; by: number; transfer: string };
    // A number of its own for every attempt: only the inbox keeps a repeated delivery from being applied again.
    const requestId = `${delivery.stream}#${delivery.sequence}~${this.world.deliveries.push({ by, transfer }) - 1}`;
    const command = { name: 'add', by } as const;
    return { v: ENVELOPE_VERSION, kind: 'counter', key, command, agent: DELIVERY_AGENT, requestId, fingerprint: '' };
  }

  #ports(instance: Instance): EnginePorts {
    const { world } = this;
    return {
      actor: { className: 'shard', shard: this.shard },
      sql: instance,
      now: () => this.now(),
      newId: () => world.noise.u32().toString(16).toUpperCase().padStart(8, '0'),
      defer: (work, delayMs) =>
        world.after(delayMs, 'timer', () => {
          if (!instance.alive) return;
          try {
            work();
          } catch (error) {
            if (!instance.superseded) world.fail('W04', `a timer threw ${String(error)}`);
          }
        }),
      setAlarm: (at) => {
        instance.exec('SELECT 1');
        world.mark('alarm set');
        this.database.setAlarm(at);
      },
      send: (target, delivery) =>
        new Promise((resolve, reject) => world.deliver(instance, { target, delivery, resolve, reject })),
      writeSnapshot: (records) => new Promise((resolve, reject) => world.copy(instance, { records, resolve, reject })),
      abort: (reason) => {
        world.mark(`abort: ${reason}`);
        if (instance === this.instance) this.giveUp(reason);
        else {
          instance.alive = false;
          this.#tell(instance);
        }
      },
      observer: {
        count: (name, by) => world.mark(`engine ${name}`, by),
        failure: (name) => world.mark(`engine failure ${name}`),
      },
    };
  }

  #scheduleAlarm(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = null;
    const at = this.database.alarmAt;
    if (at === null) return;
    this.#cancelAlarm = this.world.at(Math.max(this.world.now + 50, at - this.skew), 'alarm', () => this.#fire());
  }

  #fire(): void {
    const { world } = this;
    if (this.database.alarmAt === null) return;
    this.database.setAlarm(null);
    if (world.faults.chance(world.knobs.alarmLoss)) {
      world.mark('alarm lost');
      return;
    }
    world.mark('alarm');
    this.#runAlarm();
    if (world.faults.chance(world.knobs.alarmTwice)) {
      world.mark('alarm twice');
      this.#runAlarm();
    }
  }

  #runAlarm(): void {
    let instance: Instance;
    try {
      instance = this.start();
    } catch {
      this.database.setAlarm(this.now() + 2_000);
      return;
    }
    this.#alarmRuns += 1;
    const isCurrent = (): boolean => instance.alive && !instance.superseded;
    const ended = (): void => {
      if (isCurrent()) this.#alarmRuns -= 1;
    };
    // An alarm is over when what it wrote is durable; the platform runs it again where that was lost.
    instance.engine?.alarm().then(
      () => instance.emit(ended),
      (error: unknown) => {
        if (isCurrent()) this.world.fail('W01', `alarm() threw ${String(error)}`);
      },
    );
  }
}

const DELIVERY_AGENT = { client: 'delivery', mode: 'system', rights: [] };
