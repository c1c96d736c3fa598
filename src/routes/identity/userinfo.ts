/** GET /userinfo: who the worker is and in which roles, for tokens of a log-in through this service alone. */
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { userInfo } from '../../domain/identity/worker.ts';
import { verifiedGrant } from '../access.ts';
import { json } from '../respond.ts';
import { workerKey } from '../../domain/identity/worker.ts';
import { worker } from './directory.ts';
import { agentFor } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';

const COMBINED = /^user authorization_code (apim-mock-)?nhs-cis2 /;

export async function userinfo(call: OauthCall): Promise<OauthResult> {
  const grant = await verifiedGrant(call.context);
  if (grant === null) return oauthRefusal('ui_bad_token');
  const { user, authentication = '' } = grant;
  if (user === undefined || !COMBINED.test(authentication)) return oauthRefusal('ui_wrong_auth');
  const person = await worker(call.context, user);
  const agent = { ...agentFor(grant.app.id, user), authentication };
  call.context.trace.noted = true;
  await call.context.spine.identity.read(
    'worker',
    workerKey(user),
    { name: 'userinfo' },
    { agent, requestId: call.messageId },
  );
  if (person === null)
    return json(200, { sub: user, nhsid_useruid: user, name: `Test ${user}`, nhsid_nrbac_roles: [] });
  return json(200, userInfo(person, call.context.now));
}
