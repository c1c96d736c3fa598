/** One actor of the simulated prescription service: its tables and its alarm outlive its instances. */
import { patientOf, shardOf } from '../../src/actors/addresses.ts';
import { PATIENT_KINDS, PRESCRIPTION_KINDS } from '../../src/actors/patient-kinds.ts';
import { PrescriptionFollower } from '../../src/actors/prescription-follower.ts';
import { nominatedPull } from '../../src/domain/eps/nominated-pull.ts';
import { prescriptionLocation, PRESCRIPTION_LOCATION } from '../../src/domain/eps/prescription-location.ts';
import { PRESCRIPTION, PRESCRIPTION_ORDER } from '../../src/domain/eps/prescription-state.ts';
import { queueEntry, queueKey, QUEUE_ENTRY } from '../../src/domain/eps/queue-entry.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope } from '../../src/engine/envelope.ts';
import type { Delivery, EnginePorts } from '../../src/engine/ports.ts';
import type { RecordKind } from '../../src/engine/record-kind.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { Crashed, MortalActor } from './mortal-actor.ts';
import { mortalSql } from './mortal-sql.ts';
import { NodeSql } from './node-sql.ts';
import type { PrescriptionWorld } from './prescription-world.ts';

export type Name = 'patient-0' | 'patient-1' | 'locator' | 'organization' | 'edge';
export type ActorName = Exclude<Name, 'edge'>;

export const SHARDS = 2;
export const AGENT = { client: 'pharmacy', mode: 'open', rights: [] };

export interface Instance {
  readonly engine: ShardEngine;
  readonly follower: PrescriptionFollower | null;
}

const KINDS: Readonly<Record<ActorName, readonly RecordKind<unknown>[]>> = {
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
const PREPARED: Readonly<Record<ActorName, Prepared[]>> = {
  'patient-0': [],
  'patient-1': [],
  locator: [],
  organization: [],
};

export class Actor extends MortalActor<ActorName, Instance> {
  readonly world: PrescriptionWorld;
  readonly prepared: Prepared;

  constructor(world: PrescriptionWorld, name: ActorName) {
    const ready = PREPARED[name].pop();
    super(name, ready?.sql ?? new NodeSql());
    this.world = world;
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

  protected override start(): Instance {
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

const isRetryable = (error: unknown): boolean => error instanceof Error && 'retryable' in error;

/** As the platform marks an error of a stub that may be tried again. */
export const retryable = (message: string): Error => Object.assign(new Error(message), { retryable: true });
