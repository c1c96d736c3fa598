/** Runs registrations of new people; key: client and request id, so that a repeat meets its own first attempt. */
import { registration } from '../domain/pds/registration.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import type { CommandEnvelope, Outcome } from '../engine/envelope.ts';
import type { Delivery } from '../engine/ports.ts';
import { actorSetup } from './actor-setup.ts';
import { runRegistration } from './register-person.ts';
import type { Env } from './environment.ts';

export class RegistrationShard extends ShardActor<Env> {
  /** Registrations under way in this instance: a repeat that arrives meanwhile waits for the same outcome. */
  readonly #running = new Map<string, { readonly fingerprint: string; readonly outcome: Promise<Outcome> }>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => actorSetup(env, { className: 'registration-shard', shard, kinds: [registration] }));
  }

  register(envelope: CommandEnvelope): Promise<Outcome> {
    const running = this.#running.get(envelope.key);
    if (running) {
      const same = running.fingerprint === envelope.fingerprint;
      return same ? running.outcome : Promise.resolve({ kind: 'refused', code: 'request-id-reused' });
    }
    const run = { env: this.env, envelope, submit: (step: CommandEnvelope) => this.submit(step) };
    const outcome = runRegistration(run).finally(() => this.#running.delete(envelope.key));
    this.#running.set(envelope.key, { fingerprint: envelope.fingerprint, outcome });
    return outcome;
  }

  /** The only delivery is our own reminder to finish what has got a number. */
  override async deliver(delivery: Delivery): Promise<void> {
    const outcome = await this.register(JSON.parse(delivery.payload) as CommandEnvelope);
    if (outcome.kind === 'unavailable') throw new Error('registration not finished');
  }
}
