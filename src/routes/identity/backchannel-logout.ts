/** POST /backchannel_logout: CIS2 tells that a person logged out; everything of that session stops. */
import { readLogoutToken } from '../../domain/identity/logout-token.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { standingOf } from '../standing.ts';
import { json } from '../respond.ts';
import { sessionName } from './digests.ts';
import { provider } from './directory.ts';
import { isSigned, keyOf } from './key-sets.ts';
import { sessionKey } from './log-in.ts';
import { agentFor, fieldOf, NO_BODY } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';

export async function backchannelLogout(call: OauthCall): Promise<OauthResult> {
  const { context } = call;
  if (!isListed(call)) return NO_BODY(403, {});
  const trusted = await provider(context, 'nhs-cis2');
  if (trusted === null) return oauthRefusal('unavailable');
  const logout = readLogoutToken(fieldOf(call, 'logout_token'), trusted);
  if ('kind' in logout) return logout;
  const key = keyOf(trusted.jwks, logout.kid);
  if (key === null || !(await isSigned(logout.token, key, ['RS256', 'RS512']))) return oauthRefusal('bl_verify');
  const session = sessionKey(sessionName('nhs-cis2', logout.sid));
  const ask = { agent: agentFor('nhs-cis2'), requestId: call.messageId };
  context.trace.noted = true;
  const outcome = await context.spine.identity.submit('session', session, { name: 'end-session' }, ask);
  standingOf(context.spine.identity).forget(session);
  if (outcome.kind === 'refused' && outcome.code === 'unknown-session') return oauthRefusal('bl_no_session');
  return outcome.kind === 'replied' ? json(200, { success: true }) : oauthRefusal('bl_failed');
}

/** Where people are real, only the provider's own addresses may end their sessions. */
function isListed({ context: { settings, request } }: OauthCall): boolean {
  if (settings.environment !== 'live') return true;
  return settings.logoutSources.includes(request.headers.get('CF-Connecting-IP') ?? '');
}
