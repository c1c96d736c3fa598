/** The ways into the patient flags: a worker with a role, or an application that sees only that a flag is there. */
import { refuse } from '../../domain/flags/refusals.ts';
import type { Grant } from '../grant.ts';
import type { WireRefusal } from '../service.ts';

export type AccessMode = 'open' | 'user-restricted' | 'application-restricted';

const PRODUCT = 'patient-flags-api';
const APP = `urn:nhsd:apim:app:level3:${PRODUCT}`;
const WORKER = new Set(
  ['user-nhs-id', 'user-nhs-cis2'].flatMap((way) =>
    ['aal2', 'aal3'].map((level) => `urn:nhsd:apim:${way}:${level}:${PRODUCT}`),
  ),
);

/** Null: a token for some other API. */
export function accessMode(grant: Grant): AccessMode | null {
  if (grant.open) return 'open';
  if (grant.scopes.some((scope) => WORKER.has(scope))) return 'user-restricted';
  return grant.scopes.includes(APP) ? 'application-restricted' : null;
}

export const STRANGER: WireRefusal = {
  kind: 'refused',
  code: 'unauthorised',
  diagnostics: 'Invalid Access Token',
  gateway: true,
};

/** An application without a user raises and removes nothing. */
export const forbiddenInMode = (mode: AccessMode, method: string): WireRefusal | null =>
  mode === 'application-restricted' && method !== 'GET'
    ? refuse('ACCESS_DENIED', 'Flags are changed by users with a role, not by applications')
    : null;

const ROLE_PROFILE = /^[0-9]{5,20}$/;

/** The role profile that acts: as told, or the only one there is. */
export function actingRole(mode: AccessMode, grant: Grant, told: string | null): WireRefusal | string | undefined {
  if (mode === 'application-restricted') return undefined;
  if (mode === 'open') return told !== null && ROLE_PROFILE.test(told) ? told : undefined;
  const { roles } = grant;
  const bad = refuse('INVALID_VALUE', "Invalid value in header 'NHSD-Session-URID'");
  if (told === null || told === '') return roles.length === 1 ? roles[0] : bad;
  return roles.includes(told) ? told : bad;
}
