/** The signed JWT by which an application proves itself: every check that needs no key, in the order of the live service. */
import { has, isJwtType, jwtParts, textOf } from './jwt-parts.ts';
import type { Json } from './jwt-parts.ts';
import { oauthRefusal } from './oauth-errors.ts';
import type { OauthRefusal } from './oauth-errors.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Five minutes, and ten seconds for clocks that differ. */
const FARTHEST_EXPIRY_SECONDS = 310;
/** Ids in use are UUIDs; a longer one is not worth remembering for a month. */
export const JTI_CHARACTERS_MAX = 512;

export interface ClientAssertion {
  readonly token: string;
  readonly kid: string;
  readonly clientId: string;
  readonly jti: string;
  readonly claims: Json;
  /** True: to be refused after the look for a replay, without being remembered. */
  readonly tooFar: boolean;
}

export interface AssertionForm {
  readonly type: string | null;
  readonly assertion: string | null;
}

export function readAssertion(form: AssertionForm, now: number): ClientAssertion | OauthRefusal {
  if (form.type !== ASSERTION_TYPE) return oauthRefusal('assertion_type');
  if (form.assertion === null || form.assertion === '') return oauthRefusal('assertion_missing');
  const parts = jwtParts(form.assertion);
  if (parts === null) return oauthRefusal('assertion_malformed');
  const { header, claims } = parts;
  const seconds = now / 1000;
  if (header['alg'] !== 'RS512') return oauthRefusal('alg');
  if (has(claims, 'exp') && seconds > Number(claims['exp'])) return oauthRefusal('expired');
  const kid = textOf(header, 'kid');
  if (kid === null) return oauthRefusal('kid_missing');
  if (!isJwtType(header)) return oauthRefusal('typ');
  if (!has(claims, 'exp')) return oauthRefusal('exp_missing');
  const { exp } = claims;
  if (typeof exp !== 'number') return oauthRefusal('exp_type');
  const clientId = textOf(claims, 'sub');
  if (clientId === null || claims['iss'] !== clientId) return oauthRefusal('iss_sub');
  if (!has(claims, 'jti')) return oauthRefusal('jti_missing');
  const { jti } = claims;
  if (typeof jti !== 'string' || jti.length > JTI_CHARACTERS_MAX) return oauthRefusal('jti_type');
  if (jti === '') return oauthRefusal('jti_missing');
  return { token: form.assertion, kid, clientId, jti, claims, tooFar: exp - seconds > FARTHEST_EXPIRY_SECONDS };
}
