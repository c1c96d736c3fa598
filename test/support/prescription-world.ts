/**
 * Patients' shards, the locator, an organisation's shard and the edge before them on virtual time, with a crash or a
 * message fault at any numbered step. Engines, kinds, the door and the handlers are the real ones on real SQLite; a
 * crash forgets an instance and everything it would still have done.
 */
import { patientOf, shardOf } from '../../src/actors/addresses.ts';
import { pullFrom, settlePull } from '../../src/actors/dispenser-queue.ts';
import type { Env } from '../../src/actors/environment.ts';
import type { PullCall, SettleCall } from '../../src/actors/organization-shard.ts';
import type { PrescriptionCall } from '../../src/actors/prescription-call.ts';
import { perform } from '../../src/actors/prescription-work.ts';
import { prescriptions } from '../../src/actors/prescriptions.ts';
import type { AccessControl } from '../../src/domain/access-control/guarded-kind.ts';
import type { Prescription } from '../../src/domain/eps/prescription-state.ts';
import type { CommandEnvelope, ImportChunk, QueryEnvelope } from '../../src/engine/envelope.ts';
import type { Delivery } from '../../src/engine/ports.ts';
import { Crashed } from './mortal-actor.ts';
import { Actor, SHARDS, retryable } from './prescription-actor.ts';
import type { ActorName, Instance, Name } from './prescription-actor.ts';

export interface Fault {
  readonly step: number;
  readonly what:
    | { readonly crash: Name }
    /** For a while nothing reaches this actor, though it may speak. */
    | { readonly deafen: ActorName }
    /** A message or an answer is lost; a message comes twice. */
    | 'lose'
    | 'repeat';
}

/** Longer than the door tries again, shorter than clients do. */
const DEAF_MS = 5_000;
/** The door's own waits are drawn; here they are always the same. */
const BACKOFF_MS = 100;

interface Message {
  readonly to: ActorName;
  readonly what: string;
}

const never = (): Promise<never> => new Promise(() => undefined);

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class PrescriptionWorld {
  readonly actors: Readonly<Record<ActorName, Actor>>;
  readonly trace: string[] = [];
  readonly failures = new Set<string>();
  time = 1_800_000_000_000;
  control: AccessControl = 'caller';
  /** The door as the edge has it; every instance of the edge has its own. */
  edgeLife = 0;
  #edgeDeaths: (() => void)[] = [];
  #faults: readonly Fault[] = [];
  #ids = 0;
  #order = 0;
  #events: Event[] = [];

  constructor(faults: readonly Fault[] = []) {
    const actor = (name: ActorName) => new Actor(this, name);
    this.actors = {
      'patient-0': actor('patient-0'),
      'patient-1': actor('patient-1'),
      locator: actor('locator'),
      organization: actor('organization'),
    };
    for (const each of Object.values(this.actors)) void each.instance;
    this.trace.length = 0;
    this.#ids = 0;
    this.#faults = faults;
    // The door waits before it tries again; here that is virtual time too.
    Object.assign(globalThis, {
      scheduler: { wait: () => new Promise((resolve) => void this.after(BACKOFF_MS, () => resolve(undefined))) },
    });
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
  step(what: string): 'lose' | 'repeat' | null {
    this.trace.push(what);
    const fault = this.#faults.find(({ step }) => step === this.trace.length);
    if (!fault) return null;
    if (typeof fault.what === 'string') return fault.what;
    if ('deafen' in fault.what) this.actors[fault.what.deafen].deafUntil = this.time + DEAF_MS;
    else if (fault.what.crash === 'edge') this.#crashEdge();
    else this.actors[fault.what.crash].crash();
    return null;
  }

  #crashEdge(): void {
    this.edgeLife += 1;
    for (const die of this.#edgeDeaths.splice(0)) die();
  }

  /** A message and its answer, each of which may be lost; the message may also come twice. */
  async call<T>(life: () => boolean, { to, what }: Message, work: (to: Instance) => Promise<T>): Promise<T> {
    const addressee = this.actors[to];
    const there = this.step(`${what} leaves for ${to}`);
    if (!life()) return never();
    if (there === 'lose' || this.time < addressee.deafUntil) throw retryable('lost on the way');
    const asked = () => {
      const { instance } = addressee;
      const died = addressee.death();
      return Promise.race([work(instance), died]);
    };
    let answer: Promise<T>;
    try {
      answer = asked();
      if (there === 'repeat') await asked().catch(() => undefined);
      const result = await answer;
      const back = this.step(`answered by ${to}`);
      if (!life()) return await never();
      if (back === 'lose') throw retryable('answer lost');
      return result;
    } catch (error) {
      throw error instanceof Crashed ? retryable(error.message) : error;
    }
  }

  deliver(from: Actor, target: string, delivery: Delivery): Promise<void> {
    const { life } = from;
    return this.call(
      () => from.life === life,
      { to: actorOf(target), what: delivery.type },
      async ({ engine }) => engine.deliver(delivery),
    );
  }

  /** The real door, over namespaces whose stubs are messages of this world. */
  door() {
    const life = this.edgeLife;
    const alive = () => this.edgeLife === life;
    const namespace = (stubOf: (name: string) => unknown) => ({ idFromName: (name: string) => name, get: stubOf });
    const patients = namespace((shard) => ({
      prescriptions: (calls: readonly PrescriptionCall[]) =>
        this.call(alive, { to: `patient-${shard}` as ActorName, what: 'act' }, ({ engine, follower }) =>
          Promise.all(calls.map((call) => engine.transact(0, (steps) => perform(steps, call, this.control)))).finally(
            () => follower?.watch(),
          ),
        ),
    }));
    const locator = namespace(() => ({
      submit: (envelope: CommandEnvelope) =>
        this.call(alive, { to: 'locator', what: 'claim' }, ({ engine }) => engine.submit(envelope)),
      read: (envelope: QueryEnvelope) =>
        this.call(alive, { to: 'locator', what: 'locate' }, ({ engine }) => engine.read(envelope)),
    }));
    const organization = namespace(() => ({
      pull: (call: PullCall) =>
        this.call(alive, { to: 'organization', what: 'pull' }, ({ engine }) =>
          engine.transact(0, (steps) => pullFrom(steps, call)),
        ),
      settlePull: (call: SettleCall) =>
        this.call(alive, { to: 'organization', what: 'settle' }, ({ engine }) =>
          engine.transact(0, (steps) => {
            settlePull(steps, call);
            return true;
          }),
        ),
    }));
    const env = {
      SHARDS: String(SHARDS),
      PATIENT_SHARD: patients,
      LOCATOR_SHARD: locator,
      ORGANIZATION_SHARD: organization,
    };
    return prescriptions(env as unknown as Env);
  }

  /** An operator's import, repeated until it is done. */
  async import(name: ActorName, chunk: ImportChunk): Promise<void> {
    for (;;) {
      const actor = this.actors[name];
      const done = await Promise.race([actor.instance.engine.import(chunk), actor.death()]).catch(() => null);
      if (done !== null) return;
    }
  }

  /** Work of the edge; rejects when the edge dies over it. */
  edge<T>(work: () => Promise<T>): Promise<T> {
    const died = new Promise<never>((_resolve, reject) => this.#edgeDeaths.push(() => reject(new Crashed('edge'))));
    return Promise.race([work(), died]);
  }

  /** Runs everything that becomes due within the time, alarms included. */
  async run(milliseconds: number, done: () => boolean = () => false): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      await new Promise<void>((resolve) => void setImmediate(resolve));
      if (done()) return;
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
    if (alarm && (!first || alarm.at < first.at))
      return { at: alarm.at, order: 0, run: () => alarm.actor.ring(() => this.time) };
    this.#events.shift();
    return first ?? null;
  }

  /** As any request does: what is not alive starts, and goes on with what it owes. */
  wake(): void {
    for (const { instance } of Object.values(this.actors)) instance.follower?.nudge();
  }

  /** The stored bodies under a key, wherever they are. */
  records(kind: string, key: string): readonly string[] {
    const statement = 'SELECT body FROM record WHERE kind = ? AND key = ? AND deleted = 0';
    return Object.values(this.actors).flatMap(({ sql }) =>
      sql.exec<{ body: string }>(statement, kind, key).map(({ body }) => body),
    );
  }

  /** The entries of the patients' journals. */
  journal(): readonly string[] {
    return [this.actors['patient-0'], this.actors['patient-1']].flatMap(({ sql }) =>
      sql.exec<{ entry: string }>('SELECT entry FROM journal ORDER BY seq').map(({ entry }) => entry),
    );
  }

  /** What waits in an outbox. */
  owed(): readonly string[] {
    return Object.values(this.actors).flatMap(({ name, sql }) =>
      sql.exec<{ type: string }>('SELECT type FROM outbox').map(({ type }) => `${type} of ${name}`),
    );
  }

  close(): void {
    for (const actor of Object.values(this.actors)) actor.close();
  }

  /** Every prescription that lives in some shard. */
  stored(): readonly Prescription[] {
    return Object.values(this.actors)
      .filter(({ name }) => name.startsWith('patient'))
      .flatMap(({ sql }) =>
        sql.exec<{ body: string }>(`SELECT body FROM record WHERE kind = 'prescription' AND deleted = 0`),
      )
      .map(({ body }) => JSON.parse(body) as Prescription)
      .filter(({ movedTo }) => movedTo === undefined);
  }
}

function actorOf(target: string): ActorName {
  const key = target.slice(target.indexOf('/') + 1);
  if (target.startsWith('patient-shard/')) return `patient-${shardOf(patientOf(key), SHARDS)}` as ActorName;
  return target.startsWith('locator-shard/') ? 'locator' : 'organization';
}
