/** Token exchange: an app that logged its user in itself brings the id token and gets an access token for it. */
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { readActingToken, readSubjectToken } from '../../domain/identity/subject-token.ts';
import type { SubjectToken } from '../../domain/identity/subject-token.ts';
import type { IdentityProvider } from '../../domain/identity/identity-provider.ts';
import { providerOfIssuer } from './directory.ts';
import { isSigned, keyOf } from './key-sets.ts';
import { openSession, prepareLogIn } from './log-in.ts';
import { fieldOf, tokenAnswer } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { provenClient } from './proven-client.ts';

const ISSUED_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

export async function tokenExchange(call: OauthCall): Promise<OauthResult> {
  const app = await provenClient(call);
  if ('kind' in app) return app;
  const subject = readSubjectToken(fieldOf(call, 'subject_token'), call.context.now);
  if ('kind' in subject) return subject;
  const provider = await providerOfIssuer(call.context, subject.issuer);
  if (provider === null) return oauthRefusal('st_iss_unknown');
  const wrong = await wrongSubject(provider, subject);
  if (wrong !== null) return wrong;
  const actor = provider.name === 'nhs-login' ? await actorOf(call, provider, subject) : null;
  if (actor !== null && typeof actor === 'object') return actor;
  const prepared = await prepareLogIn(call, app, {
    provider: provider.name,
    mock: false,
    grantType: 'token_exchange',
    claims: subject.claims,
    ...(actor === null ? {} : { actor }),
  });
  if ('kind' in prepared) return prepared;
  const tokens = await openSession(call, prepared);
  return 'kind' in tokens ? tokens : tokenAnswer({ ...tokens, issued_token_type: ISSUED_TYPE });
}

/** RS256 and RS512 alone: what else the header asks for, no key of the provider answers to. */
async function wrongSubject(provider: IdentityProvider, subject: SubjectToken): Promise<OauthRefusal | null> {
  const key = keyOf(provider.jwks, subject.kid);
  if (key === null) return oauthRefusal('st_kid_unknown');
  return (await isSigned(subject.token, key, ['RS256', 'RS512'])) ? null : oauthRefusal('signature');
}

/** The proxy who acts for the patient, believed only with a signature of the same provider. */
async function actorOf(
  call: OauthCall,
  provider: IdentityProvider,
  subject: SubjectToken,
): Promise<string | OauthRefusal | null> {
  const acting = readActingToken(subject.claims);
  if (acting === null || 'id' in acting) return acting;
  const key = keyOf(provider.jwks, acting.kid);
  const signed = key !== null && (await isSigned(acting.token, key, ['RS256', 'RS512']));
  return signed && call.context.now / 1000 <= acting.expires ? acting.nhsNumber : oauthRefusal('signature');
}
