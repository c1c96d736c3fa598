/**
 * Serialises what identity must decide once: apps, providers, workers, sessions as records; used assertion ids, one-time
 * tickets and rate windows beside them.
 */
import { signatureTrust } from '../domain/eps/signature-trust.ts';
import { applicationKind } from '../domain/identity/application.ts';
import { denialKind } from '../domain/identity/denial.ts';
import { identityProviderKind } from '../domain/identity/identity-provider.ts';
import { mockPatientKind } from '../domain/identity/mock-patient.ts';
import { personClaimKind } from '../domain/identity/person-claim.ts';
import { rbacKind } from '../domain/identity/rbac.ts';
import { sessionKind } from '../domain/identity/session.ts';
import { workerKind } from '../domain/identity/worker.ts';
import type { CommandEnvelope, Outcome } from '../engine/envelope.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { Ephemeral } from '../storage/shard/ephemeral.ts';
import { DurableObjectSql } from '../storage/shard/store.ts';
import { actorSetup } from './actor-setup.ts';
import type { Env } from './environment.ts';
import { RateWindows } from './rate-windows.ts';
import type { RateAnswer, RateQuota } from './rate-windows.ts';

const KINDS = [
  applicationKind,
  denialKind,
  identityProviderKind,
  mockPatientKind,
  personClaimKind,
  rbacKind,
  sessionKind,
  signatureTrust,
  workerKind,
];

/** Ids of assertions of clients that nobody knows: in memory only, or a stranger could fill the store. */
const STRANGERS_MAX = 10_000;

/** Commands of a bulk that wait at once: a fifth of the line, a flush of ~20 ms. */
const SLICE = 100;

export interface AssertionUse {
  readonly id: string;
  /** Random per request, the same in its retries. */
  readonly caller: string;
  /** False: only look, since the assertion is refused anyway. */
  readonly remember: boolean;
  readonly knownClient: boolean;
}

export interface Ticket {
  readonly id: string;
  readonly holder: string;
  readonly facts: string;
  readonly until: number;
}

export interface TicketUse {
  readonly id: string;
  readonly holder: string;
  readonly caller: string;
}

export class IdentityShard extends ShardActor<Env> {
  readonly #ephemeral: Ephemeral;
  readonly #rates = new RateWindows();
  readonly #strangers = new Map<string, string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'identity-shard', shard, kinds: KINDS }),
      // Sessions and digests of secrets have no place in the national copy.
      writeSnapshot: () => Promise.resolve(),
    }));
    this.#ephemeral = new Ephemeral(new DurableObjectSql(ctx.storage));
  }

  /** Many commands in one call, a few at a time, so that the waiting line stays open for everybody else. */
  async submitMany(envelopes: readonly CommandEnvelope[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let first = 0; first < envelopes.length; first += SLICE) {
      const slice = envelopes.slice(first, first + SLICE);
      outcomes.push(...(await Promise.all(slice.map((envelope) => this.submit(envelope)))));
    }
    return outcomes;
  }

  firstUse(use: AssertionUse): boolean {
    const now = this.engine.shard.clock.now();
    if (use.knownClient) return this.#ephemeral.firstUse(use.id, use.caller, { now, remember: use.remember });
    const known = this.#strangers.get(use.id);
    if (known !== undefined) return known === use.caller;
    if (use.remember) this.#rememberStranger(use);
    // The client may have been known when it used the id before.
    return this.#ephemeral.firstUse(use.id, use.caller, { now, remember: false });
  }

  issueTicket({ id, ...ticket }: Ticket): void {
    this.#ephemeral.issueTicket(id, ticket, this.engine.shard.clock.now());
  }

  useTicket({ id, holder, caller }: TicketUse): string | null {
    return this.#ephemeral.useTicket(id, holder, { caller, now: this.engine.shard.clock.now() });
  }

  takeRate(name: string, quota: RateQuota, want: number): RateAnswer {
    return this.#rates.take(name, quota, { want, now: this.engine.shard.clock.now() });
  }

  #rememberStranger({ id, caller }: AssertionUse): void {
    if (this.#strangers.size >= STRANGERS_MAX) {
      const oldest = this.#strangers.keys().next();
      if (oldest.done !== true) this.#strangers.delete(oldest.value);
    }
    this.#strangers.set(id, caller);
  }
}
