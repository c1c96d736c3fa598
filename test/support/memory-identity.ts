/** The identity actors without their platform: the same record kinds and the same promises, in one process's memory. */
import { signatureTrust } from '../../src/domain/eps/signature-trust.ts';
import { applicationKind } from '../../src/domain/identity/application.ts';
import { bulkChunkKind } from '../../src/domain/identity/bulk-job.ts';
import { denialKind, edgeAccessKind } from '../../src/domain/identity/denial.ts';
import { identityProviderKind } from '../../src/domain/identity/identity-provider.ts';
import { mockPatientKind } from '../../src/domain/identity/mock-patient.ts';
import { privacyAlertKind } from '../../src/domain/audit/privacy-alerts.ts';
import { personClaimKind } from '../../src/domain/identity/person-claim.ts';
import { rbacKind } from '../../src/domain/identity/rbac.ts';
import { registrationRequestKind } from '../../src/domain/identity/registration-request.ts';
import { sessionKind } from '../../src/domain/identity/session.ts';
import { workerKind } from '../../src/domain/identity/worker.ts';
import { RateWindows } from '../../src/actors/rate-windows.ts';
import type { IdentityAsk, IdentityShards, TrailPage, TrailQuery } from '../../src/actors/stubs.ts';
import type { Outcome } from '../../src/engine/envelope.ts';
import type { Agent, Command, Query, RecordKind } from '../../src/engine/record-kind.ts';

const KINDS = new Map(
  [
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
  ].map((kind) => [kind.name, kind as unknown as RecordKind<unknown>] as const),
);

interface Entry {
  readonly at: number;
  readonly requestId: string;
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  readonly outcome: string;
  readonly agent: Agent;
}

interface Held {
  readonly holder: string;
  readonly facts: string;
  readonly until: number;
  used: boolean;
}

export class MemoryIdentity implements IdentityShards {
  readonly journal: Entry[] = [];
  now: () => number = () => Date.now();
  silent = false;
  readonly #records = new Map<string, { version: number; state: unknown }>();
  readonly #used = new Map<string, string>();
  readonly #tickets = new Map<string, Held>();
  readonly #rates = new RateWindows();

  submit = async (kind: string, key: string, command: Command, ask: IdentityAsk): Promise<Outcome> => {
    const known = this.#records.get(key);
    const version = known?.version ?? 0;
    const decision = this.#kind(kind).decide(known?.state ?? null, command, {
      key,
      now: this.now(),
      version,
      nextVersion: version + 1,
      agent: ask.agent,
      newId: () => '00000001',
      neighbour: () => null,
    });
    const outcome = decision.kind === 'refused' ? decision.code : decision.kind;
    this.#note({ kind, key, action: command.name, outcome, ask });
    if (decision.kind === 'refused') return decision;
    if (decision.kind === 'accepted') this.#records.set(key, { version: version + 1, state: decision.state });
    return { kind: 'replied', effect: decision.kind, version: version + 1, ...decision.reply };
  };

  submitMany: IdentityShards['submitMany'] = (commands, agent) =>
    Promise.all(
      commands.map(({ kind, key, command, requestId }) => this.submit(kind, key, command, { agent, requestId })),
    );

  read = async (kind: string, key: string, query: Query, ask: IdentityAsk): Promise<Outcome> => {
    const outcome = await this.look(kind, key);
    this.#note({ kind, key, action: query.name, outcome: outcome.kind, ask });
    return outcome;
  };

  look = async (kind: string, key: string): Promise<Outcome> => {
    if (this.silent) return { kind: 'unavailable', reason: 'timeout', retryAfterSeconds: 5 };
    const known = this.#records.get(key);
    const record =
      known === undefined
        ? null
        : { ...this.#kind(kind).encode(known.state), key, version: known.version, state: () => known.state };
    const view = this.#kind(kind).view(
      record,
      { name: 'look' },
      {
        key,
        now: this.now(),
        agent: { client: 'edge', mode: 'platform', rights: [] },
        neighbour: () => null,
      },
    );
    return view.kind === 'found' ? { ...view, kind: 'replied', effect: 'found', version: known?.version ?? 0 } : view;
  };

  listed: IdentityShards['listed'] = async (home, { kind, list, after, limit }) => {
    const places = [...this.#records].flatMap(([key, { state }]) =>
      key.startsWith(`${home}/`)
        ? (this.#kind(kind).lists?.(state) ?? []).map((place) => ({ ...place, key, body: JSON.stringify(state) }))
        : [],
    );
    return places
      .filter((place) => place.list === list && place.position > after)
      .toSorted((a, b) => (a.position < b.position ? -1 : 1))
      .slice(0, limit);
  };

  /** The journal as the actors' own would be read. */
  trail({ key, user, organization, since, until, before, limit }: TrailQuery): TrailPage {
    const asked = this.journal
      .map(({ at, requestId, ...entry }, place) => ({ ...entry, at, requestId, seq: place + 1, index: 0, version: 0 }))
      .filter((entry) => key === undefined || entry.key === key)
      .filter(({ agent }) => user === undefined || agent.user === user)
      .filter(({ agent }) => organization === undefined || agent.organization === organization)
      .filter(({ at, seq }) => at >= since && at < until && (before === undefined || seq < before.seq))
      .toReversed();
    const entries = asked.slice(0, limit);
    const last = entries.at(-1);
    const frontier = asked.length > limit && last !== undefined ? { at: last.at, seq: last.seq, index: 0 } : null;
    return { source: 'identity-shard/0', entries, frontier };
  }

  #note({ ask, ...entry }: Pick<Entry, 'kind' | 'key' | 'action' | 'outcome'> & { ask: IdentityAsk }): void {
    this.journal.push({ ...entry, at: this.now(), requestId: ask.requestId, agent: ask.agent });
  }

  firstUse: IdentityShards['firstUse'] = async ({ id, caller, remember }) => {
    const known = this.#used.get(id);
    if (known !== undefined) return known === caller;
    if (remember) this.#used.set(id, caller);
    return true;
  };

  issueTicket: IdentityShards['issueTicket'] = async ({ id, ...ticket }) => {
    this.#tickets.set(id, { ...ticket, used: false });
  };

  useTicket: IdentityShards['useTicket'] = async ({ id, holder }) => {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined || ticket.holder !== holder || ticket.used || this.now() >= ticket.until) return null;
    ticket.used = true;
    return ticket.facts;
  };

  takeRate: IdentityShards['takeRate'] = async (name, quota, want) =>
    this.#rates.take(name, quota, { want, now: this.now() });

  /** Another edge: its own memory of what it looked up, the same actors behind it. */
  otherEdge(): IdentityShards {
    const { submit, submitMany, read, look, listed, firstUse, issueTicket, useTicket, takeRate } = this;
    return { submit, submitMany, read, look, listed, firstUse, issueTicket, useTicket, takeRate };
  }

  #kind(name: string): RecordKind<unknown> {
    const kind = KINDS.get(name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    return kind;
  }
}
