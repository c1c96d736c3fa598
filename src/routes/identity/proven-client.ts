/** Believes a client assertion, or says what is wrong with it: the same for an app alone and for a token exchange. */
import type { Application } from '../../domain/identity/application.ts';
import { readAssertion } from '../../domain/identity/client-assertion.ts';
import type { ClientAssertion } from '../../domain/identity/client-assertion.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthErrorId, OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { shortDigest } from './digests.ts';
import { application } from './directory.ts';
import { isSigned, keyOf, keySetAt } from './key-sets.ts';
import { fieldOf } from './oauth-call.ts';
import type { OauthCall } from './oauth-call.ts';

/** A refusal that knows whom it hit. */
export interface ClientRefusal extends OauthRefusal {
  readonly client: string;
}

export async function provenClient(call: OauthCall): Promise<Application | OauthRefusal> {
  const { context } = call;
  const form = { type: fieldOf(call, 'client_assertion_type'), assertion: fieldOf(call, 'client_assertion') };
  const assertion = readAssertion(form, context.now);
  if ('kind' in assertion) return assertion;
  const refuse = (id: OauthErrorId): ClientRefusal => ({ ...oauthRefusal(id), client: assertion.clientId });
  const app = await application(context, assertion.clientId);
  if (!(await isFirstUse(call, assertion, app !== null))) return refuse('jti_replay');
  if (assertion.tooFar) return refuse('exp_far');
  if (app === null || app.status !== 'approved') return refuse('unknown_client');
  const wrong = await wrongSignature(call, app, assertion);
  if (wrong !== null) return refuse(wrong);
  return assertion.claims['aud'] === tokenAddress(call) ? app : refuse('aud');
}

/** Whichever edge asks, one actor answers; whatever follows, the id is used up. */
function isFirstUse(call: OauthCall, assertion: ClientAssertion, knownClient: boolean): Promise<boolean> {
  return call.context.spine.identity.firstUse({
    id: shortDigest(`${assertion.clientId}\n${assertion.jti}`),
    caller: call.messageId.slice(0, 13),
    remember: !assertion.tooFar,
    knownClient,
  });
}

async function wrongSignature(
  call: OauthCall,
  app: Application,
  assertion: ClientAssertion,
): Promise<OauthErrorId | null> {
  if (app.jwks === null && app.jwksUrl === null) return 'no_public_key';
  const { now, settings } = call.context;
  const local = settings.environment === 'local';
  const keySet = app.jwksUrl === null ? app.jwks : await keySetAt(app.jwksUrl, now, local);
  if (keySet === null) return 'jwks_unreachable';
  const key = keyOf(keySet, assertion.kid);
  if (key === null) return 'kid_unknown';
  return (await isSigned(assertion.token, key, ['RS512'])) ? null : 'signature';
}

/** The address that was called, without its query. */
const tokenAddress = ({ context, basePath }: OauthCall): string => `${context.origin}${basePath}/token`;
