/**
 * A coordinator and two participants on virtual time, with a crash or a message fault at any numbered step. Engines are
 * the real ones on real SQLite; a crash forgets an instance and everything it would still have done.
 */
import { Coordinator } from '../../src/engine/coordinator.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope, Outcome } from '../../src/engine/envelope.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import type { RecordKind } from '../../src/engine/record-kind.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import type { TransactionCommand, TransactionEnvelope, TransactionOutcome } from '../../src/engine/transaction.ts';
import { counterKind } from './counter-kind.ts';
import type { Counter, CounterCommand } from './counter-kind.ts';
import { Crashed, MortalActor } from './mortal-actor.ts';
import { mortalSql } from './mortal-sql.ts';

export type Name = 'coordinator' | 'a' | 'b';

/** What goes wrong, and at which step; steps are counted from 1. */
export interface Fault {
  readonly step: number;
  readonly what:
    | { readonly crash: Name; /** How long no new instance comes up. */ readonly downMs?: number }
    /** For so long nothing reaches this actor, though it may speak. */
    | { readonly deafen: Name; readonly ms: number }
    /** A message or an answer is lost; a message comes twice; it comes again some seconds later. */
    | MessageFault;
}

type MessageFault = 'lose' | 'repeat' | 'late';

const LATE_MS = 3_000;

interface Instance {
  readonly engine: ShardEngine;
  readonly coordinator: Coordinator;
}

const never = (): Promise<never> => new Promise(() => undefined);

class Actor extends MortalActor<Name, Instance> {
  readonly world: TransactionWorld;
  downUntil = 0;

  constructor(world: TransactionWorld, name: Name) {
    super(name);
    this.world = world;
  }

  override get instance(): Instance {
    if (this.world.time < this.downUntil) throw new Crashed(this.name);
    return super.instance;
  }

  protected override start(): Instance {
    const { world, name } = this;
    const life = this.life;
    const alive = () => {
      if (this.life !== life) throw new Crashed(name);
    };
    const sql = mortalSql(this.sql, { name, alive, step: (what) => world.step(what) });
    const ports: EnginePorts = {
      actor: { className: name, shard: 0 },
      sql,
      now: () => world.time,
      newId: () => world.newId(),
      defer: (work, delayMs) => world.after(delayMs, () => void (this.life === life && work())),
      setAlarm: (at) => void (this.alarmAt = at),
      send: () => Promise.resolve(),
      askFate: (_coordinator, id) =>
        world.call(this, 'coordinator', 'ask', async ({ coordinator }) => coordinator.fate(id)),
      writeSnapshot: () => Promise.resolve(),
      abort: () => void (this.life === life && this.crash()),
      observer: { count: () => undefined, failure: () => undefined },
    };
    const owns = (key: string) => name === 'coordinator' || key.startsWith(name);
    const engine = new ShardEngine(ports, { kinds: world.kinds, owns, hotBytes: 1_000_000, shards: 1 });
    const coordinator = new Coordinator(engine.shard, engine.wakeUps, {
      className: 'coordinator',
      remembered: () => engine.remembered(),
      participants: {
        prepare: (target, asked) =>
          world.call(this, target as Name, 'prepare', (to) => to.engine.transactions.prepare(asked)),
        finish: (target, id, fate) =>
          world.call(this, target as Name, fate, (to) => to.engine.transactions.finish(id, fate)),
      },
    });
    return { engine, coordinator };
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class TransactionWorld {
  #faults: readonly Fault[] = [];
  readonly actors: Readonly<Record<Name, Actor>>;
  /** What happened, in order: the numbered steps. */
  readonly trace: string[] = [];
  /** Looks at the world at every step. */
  onStep: () => void = () => undefined;
  readonly kinds: readonly RecordKind<unknown>[];
  time = 1_800_000_000_000;
  #ids = 0;
  #order = 0;
  #events: Event[] = [];

  constructor(faults: readonly Fault[] = [], kinds: readonly RecordKind<unknown>[] = [counterKind]) {
    this.kinds = kinds;
    this.actors = { coordinator: new Actor(this, 'coordinator'), a: new Actor(this, 'a'), b: new Actor(this, 'b') };
    // Tables first, so that the steps of a run do not begin with migrations.
    for (const actor of Object.values(this.actors)) void actor.instance;
    this.trace.length = 0;
    this.#faults = faults;
  }

  /** Counts steps anew, with other faults. */
  restart(faults: readonly Fault[]): void {
    this.trace.length = 0;
    this.#faults = faults;
  }

  newId(): string {
    return String(++this.#ids).padStart(8, '0');
  }

  after(delayMs: number, run: () => void): () => void {
    const event = { at: this.time + delayMs, order: ++this.#order, run };
    this.#events.push(event);
    return () => void (this.#events = this.#events.filter((other) => other !== event));
  }

  /** Counts a step and lets happen what is planned for it; the answer is a fault of the message at hand. */
  step(what: string): MessageFault | null {
    this.trace.push(what);
    this.onStep();
    const fault = this.#faults.find(({ step }) => step === this.trace.length);
    if (!fault) return null;
    if (typeof fault.what === 'string') return fault.what;
    if ('deafen' in fault.what) {
      this.actors[fault.what.deafen].deafUntil = this.time + fault.what.ms;
      return null;
    }
    const actor = this.actors[fault.what.crash];
    actor.downUntil = this.time + (fault.what.downMs ?? 0);
    actor.crash();
    return null;
  }

  /** A message and its answer, each of which may be lost; the message may also come twice. */
  async call<T>(from: Actor | null, to: Name, what: string, work: (to: Instance) => Promise<T>): Promise<T> {
    const life = from?.life;
    const addressee = this.actors[to];
    const there = this.step(`${what} leaves for ${to}`);
    if (there === 'lose' || this.time < addressee.deafUntil) throw new Error('lost on the way');
    if (there === 'late') {
      const again = async () => work(addressee.instance);
      this.after(LATE_MS, () => void again().catch(() => undefined));
    }
    const answer = Promise.race([work(addressee.instance), addressee.death()]);
    if (there === 'repeat') await Promise.race([work(addressee.instance), addressee.death()]).catch(() => undefined);
    const result = await answer;
    const back = this.step(`${what} answered by ${to}`);
    if (from && from.life !== life) return never();
    if (back === 'lose') throw new Error('answer lost');
    return result;
  }

  /** Runs everything that becomes due within the time, alarms included. */
  async run(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const next = this.#next();
      if (!next || next.at > end) break;
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }

  #next(): Event | null {
    this.#events.sort((x, y) => x.at - y.at || x.order - y.order);
    const [first] = this.#events;
    const alarms = Object.values(this.actors).flatMap((actor) =>
      actor.alarmAt === null ? [] : [{ actor, at: actor.alarmAt }],
    );
    const [alarm] = alarms.sort((x, y) => x.at - y.at);
    if (alarm && (!first || alarm.at < first.at)) {
      return { at: alarm.at, order: 0, run: () => alarm.actor.ring(() => this.time) };
    }
    this.#events.shift();
    return first ?? null;
  }

  /** A client that repeats the same request until it is answered, as the wire asks of it. */
  async client(envelope: TransactionEnvelope, tries = 80): Promise<TransactionOutcome> {
    let outcome: TransactionOutcome = { kind: 'unavailable', reason: 'timeout', retryAfterSeconds: 1 };
    for (let attempt = 1; attempt <= tries; attempt++) {
      outcome = await this.#once(envelope);
      if (outcome.kind !== 'unavailable') break;
      await new Promise<void>((resolve) => void this.after(2_000 + attempt * 37, resolve));
    }
    return outcome;
  }

  #once(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const late: TransactionOutcome = { kind: 'unavailable', reason: 'timeout', retryAfterSeconds: 1 };
    const { coordinator } = this.actors;
    return new Promise((resolve) => {
      this.after(10_000, () => resolve(late));
      const asked = async () =>
        Promise.race([coordinator.instance.coordinator.transact(envelope), coordinator.death()]);
      asked().then(resolve, () => resolve(late));
    });
  }

  submit(to: 'a' | 'b', envelope: CommandEnvelope): Promise<Outcome> {
    return this.actors[to].instance.engine.submit(envelope);
  }

  count(name: 'a' | 'b', key: string): number {
    const [row] = this.actors[name].sql.exec<{ body: string }>(`SELECT body FROM record WHERE key = ?`, key);
    return row ? (JSON.parse(row.body) as Counter).count : 0;
  }

  version(name: 'a' | 'b', key: string): number {
    return (
      this.actors[name].sql.exec<{ version: number }>(`SELECT version FROM record WHERE key = ?`, key)[0]?.version ?? 0
    );
  }

  /** What is left over: promises, undecided attempts, held keys. All zero when every transaction has ended. */
  leftovers(): number {
    const rows = Object.values(this.actors).map(({ sql, instance }) => {
      const [counted] = sql.exec<{ n: number }>(
        `SELECT (SELECT count(*) FROM prepared) + (SELECT count(*) FROM coordinated) AS n`,
      );
      return Number(counted?.n) + instance.engine.shard.locks.size;
    });
    return rows.reduce((sum, n) => sum + n, 0);
  }
}

export const agent = { client: 'system-a', mode: 'test', rights: [] };

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly by?: number;
  readonly command?: Partial<Record<'a' | 'b', CounterCommand>>;
  readonly expected?: Partial<Record<'a' | 'b', number>>;
}

/** Takes from a counter of `a` what it gives to a counter of `b`: nothing may be lost or made on the way. */
export function transfer(requestId: string, move: Move): TransactionEnvelope {
  const by = move.by ?? 1;
  const wish = (position: number, shard: 'a' | 'b', key: string, amount: number): TransactionCommand => ({
    position,
    kind: 'counter',
    key,
    command: move.command?.[shard] ?? ({ name: 'add', by: amount } as CounterCommand),
    ...(move.expected?.[shard] === undefined ? {} : { expectedVersion: move.expected[shard] }),
  });
  return {
    v: ENVELOPE_VERSION,
    key: `${agent.client}/${requestId}`,
    agent,
    requestId,
    fingerprint: JSON.stringify(move),
    parts: [
      { target: 'a', shard: 'a', commands: [wish(0, 'a', move.from, -by)] },
      { target: 'b', shard: 'b', commands: [wish(1, 'b', move.to, by)] },
    ],
  };
}
