/** Serialises every change to the records of the patients whose NHS number falls on this shard. */
import { PRESCRIPTION, PRESCRIPTION_ORDER } from '../domain/eps/prescription-state.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CallReply, CommandEnvelope, ImportChunk, ImportReport, Outcome, ShardCall } from '../engine/envelope.ts';
import type { Delivery } from '../engine/ports.ts';
import { guardedKinds } from '../domain/access-control/guarded-kind.ts';
import type { AccessControl } from '../domain/access-control/guarded-kind.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import type { Fate, TransactionEnvelope, TransactionOutcome } from '../engine/transaction.ts';
import { actorSetup } from './actor-setup.ts';
import { patientOf, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import { PATIENT_KINDS, PRESCRIPTION_KINDS } from './patient-kinds.ts';
import type { PrescriptionAnswer, PrescriptionCall } from './prescription-call.ts';
import { PrescriptionFollower } from './prescription-follower.ts';
import { perform } from './prescription-work.ts';

export class PatientShard extends ShardActor<Env> {
  readonly #follower: PrescriptionFollower;
  readonly #control: AccessControl;

  constructor(ctx: DurableObjectState, env: Env) {
    const control = env.ACCESS_CONTROL === 'enforced' ? 'enforced' : 'caller';
    const kinds = [...guardedKinds(PATIENT_KINDS, control), ...PRESCRIPTION_KINDS];
    const shards = shardCount(env);
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'patient-shard', shard, kinds }),
      owns: (key) => shardOf(patientOf(key), shards) === shard,
      receive: (delivery) => takeOverCommand(delivery),
    }));
    this.#control = control;
    this.#follower = new PrescriptionFollower(this.engine);
  }

  /** Acts and looks at prescriptions, each a commit of its own that it shares with what arrives beside it. */
  async prescriptions(calls: readonly PrescriptionCall[]): Promise<PrescriptionAnswer[]> {
    const answers = await Promise.all(calls.map((call) => this.#prescription(call)));
    this.#follower.watch();
    return answers;
  }

  /** What is due by then is done now; tests and operators need not wait for the alarm. */
  sweepPrescriptions(asOf: number): Promise<void> {
    return this.#follower.sweep(asOf);
  }

  /** Resolves once prescriptions know what their patients' demographics say. */
  followed(): Promise<void> {
    return this.#follower.settled();
  }

  override async calls(batch: readonly ShardCall[]): Promise<CallReply[]> {
    const replies = await super.calls(batch);
    if (batch.some((call) => 'command' in call && call.kind === 'demographics')) this.#follower.nudge();
    return replies;
  }

  override async submit(envelope: CommandEnvelope): Promise<Outcome> {
    const outcome = await super.submit(envelope);
    if (envelope.kind === 'demographics') this.#follower.nudge();
    return outcome;
  }

  override async together(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const outcome = await super.together(envelope);
    this.#follower.nudge();
    return outcome;
  }

  override async finish(id: string, fate: Fate): Promise<void> {
    await super.finish(id, fate);
    if (fate === 'commit') this.#follower.nudge();
  }

  override async import(chunk: ImportChunk): Promise<ImportReport | Outcome> {
    const report = await super.import(chunk);
    this.#follower.nudge();
    return report;
  }

  override async deliver(delivery: Delivery): Promise<void> {
    await super.deliver(delivery);
    this.#follower.watch();
  }

  #prescription(call: PrescriptionCall): Promise<PrescriptionAnswer> {
    const { work } = call;
    const bytes = work.kind === 'order' ? work.text.length : 0;
    return this.engine.transact(bytes, (steps) => perform(steps, call, this.#control));
  }
}

/** A prescription arrives from the shard of a number that was merged into one of ours: its text first, then itself. */
function takeOverCommand({ type, payload, stream, epoch, sequence }: Delivery): CommandEnvelope {
  const { key, ...brought } = JSON.parse(payload) as { key: string };
  const agent = { client: 'prescriptions', mode: 'service', rights: [] };
  const requestId = `${stream}#${epoch}.${sequence}`;
  const kind = type === 'keep-order' ? PRESCRIPTION_ORDER : PRESCRIPTION;
  return { v: ENVELOPE_VERSION, kind, key, command: { name: type, ...brought }, agent, requestId, fingerprint: '' };
}
