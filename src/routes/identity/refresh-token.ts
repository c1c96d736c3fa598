/** grant_type=refresh_token: a new pair for the old one, which dies with its use. */
import { REFRESH_MS, shortened } from '../../domain/identity/lifetimes.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { ProviderName } from '../../domain/identity/scopes.ts';
import type { Refreshed } from '../../domain/identity/session.ts';
import { randomName, shortDigest } from './digests.ts';
import { worker } from './directory.ts';
import { sessionKey, sessionTokens } from './log-in.ts';
import { agentFor, fieldOf, tokenAnswer } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { secretClient } from './secret-client.ts';

const REFRESH_TOKEN = /^[A-Za-z0-9]{32}$/;
const NAME_CHARACTERS = 16;

export async function refreshToken(call: OauthCall): Promise<OauthResult> {
  const app = await secretClient(call);
  if ('kind' in app) return app;
  const presented = fieldOf(call, 'refresh_token');
  if (presented === null) return oauthRefusal('rt_missing');
  if (!REFRESH_TOKEN.test(presented)) return oauthRefusal('rt_invalid');
  const name = presented.slice(0, NAME_CHARACTERS);
  const next = name + randomName(NAME_CHARACTERS);
  const limits = (longest: number) => ({
    refreshMs: shortened(fieldOf(call, '_refresh_token_expiry_ms'), longest),
    validityMs: shortened(fieldOf(call, '_refresh_tokens_validity_ms'), longest),
  });
  const command = {
    name: 'refresh-session',
    clientId: app.clientId,
    presented: shortDigest(presented),
    next: shortDigest(next),
    'nhs-cis2': limits(REFRESH_MS['nhs-cis2']),
    'nhs-login': limits(REFRESH_MS['nhs-login']),
  };
  const ask = { agent: agentFor(app.clientId), requestId: call.messageId };
  call.context.trace.noted = true;
  const outcome = await call.context.spine.identity.submit('session', sessionKey(name), command, ask);
  if (outcome.kind === 'refused') return oauthRefusal(outcome.code === 'refresh-expired' ? 'rt_expired' : 'rt_invalid');
  if (outcome.kind !== 'replied') return oauthRefusal('unavailable');
  const { provider, facts, expires, count } = JSON.parse(outcome.body) as Refreshed;
  if (await isClosed(call, provider, facts.user)) return oauthRefusal('rt_invalid');
  const tokens = await sessionTokens(call, { provider, name, facts, refresh: next, refreshExpires: expires, count });
  return 'kind' in tokens ? tokens : tokenAnswer(tokens);
}

const isClosed = async (call: OauthCall, provider: ProviderName, user: string): Promise<boolean> =>
  provider === 'nhs-cis2' && (await worker(call.context, user))?.status === 'closed';
