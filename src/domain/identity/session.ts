/**
 * One log-in of one person: the grants that apps took from it, each with its refresh token. Rotation happens inside the
 * record, so of two uses of one refresh token exactly one wins, and a logout ends all grants in one step.
 */
import type { Command, Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';
import type { ProviderName } from './scopes.ts';

/** What every access token of a grant says. */
export interface GrantFacts {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly authentication: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly nhsNumber?: string;
  readonly vot?: string;
  readonly actor?: string;
  /** The claims of the id token that the audit keeps. */
  readonly idToken: Readonly<Record<string, unknown>>;
}

interface SessionGrant {
  readonly facts: GrantFacts;
  /** Digest of the one refresh token that is good now. */
  readonly refresh: string;
  readonly firstIssued: number;
  readonly expires: number;
  readonly count: number;
}

export interface Session {
  readonly provider: ProviderName;
  readonly sid: string;
  readonly user: string;
  readonly endedAt: number | null;
  readonly grants: readonly SessionGrant[];
}

export interface OpenSession extends Command {
  readonly name: 'open-session';
  readonly provider: ProviderName;
  readonly sid: string;
  readonly facts: GrantFacts;
  readonly refresh: string;
  readonly refreshMs: number;
}

export interface RefreshSession extends Command {
  readonly name: 'refresh-session';
  readonly clientId: string;
  readonly presented: string;
  readonly next: string;
  /** The session knows which provider's lifetimes hold. */
  readonly 'nhs-cis2': Lifetimes;
  readonly 'nhs-login': Lifetimes;
}

interface Lifetimes {
  readonly refreshMs: number;
  /** From the first issue on. */
  readonly validityMs: number;
}

export interface EndSession extends Command {
  readonly name: 'end-session';
}

export type SessionCommand = OpenSession | RefreshSession | EndSession;

/** What a refresh answers. */
export interface Refreshed {
  readonly provider: ProviderName;
  readonly facts: GrantFacts;
  readonly expires: number;
  readonly count: number;
}

/** Apps a person uses within one log-in; the oldest grant goes when there are more. */
const GRANTS_MAX = 32;

const accepted = (state: Session, reply: object): Decision<Session> => ({
  kind: 'accepted',
  state,
  outbox: [],
  reply: { body: JSON.stringify(reply) },
});

function open(state: Session | null, command: OpenSession, now: number): Decision<Session> {
  const { provider, sid, facts, refresh, refreshMs } = command;
  if (state !== null && (state.endedAt !== null || state.user !== facts.user))
    return { kind: 'refused', code: 'session-ended' };
  const grant = { facts, refresh, firstIssued: now, expires: now + refreshMs, count: 0 };
  const kept = (state?.grants ?? []).filter(({ expires }) => expires > now).slice(1 - GRANTS_MAX);
  return accepted(
    { provider, sid, user: facts.user, endedAt: null, grants: [...kept, grant] },
    { expires: grant.expires },
  );
}

function refresh(state: Session | null, command: RefreshSession, now: number): Decision<Session> {
  const grant = state?.grants.find(
    (one) => one.refresh === command.presented && one.facts.clientId === command.clientId,
  );
  if (state === null || state.endedAt !== null || grant === undefined)
    return { kind: 'refused', code: 'refresh-invalid' };
  const { refreshMs, validityMs } = command[state.provider];
  const last = grant.firstIssued + validityMs;
  if (now >= grant.expires || now >= last) return { kind: 'refused', code: 'refresh-expired' };
  const renewed = {
    ...grant,
    refresh: command.next,
    count: grant.count + 1,
    expires: Math.min(now + refreshMs, last),
  };
  const grants = state.grants.map((one) => (one === grant ? renewed : one));
  const reply: Refreshed = {
    provider: state.provider,
    facts: grant.facts,
    expires: renewed.expires,
    count: renewed.count,
  };
  return accepted({ ...state, grants }, reply);
}

function end(state: Session | null, now: number): Decision<Session> {
  if (state === null) return { kind: 'refused', code: 'unknown-session' };
  if (state.endedAt !== null) return { kind: 'unchanged', reply: { body: '' } };
  return accepted({ ...state, endedAt: now, grants: [] }, {});
}

function decide(state: Session | null, command: SessionCommand, { now }: DecisionContext): Decision<Session> {
  switch (command.name) {
    case 'open-session':
      return open(state, command, now);
    case 'refresh-session':
      return refresh(state, command, now);
    case 'end-session':
      return end(state, now);
  }
}

/** The view tells only whether the session stands. */
export const sessionKind: RecordKind<Session, SessionCommand> = {
  name: 'session',
  decode: ({ body }) => JSON.parse(body) as Session,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide,
  view: (record): View => {
    if (record === null) return { kind: 'refused', code: 'unknown-session' };
    return record.state().endedAt === null
      ? { kind: 'found', body: '"open"' }
      : { kind: 'refused', code: 'session-ended' };
  },
};
