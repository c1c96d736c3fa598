/** GET /callback: the way back from the identity provider; turns its code into ours. */
import { CODE_MS } from '../../domain/identity/lifetimes.ts';
import { jwtParts, textOf } from '../../domain/identity/jwt-parts.ts';
import type { Json } from '../../domain/identity/jwt-parts.ts';
import type { IdentityProvider } from '../../domain/identity/identity-provider.ts';
import { oauthRefusal } from '../../domain/identity/oauth-errors.ts';
import type { OauthRefusal } from '../../domain/identity/oauth-errors.ts';
import { codeHolder } from './authorization-code.ts';
import { backToClient, isForUs, STATE_HOLDER } from './authorize.ts';
import type { SignIn } from './authorize.ts';
import { randomName, shortDigest } from './digests.ts';
import { application, provider } from './directory.ts';
import { isSigned, keyOf } from './key-sets.ts';
import { prepareLogIn } from './log-in.ts';
import { MOCK_CODE_HOLDER } from './mock-idp.ts';
import { fieldOf } from './oauth-call.ts';
import type { OauthCall, OauthResult } from './oauth-call.ts';
import { providerTokens } from './provider-tokens.ts';

export async function callback(call: OauthCall): Promise<OauthResult> {
  const { identity } = call.context.spine;
  const state = fieldOf(call, 'state');
  const known =
    state === null
      ? null
      : await identity.useTicket({ id: shortDigest(state), holder: STATE_HOLDER, caller: call.messageId });
  const signIn = known === null ? null : (JSON.parse(known) as SignIn);
  if (signIn === null || signIn.basePath !== call.basePath) return oauthRefusal('cb_state');
  const code = fieldOf(call, 'code');
  if (code === null) return oauthRefusal('code_missing');
  const claims = signIn.mock ? await mockClaims(call, code) : await providerClaims(call, signIn, code);
  if ('kind' in claims) return claims;
  const app = await application(call.context, signIn.clientId);
  if (app === null || app.status !== 'approved') return oauthRefusal('az_revoked');
  const prepared = await prepareLogIn(call, app, {
    provider: signIn.provider,
    mock: signIn.mock,
    grantType: 'authorization_code',
    claims: claims.claims,
  });
  if ('kind' in prepared) return prepared;
  const ours = randomName(28);
  await identity.issueTicket({
    id: shortDigest(ours),
    holder: codeHolder(signIn.clientId, signIn.redirectUri),
    facts: JSON.stringify(prepared),
    until: call.context.now + CODE_MS,
  });
  return backToClient(signIn.redirectUri, { code: ours, state: signIn.clientState });
}

interface Claims {
  readonly claims: Json;
}

/** The mock provider is part of this Worker: its code leads straight to the claims. */
async function mockClaims(call: OauthCall, code: string): Promise<Claims | OauthRefusal> {
  const use = { id: shortDigest(code), holder: MOCK_CODE_HOLDER, caller: call.messageId };
  const claims = await call.context.spine.identity.useTicket(use);
  return claims === null ? oauthRefusal('code_invalid') : { claims: JSON.parse(claims) as Json };
}

async function providerClaims(call: OauthCall, signIn: SignIn, code: string): Promise<Claims | OauthRefusal> {
  const trusted = await provider(call.context, signIn.provider);
  const token = trusted === null ? null : await providerTokens(call, trusted, code);
  return trusted === null || token === null
    ? oauthRefusal('unavailable')
    : believedIdToken(trusted, token, call.context.now);
}

export async function believedIdToken(
  trusted: IdentityProvider,
  token: string,
  now: number,
): Promise<Claims | OauthRefusal> {
  const parts = jwtParts(token);
  if (parts === null || !isForUs(parts.claims, trusted)) return oauthRefusal('cb_aud');
  if (textOf(parts.claims, 'iss')?.toLowerCase() !== trusted.issuer.toLowerCase()) return oauthRefusal('cb_iss');
  const key = keyOf(trusted.jwks, textOf(parts.header, 'kid') ?? '');
  if (key === null) return oauthRefusal('cb_kid');
  if (!(await isSigned(token, key, ['RS256', 'RS512']))) return oauthRefusal('signature');
  const { exp } = parts.claims;
  return typeof exp === 'number' && now / 1000 <= exp ? { claims: parts.claims } : oauthRefusal('st_expired');
}
