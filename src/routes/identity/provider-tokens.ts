/** Exchanges the code of a real identity provider for its id token. */
import type { IdentityProvider } from '../../domain/identity/identity-provider.ts';
import { KEY_SET_TIMEOUT_MS, MAX_FORM_BYTES } from '../limits.ts';
import type { OauthCall } from './oauth-call.ts';
import { mayBeFetched } from './outside-address.ts';

/** Our secret at a provider is a secret of the Worker: PROVIDER_SECRETS, JSON by provider name. */
function secretAt(call: OauthCall, name: string): string {
  try {
    const secrets: unknown = JSON.parse(call.context.settings.providerSecrets);
    const secret: unknown = typeof secrets === 'object' && secrets !== null ? Reflect.get(secrets, name) : undefined;
    return typeof secret === 'string' ? secret : '';
  } catch {
    return '';
  }
}

/** Null where the provider does not answer as it should. */
export async function providerTokens(call: OauthCall, trusted: IdentityProvider, code: string): Promise<string | null> {
  const { origin, settings } = call.context;
  const address = trusted.tokenEndpoint ?? '';
  if (!mayBeFetched(address, settings.environment === 'local')) return null;
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: `${origin}${call.basePath}/callback`,
    client_id: trusted.clientId,
    client_secret: secretAt(call, trusted.name),
  });
  try {
    const init = { method: 'POST', body, redirect: 'manual' as const, signal: AbortSignal.timeout(KEY_SET_TIMEOUT_MS) };
    const response = await fetch(address, init);
    const text = response.ok ? await response.text() : '';
    if (text === '' || text.length > MAX_FORM_BYTES) return null;
    const answer: unknown = JSON.parse(text);
    const token: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id_token') : null;
    return typeof token === 'string' ? token : null;
  } catch {
    return null;
  }
}
