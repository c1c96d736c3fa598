/**
 * Serialises what identity must decide once: apps, providers, workers, sessions as records; used assertion ids, one-time
 * tickets and rate windows beside them.
 */
import { signatureTrust } from '../domain/eps/signature-trust.ts';
import { applicationKind } from '../domain/identity/application.ts';
import { bulkChunkKind } from '../domain/identity/bulk-job.ts';
import { denialKind, edgeAccessKind } from '../domain/identity/denial.ts';
import { identityProviderKind } from '../domain/identity/identity-provider.ts';
import { mockPatientKind } from '../domain/identity/mock-patient.ts';
import { personClaimKind } from '../domain/identity/person-claim.ts';
import { rbacKind } from '../domain/identity/rbac.ts';
import { registrationRequestKind } from '../domain/identity/registration-request.ts';
import { sessionKind } from '../domain/identity/session.ts';
import { workerKind } from '../domain/identity/worker.ts';
import { privacyAlertKind } from '../domain/audit/privacy-alerts.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CommandEnvelope, Outcome } from '../engine/envelope.ts';
import type { Delivery } from '../engine/ports.ts';
import { alertKey } from '../events/privacy-alert.ts';
import type { PrivacyAlert } from '../events/privacy-alert.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { Ephemeral } from '../storage/shard/ephemeral.ts';
import { DurableObjectSql } from '../storage/shard/store.ts';
import { actorSetup } from './actor-setup.ts';
import { identityAddress, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import { RateWindows } from './rate-windows.ts';
import type { RateAnswer, RateQuota } from './rate-windows.ts';

const KINDS = [
  applicationKind,
  bulkChunkKind,
  denialKind,
  edgeAccessKind,
  identityProviderKind,
  mockPatientKind,
  personClaimKind,
  privacyAlertKind,
  rbacKind,
  registrationRequestKind,
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

export interface ListWish {
  readonly kind: string;
  readonly list: string;
  readonly after: string;
  readonly limit: number;
}

export interface Listed {
  readonly key: string;
  readonly position: string;
  readonly body: string;
}

/** Alerts are all that other actors deliver here. */
function raisedAlert(delivery: Delivery): CommandEnvelope {
  const alert = JSON.parse(delivery.payload) as PrivacyAlert;
  const agent = {
    client: alert.client,
    mode: 'platform',
    rights: [],
    organization: alert.organization,
    ...(alert.user === undefined ? {} : { user: alert.user }),
    ...(alert.role === undefined ? {} : { role: alert.role }),
  };
  const command = { name: 'raise-privacy-alert', alert };
  const requestId = `${delivery.stream}#${delivery.epoch}.${delivery.sequence}`;
  const frame = { v: ENVELOPE_VERSION, kind: 'privacy-alert', key: alertKey(alert), command };
  return { ...frame, agent, requestId, fingerprint: '' };
}

export class IdentityShard extends ShardActor<Env> {
  readonly #ephemeral: Ephemeral;
  readonly #rates = new RateWindows();
  readonly #strangers = new Map<string, string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'identity-shard', shard, kinds: KINDS }),
      owns: (key) => shardOf(identityAddress(key), shardCount(env)) === shard,
      receive: raisedAlert,
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

  /** Records of one kind behind a position of a list, in its order. Leaves no entry: the caller writes one. */
  listed({ kind, list, after, limit }: ListWish): readonly Listed[] {
    const { shard } = this.engine;
    return shard.statements.listed(list, after, limit).flatMap(({ key, position }) => {
      const record = shard.hot.find(shard.kind(kind), key);
      return record && !record.deleted ? [{ key, position, body: record.body }] : [];
    });
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
