/** POST /token: which of the four grants is asked for, in the order in which the live service decides it. */
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { ID_TOKEN_TYPE } from '../../domain/identity/subject-token.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import { fieldOf } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { refreshToken } from './refresh-token.ts';
import { tokenExchange } from './token-exchange.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export async function token(call: OauthCall): Promise<OauthResult> {
  const grantType = fieldOf(call, 'grant_type');
  // The subject token's type chooses the flow before the grant type is looked at.
  if (fieldOf(call, 'subject_token_type') === ID_TOKEN_TYPE) {
    return grantType === EXCHANGE ? tokenExchange(call) : oauthRefusal('te_grant_type');
  }
  switch (grantType) {
    case null:
      return oauthRefusal('grant_type_missing');
    case 'client_credentials':
      return clientCredentials(call);
    case 'authorization_code':
      return authorizationCode(call);
    case 'refresh_token':
      return refreshToken(call);
    case EXCHANGE:
      return oauthRefusal('te_subject_token_type');
    default:
      return oauthRefusal('grant_type_unsupported');
  }
}
