/** grant_type=client_credentials: an app for itself, proven by a signed JWT. */
import { applicationKey } from '../../domain/identity/application.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { appScopes } from '../../domain/identity/scopes.ts';
import { issueAccessToken } from './access-token.ts';
import { agentFor, tokenAnswer } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { provenClient } from './proven-client.ts';

const AUTHENTICATION = 'app client_credentials apim level3';

export async function clientCredentials(call: OauthCall): Promise<OauthResult> {
  const app = await provenClient(call);
  if ('kind' in app) return app;
  const { clientId } = app;
  const scopes = appScopes(app.scopes);
  if (scopes.length === 0) return oauthRefusal('no_scope');
  const issued = await issueAccessToken(call, { facts: { clientId, scopes, authentication: AUTHENTICATION } });
  if (issued === null) return oauthRefusal('unavailable');
  // The look at the registration is what leaves the entry in the journal.
  const agent = { ...agentFor(clientId), authentication: AUTHENTICATION };
  call.context.trace.noted = true;
  const noted = await call.context.spine.identity.read(
    'application',
    applicationKey(clientId),
    { name: 'issue-token' },
    { agent, requestId: call.messageId },
  );
  if (noted.kind !== 'replied') return oauthRefusal('unavailable');
  return tokenAnswer({
    access_token: issued.token,
    expires_in: issued.expiresIn,
    token_type: 'Bearer',
    issued_at: String(call.context.now),
  });
}
