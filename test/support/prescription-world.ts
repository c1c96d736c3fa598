/**
 * Patients' shards, the locator, an organisation's shard and the edge before them on virtual time, with a crash or a
 * message fault at any numbered step. Engines, kinds, the door and the handlers are the real ones on real SQLite; a
 * crash forgets an instance and everything it would still have done.
 */
import { patientOf, shardOf } from '../../src/actors/addresses.ts';
import { pullFrom, settlePull } from '../../src/actors/dispenser-queue.ts';
import type { Env } from '../../src/actors/environment.ts';
import type { PullCall, SettleCall } from '../../src/actors/organization-shard.ts';
import { PATIENT_KINDS, PRESCRIPTION_KINDS } from '../../src/actors/patient-kinds.ts';
import type { PrescriptionCall } from '../../src/actors/prescription-call.ts';
import { PrescriptionFollower } from '../../src/actors/prescription-follower.ts';
import { perform } from '../../src/actors/prescription-work.ts';
import { prescriptions } from '../../src/actors/prescriptions.ts';
import type { AccessControl } from '../../src/domain/access-control/guarded-kind.ts';
import { nominatedPull } from '../../src/domain/eps/nominated-pull.ts';
import { prescriptionLocation, PRESCRIPTION_LOCATION } from '../../src/domain/eps/prescription-location.ts';
import { PRESCRIPTION, PRESCRIPTION_ORDER } from '../../src/domain/eps/prescription-state.ts';
import type { Prescription } from '../../src/domain/eps/prescription-state.ts';
import { queueEntry, queueKey, QUEUE_ENTRY } from '../../src/domain/eps/queue-entry.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope, ImportChunk, QueryEnvelope } from '../../src/engine/envelope.ts';
import type { Delivery, EnginePorts } from '../../src/engine/ports.ts';
import type { RecordKind } from '../../src/engine/record-kind.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { mortalSql } from './mortal-sql.ts';
import { NodeSql } from './node-sql.ts';

export type Name = 'patient-0' | 'patient-1' | 'locator' | 'organization' | 'edge';

export interface Fault {
  readonly step: number;
  readonly what:
    | { readonly crash: Name }
    /** For a while nothing reaches this actor, though it may speak. */
    | { readonly deafen: Exclude<Name, 'edge'> }
    /** A message or an answer is lost; a message comes twice. */
    | 'lose'
    | 'repeat';
}

/** Longer than the door tries again, shorter than clients do. */
const DEAF_MS = 5_000;
/** The door's own waits are drawn; here they are always the same. */
const BACKOFF_MS = 100;

export const SHARDS = 2;
export const AGENT = { client: 'pharmacy', mode: 'open', rights: [] };

class Crashed extends Error {
  override readonly name = 'Crashed';
}

interface Instance {
  readonly engine: ShardEngine;
  readonly follower: PrescriptionFollower | null;
}

interface Message {
  readonly to: Exclude<Name, 'edge'>;
  readonly what: string;
}

const never = (): Promise<never> => new Promise(() => undefined);

const KINDS: Readonly<Record<Exclude<Name, 'edge'>, readonly RecordKind<unknown>[]>> = {
  'patient-0': [...PATIENT_KINDS, ...PRESCRIPTION_KINDS],
  'patient-1': [...PATIENT_KINDS, ...PRESCRIPTION_KINDS],
  locator: [prescriptionLocation],
  organization: [queueEntry, nominatedPull],
};

/** Tables of an actor that has started once, and its alarm. */
interface Prepared {
  readonly sql: NodeSql;
  readonly alarmAt: number | null;
}

/** Making tables is most of what a short play costs, so worlds hand them on. */
const PREPARED: Readonly<Record<Exclude<Name, 'edge'>, Prepared[]>> = {
  'patient-0': [],
  'patient-1': [],
  locator: [],
  organization: [],
};

/** One actor: its tables and its alarm outlive its instances. */
class Actor {
  readonly world: PrescriptionWorld;
  readonly name: Exclude<Name, 'edge'>;
  readonly sql: NodeSql;
  life = 0;
  deafUntil = 0;
  alarmAt: number | null;
  readonly prepared: Prepared;
  #instance: Instance | null = null;
  #deaths: (() => void)[] = [];

  constructor(world: PrescriptionWorld, name: Exclude<Name, 'edge'>) {
    this.world = world;
    this.name = name;
    const ready = PREPARED[name].pop();
    this.sql = ready?.sql ?? new NodeSql();
    this.alarmAt = ready?.alarmAt ?? null;
    if (ready === undefined) this.#prepare();
    this.prepared = { sql: this.sql, alarmAt: this.alarmAt };
  }

  /** The first start of an actor ever makes its tables; what is marked is an actor that is to start again. */
  #prepare(): void {
    void this.instance;
    this.crash();
    this.sql.mark();
  }

  /** The tables are as new for the next world. */
  close(): void {
    this.crash();
    this.sql.backToMark();
    PREPARED[this.name].push(this.prepared);
  }

  get instance(): Instance {
    this.#instance ??= this.#start();
    return this.#instance;
  }

  death(): Promise<never> {
    return new Promise((_resolve, reject) => this.#deaths.push(() => reject(new Crashed(this.name))));
  }

  crash(): void {
    this.life += 1;
    this.#instance = null;
    for (const die of this.#deaths.splice(0)) die();
  }

  #start(): Instance {
    const { name } = this;
    const owns = (key: string) => !name.startsWith('patient') || `patient-${shardOf(patientOf(key), SHARDS)}` === name;
    const options = { kinds: KINDS[name], owns, hotBytes: 1_000_000, shards: SHARDS, receive: received };
    const engine = new ShardEngine(this.#ports(), options);
    return { engine, follower: name.startsWith('patient') ? new PrescriptionFollower(engine) : null };
  }

  #ports(): EnginePorts {
    const { world, name, life } = this;
    const alive = () => {
      if (this.life !== life) throw new Crashed(name);
    };
    return {
      actor: { className: name, shard: 0 },
      sql: mortalSql(this.sql, { name, alive, step: (what) => world.step(what) }),
      now: () => world.time,
      newId: () => world.newId(),
      defer: (work, delayMs) => world.after(delayMs, () => void (this.life === life && work())),
      setAlarm: (at) => void (this.alarmAt = at),
      send: (target, delivery) => world.deliver(this, target, delivery),
      writeSnapshot: () => Promise.resolve(),
      abort: () => void (this.life === life && this.crash()),
      observer: {
        count: () => undefined,
        // Of what a crash or a lost message explains nothing is made.
        failure: (what, error) =>
          this.life === life && !(error instanceof Crashed) && !isRetryable(error) && void world.failures.add(what),
      },
    };
  }
}

/** As the actor classes turn deliveries into commands. */
function received({ type, payload, stream, epoch, sequence }: Delivery): CommandEnvelope {
  const told = JSON.parse(payload) as { key?: string; ods?: string; id?: string };
  const requestId = `${stream}#${epoch}.${sequence}`;
  const common = { v: ENVELOPE_VERSION, agent: AGENT, requestId, fingerprint: '' };
  if (type === 'enqueue' || type === 'dequeue') {
    const key = queueKey(told.ods ?? '', told.id ?? '');
    return { ...common, kind: QUEUE_ENTRY, key, command: { name: type, ...told } };
  }
  const { key = '', ...brought } = told;
  const kinds: Readonly<Record<string, string>> = { relocate: PRESCRIPTION_LOCATION, 'keep-order': PRESCRIPTION_ORDER };
  return { ...common, kind: kinds[type] ?? PRESCRIPTION, key, command: { name: type, ...brought } };
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class PrescriptionWorld {
  readonly actors: Readonly<Record<Exclude<Name, 'edge'>, Actor>>;
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
    const actor = (name: Exclude<Name, 'edge'>) => new Actor(this, name);
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
        this.call(alive, { to: `patient-${shard}` as Exclude<Name, 'edge'>, what: 'act' }, ({ engine, follower }) =>
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
  async import(name: Exclude<Name, 'edge'>, chunk: ImportChunk): Promise<void> {
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
    if (alarm && (!first || alarm.at < first.at)) return { at: alarm.at, order: 0, run: () => ring(this, alarm.actor) };
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

function ring(world: PrescriptionWorld, actor: Actor): void {
  actor.alarmAt = null;
  const { life } = actor;
  // The platform rings again when the instance died of it.
  const again = () => void (actor.alarmAt ??= world.time + 2_000);
  try {
    const { instance } = actor;
    const died = actor.death();
    const rung = Promise.race([instance.engine.alarm(), died]);
    rung.then(() => void (actor.life !== life && again()), again);
  } catch {
    again();
  }
}

function actorOf(target: string): Exclude<Name, 'edge'> {
  const key = target.slice(target.indexOf('/') + 1);
  if (target.startsWith('patient-shard/')) return `patient-${shardOf(patientOf(key), SHARDS)}` as Exclude<Name, 'edge'>;
  return target.startsWith('locator-shard/') ? 'locator' : 'organization';
}

const isRetryable = (error: unknown): boolean => error instanceof Error && 'retryable' in error;

/** As the platform marks an error of a stub that may be tried again. */
const retryable = (message: string): Error => Object.assign(new Error(message), { retryable: true });
