/** GET /authorize: sends the person on to the identity provider, and remembers what to come back with. */
import { audienceHas } from '../../domain/identity/jwt-parts.ts';
import type { IdentityProvider } from '../../domain/identity/identity-provider.ts';
import { SIGN_IN_MS } from '../../domain/identity/lifetimes.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { ProviderName } from '../../domain/identity/scopes.ts';
import { randomState, shortDigest } from './digests.ts';
import { application, provider } from './directory.ts';
import { fieldOf, redirect } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';

export const STATE_HOLDER = 'state';

/** What the callback needs to know again. */
export interface SignIn {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly clientState: string;
  readonly provider: ProviderName;
  readonly basePath: string;
  readonly mock: boolean;
}

const withQuery = (address: string, fields: Readonly<Record<string, string>>): string => {
  const url = new URL(address);
  for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value);
  // A blank as %20, as the live service writes it; a plus sign in a value is %2B already.
  url.search = url.search.replaceAll('+', '%20');
  return url.toString();
};

export const backToClient = (redirectUri: string, fields: Readonly<Record<string, string>>): OauthResult =>
  redirect(withQuery(redirectUri, fields));

export async function authorize(call: OauthCall): Promise<OauthResult> {
  const clientId = fieldOf(call, 'client_id');
  if (clientId === null) return oauthRefusal('client_missing');
  const app = await application(call.context, clientId);
  if (app === null) return oauthRefusal('az_client_invalid');
  if (app.status !== 'approved') return oauthRefusal('az_revoked');
  if (app.scopes.length === 0) return oauthRefusal('not_subscribed');
  const redirectUri = fieldOf(call, 'redirect_uri');
  if (redirectUri === null) return oauthRefusal('redirect_missing');
  if (!app.redirectUris.includes(redirectUri)) return oauthRefusal('redirect_invalid');
  const state = fieldOf(call, 'state');
  const back = (error: string, description: string) =>
    backToClient(redirectUri, { error, error_description: description, ...(state === null ? {} : { state }) });
  if (state === null) return back('invalid_request', 'state is missing');
  const type = fieldOf(call, 'response_type');
  if (type === null) return back('invalid_request', 'response_type is missing');
  if (type !== 'code') return back('unsupported_response_type', 'response_type is invalid');
  return toProvider(call, { clientId, redirectUri, clientState: state });
}

async function toProvider(
  call: OauthCall,
  asked: Pick<SignIn, 'clientId' | 'redirectUri' | 'clientState'>,
): Promise<OauthResult> {
  const { context, basePath } = call;
  const name: ProviderName = fieldOf(call, 'scope')?.split(' ').includes('nhs-login') ? 'nhs-login' : 'nhs-cis2';
  const trusted = await provider(context, name);
  const mock = call.mock || (isSandbox(call) && trusted?.authorizeEndpoint === undefined);
  if (trusted === null || (!mock && trusted.authorizeEndpoint === undefined)) return oauthRefusal('unavailable');
  const ours = randomState();
  const signIn: SignIn = { ...asked, provider: name, basePath, mock };
  await context.spine.identity.issueTicket({
    id: shortDigest(ours),
    holder: STATE_HOLDER,
    facts: JSON.stringify(signIn),
    until: context.now + SIGN_IN_MS,
  });
  return redirect(
    withQuery(mock ? `${context.origin}/mock-idp/${name}/authorize` : (trusted.authorizeEndpoint ?? ''), {
      response_type: 'code',
      client_id: trusted.clientId,
      redirect_uri: `${context.origin}${basePath}/callback`,
      scope: name === 'nhs-cis2' ? 'openid nationalrbacaccess' : 'openid profile',
      state: ours,
      max_age: '300',
      ...(name === 'nhs-cis2' ? { acr_values: fieldOf(call, 'acr_values') ?? 'AAL3_ANY' } : {}),
    }),
  );
}

/** Where the people are not real, and so may log in without being asked for a proof. */
export const isSandbox = ({ context: { settings } }: Pick<OauthCall, 'context'>): boolean =>
  settings.environment === 'local' || settings.environment === 'sandbox';

export const isForUs = (claims: Readonly<Record<string, unknown>>, trusted: IdentityProvider): boolean =>
  audienceHas(claims, trusted.clientId);
