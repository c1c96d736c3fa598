/** grant_type=authorization_code: the code of a finished log-in, once. */
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { shortDigest } from './digests.ts';
import { openSession } from './log-in.ts';
import type { PreparedLogIn } from './log-in.ts';
import { fieldOf, tokenAnswer } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { secretClient } from './secret-client.ts';

/** A code is good for this client and this address alone; another's attempt does not use it up. */
export const codeHolder = (clientId: string, redirectUri: string): string => `code ${clientId} ${redirectUri}`;

export async function authorizationCode(call: OauthCall): Promise<OauthResult> {
  const app = await secretClient(call);
  if ('kind' in app) return app;
  const redirectUri = fieldOf(call, 'redirect_uri');
  if (redirectUri === null) return oauthRefusal('redirect_missing');
  if (!app.redirectUris.includes(redirectUri)) return oauthRefusal('redirect_invalid');
  const code = fieldOf(call, 'code');
  if (code === null) return oauthRefusal('code_missing');
  const facts = await call.context.spine.identity.useTicket({
    id: shortDigest(code),
    holder: codeHolder(app.clientId, redirectUri),
    caller: call.messageId,
  });
  if (facts === null) return oauthRefusal('code_invalid');
  const prepared = JSON.parse(facts) as PreparedLogIn;
  const tokens = await openSession(call, prepared);
  if ('kind' in tokens) return tokens;
  const outsideProduction = call.context.settings.environment !== 'live';
  return tokenAnswer({ ...tokens, ...(outsideProduction ? { sid: prepared.sid } : {}) });
}
