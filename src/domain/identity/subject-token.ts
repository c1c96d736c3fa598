/** The id token of a log-in that happened elsewhere: every check that needs no key, in the order of the live service. */
import { has, isJwtType, jwtParts, textOf } from './jwt-parts.ts';
import type { Json } from './jwt-parts.ts';
import { oauthRefusal } from './oauth-errors.ts';
import type { OauthErrorId, OauthRefusal } from './oauth-errors.ts';

export const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token';

export interface SubjectToken {
  readonly token: string;
  readonly kid: string;
  readonly issuer: string;
  readonly claims: Json;
}

export function readSubjectToken(token: string | null, now: number): SubjectToken | OauthRefusal {
  if (token === null || token === '') return oauthRefusal('st_missing');
  const parts = jwtParts(token);
  if (parts === null) return oauthRefusal('st_malformed');
  const { header, claims } = parts;
  const kid = textOf(header, 'kid');
  if (kid === null) return oauthRefusal('st_kid');
  if (!isJwtType(header)) return oauthRefusal('st_typ');
  if (textOf(header, 'alg') === null) return oauthRefusal('st_alg');
  if (!has(claims, 'exp')) return oauthRefusal('st_exp_missing');
  const { exp } = claims;
  if (typeof exp !== 'number') return oauthRefusal('st_exp_type');
  if (now / 1000 > exp) return oauthRefusal('st_expired');
  const issuer = textOf(claims, 'iss');
  if (issuer === null) return oauthRefusal('st_iss_missing');
  if (!has(claims, 'aud')) return oauthRefusal('st_aud_missing');
  return { token, kid, issuer, claims };
}

/** Who acts for a patient by proxy, told by a token inside the token. */
export interface ActingToken {
  readonly token: string;
  readonly kid: string;
  readonly nhsNumber: string;
  readonly expires: number;
}

const ACTING_CHECKS: readonly (readonly [OauthErrorId, (header: Json, claims: Json) => boolean])[] = [
  ['act_kid', (header) => textOf(header, 'kid') !== null],
  ['act_typ', isJwtType],
  ['act_alg', (header) => textOf(header, 'alg') !== null],
  ['act_exp_missing', (_header, claims) => has(claims, 'exp')],
  ['act_exp_type', (_header, claims) => typeof claims['exp'] === 'number'],
  ['act_iss', (_header, claims) => textOf(claims, 'iss') !== null],
  ['act_aud', (_header, claims) => has(claims, 'aud')],
  ['act_nhs_number', (_header, claims) => textOf(claims, 'nhs_number') !== null],
];

/** Null where nobody acts for the patient, or the actor is named by something else than a token. */
export function readActingToken(claims: Json): ActingToken | OauthRefusal | null {
  const { act } = claims;
  if (typeof act !== 'object' || act === null || Array.isArray(act)) return null;
  const token = textOf(act as Json, 'sub');
  const parts = token === null ? null : jwtParts(token);
  if (token === null || parts === null) return null;
  const failed = ACTING_CHECKS.find(([, passes]) => !passes(parts.header, parts.claims));
  if (failed !== undefined) return oauthRefusal(failed[0]);
  const kid = textOf(parts.header, 'kid') ?? '';
  return { token, kid, nhsNumber: textOf(parts.claims, 'nhs_number') ?? '', expires: Number(parts.claims['exp']) };
}
