/** The logout token of CIS2: every check that needs no key, in the order of the live service. */
import { audienceHas, has, jwtParts, textOf } from './jwt-parts.ts';
import { oauthRefusal } from './oauth-errors.ts';
import type { OauthRefusal } from './oauth-errors.ts';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export interface LogoutToken {
  readonly token: string;
  readonly kid: string;
  readonly sid: string;
}

export interface Trusted {
  readonly issuer: string;
  readonly clientId: string;
}

export function readLogoutToken(token: string | null, trusted: Trusted): LogoutToken | OauthRefusal {
  const parts = token === null ? null : jwtParts(token);
  if (token === null || parts === null) return oauthRefusal('bl_malformed');
  const { header, claims } = parts;
  if (!audienceHas(claims, trusted.clientId)) return oauthRefusal('bl_aud');
  if (textOf(claims, 'iss')?.toLowerCase() !== trusted.issuer.toLowerCase()) return oauthRefusal('bl_iss');
  const sid = textOf(claims, 'sid');
  if (sid === null) return oauthRefusal('bl_sid');
  const { events } = claims;
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, LOGOUT_EVENT))
    return oauthRefusal('bl_events');
  if (has(claims, 'nonce')) return oauthRefusal('bl_nonce');
  return { token, kid: textOf(header, 'kid') ?? '', sid };
}
