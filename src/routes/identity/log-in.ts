/** What a proven log-in grants to an app: scopes of the level reached, roles of the worker, the patient's own number. */
import type { Application } from '../../domain/identity/application.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { textOf } from '../../domain/identity/jwt-parts.ts';
import type { Json } from '../../domain/identity/jwt-parts.ts';
import { REFRESH_MS, secondsLeft, shortened } from '../../domain/identity/lifetimes.ts';
import { levelOf, userScopes } from '../../domain/identity/scopes.ts';
import type { ProviderName } from '../../domain/identity/scopes.ts';
import type { GrantFacts } from '../../domain/identity/session.ts';
import { rolesAt } from '../../domain/identity/worker.ts';
import { issueAccessToken } from './access-token.ts';
import { randomName, sessionName, shortDigest } from './digests.ts';
import { worker } from './directory.ts';
import { agentFor, fieldOf } from './oauth-call.ts';
import type { OauthCall } from './oauth-call.ts';

export interface LogIn {
  readonly provider: ProviderName;
  readonly mock: boolean;
  readonly grantType: 'authorization_code' | 'token_exchange';
  /** Verified. */
  readonly claims: Json;
  readonly actor?: string;
}

/** Claims of the id token that stay with the session for the audit. */
const KEPT = [
  'sub',
  'iss',
  'aud',
  'acr',
  'amr',
  'auth_time',
  'id_assurance_level',
  'authentication_assurance_level',
  'identity_proofing_level',
  'vot',
  'sid',
];

const kept = (claims: Json): Json =>
  Object.fromEntries(KEPT.filter((name) => claims[name] !== undefined).map((name) => [name, claims[name]]));

export interface PreparedLogIn {
  readonly provider: ProviderName;
  readonly sid: string;
  readonly facts: GrantFacts;
}

export async function prepareLogIn(
  call: OauthCall,
  app: Application,
  logIn: LogIn,
): Promise<PreparedLogIn | OauthRefusal> {
  const { provider, mock, grantType, claims, actor } = logIn;
  const level = levelOf(provider, claims);
  const scopes = userScopes(app.scopes, provider, level);
  const user = provider === 'nhs-cis2' ? textOf(claims, 'sub') : textOf(claims, 'nhs_number');
  if (scopes.length === 0 || level === null || user === null) return oauthRefusal('no_scope');
  const known = provider === 'nhs-cis2' ? await worker(call.context, user) : null;
  if (known !== null && known.status === 'closed') return oauthRefusal('session_ended');
  const selected = textOf(claims, 'selected_roleid');
  const told = selected === null ? [] : [selected];
  const roles = known === null ? told : rolesAt(known, call.context.now).map((role) => role.person_roleid);
  const vot = textOf(claims, 'vot');
  const authentication = `user ${grantType} ${mock ? 'apim-mock-' : ''}${provider} ${level.toLowerCase()}`;
  const facts: GrantFacts = {
    clientId: app.clientId,
    scopes,
    authentication,
    user,
    roles,
    idToken: kept(claims),
    ...(provider === 'nhs-login' ? { nhsNumber: user } : {}),
    ...(provider === 'nhs-login' && vot !== null ? { vot } : {}),
    ...(actor === undefined ? {} : { actor }),
  };
  return { provider, sid: textOf(claims, 'sid') ?? randomName(32), facts };
}

export const sessionKey = (name: string): string => `session/${name}`;

/** The fields that every token of a session is answered with. */
export type SessionTokens = Readonly<
  Record<
    'access_token' | 'expires_in' | 'refresh_token' | 'refresh_token_expires_in' | 'refresh_count' | 'token_type',
    string
  >
>;

interface NewTokens {
  readonly provider: ProviderName;
  readonly name: string;
  readonly facts: GrantFacts;
  readonly refresh: string;
  readonly refreshExpires: number;
  readonly count: number;
}

export async function sessionTokens(call: OauthCall, made: NewTokens): Promise<SessionTokens | OauthRefusal> {
  const issued = await issueAccessToken(call, {
    facts: made.facts,
    session: sessionKey(made.name),
    ...(made.provider === 'nhs-cis2' ? { worker: made.facts.user } : {}),
  });
  if (issued === null) return oauthRefusal('unavailable');
  return {
    access_token: issued.token,
    expires_in: issued.expiresIn,
    refresh_token: made.refresh,
    refresh_token_expires_in: secondsLeft(made.refreshExpires - call.context.now),
    refresh_count: String(made.count),
    token_type: 'Bearer',
  };
}

export async function openSession(
  call: OauthCall,
  { provider, sid, facts }: PreparedLogIn,
): Promise<SessionTokens | OauthRefusal> {
  const name = sessionName(provider, sid);
  const refresh = name + randomName(16);
  const refreshMs = shortened(fieldOf(call, '_refresh_token_expiry_ms'), REFRESH_MS[provider]);
  const command = { name: 'open-session', provider, sid, facts, refresh: shortDigest(refresh), refreshMs };
  const agent = { ...agentFor(facts.clientId, facts.user), authentication: facts.authentication };
  call.context.trace.noted = true;
  const outcome = await call.context.spine.identity.submit('session', sessionKey(name), command, {
    agent,
    requestId: call.messageId,
  });
  if (outcome.kind === 'refused') return oauthRefusal('session_ended');
  if (outcome.kind !== 'replied') return oauthRefusal('unavailable');
  const { expires } = JSON.parse(outcome.body) as { expires: number };
  return sessionTokens(call, {
    provider,
    name,
    facts,
    refresh,
    refreshExpires: Math.min(expires, call.context.now + refreshMs),
    count: 0,
  });
}
