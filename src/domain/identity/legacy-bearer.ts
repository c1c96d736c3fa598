/**
 * The unsigned token of the older Spine FHIR APIs: claims about who asks, believed because the closed network vouches for
 * the sender. Whether it does is the caller's matter; here is only what such a token must say.
 */
import { jwtParts, textOf } from './jwt-parts.ts';
import type { Json } from './jwt-parts.ts';

/** `system|value`, as the claims write identifiers. */
export interface LegacyIdentifier {
  readonly system: string;
  readonly value: string;
}

export interface LegacyBearer {
  readonly reason: 'directcare' | 'secondaryuses' | 'patientaccess';
  /** For example patient/Subscription.read */
  readonly scope: string;
  readonly system: LegacyIdentifier;
  readonly organization: LegacyIdentifier;
  readonly user: LegacyIdentifier | null;
  readonly patient: LegacyIdentifier | null;
}

/** The live life of such a token; clocks may differ by half a minute. */
const LIFE_SECONDS = 300;
const LEEWAY_SECONDS = 30;

const SCOPE = /^(patient|organization|user)\/(\*|[A-Za-z]+)\.(read|write|\*)$/;

function identifierIn(claims: Json, name: string): LegacyIdentifier | null {
  const text = textOf(claims, name) ?? '';
  const bar = text.lastIndexOf('|');
  const system = text.slice(0, bar);
  const value = text.slice(bar + 1);
  return bar < 1 || !/^[\x21-\x7e]{1,64}$/.test(value) ? null : { system, value };
}

const reasonIn = (claims: Json): LegacyBearer['reason'] | null => {
  const reason = textOf(claims, 'reason_for_request');
  return reason === 'directcare' || reason === 'secondaryuses' || reason === 'patientaccess' ? reason : null;
};

/** Null for everything that is not exactly such a token: a signed one belongs at the other door. */
export function readLegacyBearer(
  token: string,
  expected: { readonly audience: string; readonly now: number },
): LegacyBearer | null {
  const parts = jwtParts(token);
  if (parts === null || parts.header['alg'] !== 'none' || !token.endsWith('.')) return null;
  const { claims } = parts;
  const { iat, exp, aud } = claims;
  const seconds = expected.now / 1000;
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp !== iat + LIFE_SECONDS) return null;
  if (seconds > exp + LEEWAY_SECONDS || seconds < iat - LEEWAY_SECONDS) return null;
  if (aud !== expected.audience || textOf(claims, 'iss') === null || textOf(claims, 'sub') === null) return null;
  const reason = reasonIn(claims);
  const scope = textOf(claims, 'scope') ?? '';
  const system = identifierIn(claims, 'requesting_system');
  const organization = identifierIn(claims, 'requesting_organization');
  const user = identifierIn(claims, 'requesting_user');
  const patient = identifierIn(claims, 'requesting_patient');
  if (reason === null || !SCOPE.test(scope) || system === null || organization === null) return null;
  if (reason === 'directcare' && user === null) return null;
  if (reason === 'patientaccess' && patient === null) return null;
  return { reason, scope, system, organization, user, patient };
}
