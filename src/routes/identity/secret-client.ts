/** A client that proves itself by its secret, as the code and refresh grants want it. */
import type { Application } from '../../domain/identity/application.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { sameSecret } from '../secrets.ts';
import { secretDigest } from './digests.ts';
import { application } from './directory.ts';
import { fieldOf } from './oauth-call.ts';
import type { OauthCall } from './oauth-call.ts';

export async function secretClient(call: OauthCall): Promise<Application | OauthRefusal> {
  const clientId = fieldOf(call, 'client_id');
  if (clientId === null) return oauthRefusal('client_missing');
  const app = await application(call.context, clientId);
  if (app === null || app.status !== 'approved') return oauthRefusal('client_invalid');
  if (app.scopes.length === 0) return oauthRefusal('not_subscribed');
  const secret = fieldOf(call, 'client_secret');
  if (secret === null) return oauthRefusal('secret_missing');
  return sameSecret(secretDigest(clientId, secret), app.secretDigest ?? '') ? app : oauthRefusal('client_invalid');
}
