/**
 * Serialises registrations of people who could be one person: rivals for a match key wait here in line. Also knows under
 * which NHS number a prescription is to be found.
 */
import { prescriptionLocation, PRESCRIPTION_LOCATION } from '../domain/eps/prescription-location.ts';
import { matchClaim } from '../domain/pds/match-claim.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CommandEnvelope, Outcome } from '../engine/envelope.ts';
import type { Delivery } from '../engine/ports.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';

const RELOCATE = 'relocate';

/** A waiting rival looks again at least this often, in case the holder's lease ran out without a release. */
const LOOK_AGAIN_MS = 1_000;

export class LocatorShard extends ShardActor<Env> {
  /** Per match key, in order of arrival. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'locator-shard', shard, kinds: [matchClaim, prescriptionLocation] }),
      receive: (delivery) => (delivery.type === RELOCATE ? relocateCommand(delivery) : releaseCommand(delivery)),
    }));
  }

  /** Holds the call until the match key is free or `waitMs` is over. */
  async claim(envelope: CommandEnvelope, waitMs: number): Promise<Outcome> {
    const deadline = Date.now() + waitMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.submit({ ...envelope, requestId: `${envelope.requestId}/${attempt}` });
      const left = deadline - Date.now();
      if (outcome.kind !== 'refused' || outcome.code !== 'held' || left <= 0) return outcome;
      await this.#released(envelope.key, Math.min(left, LOOK_AGAIN_MS));
    }
  }

  override async deliver(delivery: Delivery): Promise<void> {
    await super.deliver(delivery);
    if (delivery.type === RELOCATE) return;
    this.#wakeNext(releaseCommand(delivery).key);
  }

  override async submit(envelope: CommandEnvelope): Promise<Outcome> {
    const outcome = await super.submit(envelope);
    if (envelope.command.name === 'release-match-key') this.#wakeNext(envelope.key);
    return outcome;
  }

  #released(key: string, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const line = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, line);
      const wake = () => {
        clearTimeout(timer);
        line.delete(wake);
        if (line.size === 0) this.#waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      line.add(wake);
    });
  }

  #wakeNext(key: string): void {
    for (const wake of this.#waiting.get(key) ?? []) return wake();
  }
}

function releaseCommand(delivery: Delivery): CommandEnvelope {
  const { key, command, agent } = JSON.parse(delivery.payload) as Pick<CommandEnvelope, 'key' | 'command' | 'agent'>;
  const requestId = `${delivery.stream}#${delivery.epoch}.${delivery.sequence}`;
  return { v: ENVELOPE_VERSION, kind: 'match-claim', key, command, agent, requestId, fingerprint: '' };
}

/** A prescription lives under another NHS number after a merge. */
function relocateCommand(delivery: Delivery): CommandEnvelope {
  const { key, nhsNumber } = JSON.parse(delivery.payload) as { key: string; nhsNumber: string };
  const command = { name: 'relocate', nhsNumber };
  const requestId = `${delivery.stream}#${delivery.epoch}.${delivery.sequence}`;
  const agent = { client: 'prescriptions', mode: 'service', rights: [] };
  return { v: ENVELOPE_VERSION, kind: PRESCRIPTION_LOCATION, key, command, agent, requestId, fingerprint: '' };
}
