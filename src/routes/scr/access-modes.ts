/** The two ways into the summary care record: a worker with a role, or an application that may do little. */
import type { Grant } from '../grant.ts';
import type { WireRefusal } from '../service.ts';

export type AccessMode = 'open' | 'user-restricted' | 'application-restricted';

const PRODUCT = 'summary-care-record';
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

const FOR_APPLICATIONS = new Set(['GET /DocumentReference', 'GET /Bundle', 'POST /Bundle']);

/** What an application without a user may not do. */
export function forbiddenInMode(mode: AccessMode, method: string, path: string): WireRefusal | null {
  if (mode !== 'application-restricted' || FOR_APPLICATIONS.has(`${method} ${path}`)) return null;
  if (method === 'GET' || method === 'POST') return STRANGER;
  return {
    kind: 'refused',
    code: 'INVALID_METHOD',
    diagnostics: 'Your app has insufficient permissions to use this method. Please contact support.',
    gateway: true,
  };
}

const BAD_ROLE: WireRefusal = {
  kind: 'refused',
  code: 'INVALID_VALUE',
  diagnostics: "Invalid value in header 'NHSD-Session-URID'",
  gateway: true,
};

const ROLE_PROFILE = /^[0-9]{5,20}$/;

/** The role profile that acts: as told, or the only one there is; undefined where none is needed and none is told. */
export function actingRole(mode: AccessMode, grant: Grant, told: string | null): WireRefusal | string | undefined {
  if (mode === 'application-restricted') return undefined;
  if (mode === 'open') return told !== null && ROLE_PROFILE.test(told) ? told : undefined;
  const { roles } = grant;
  if (told === null || told === '') return roles.length === 1 ? roles[0] : BAD_ROLE;
  return roles.includes(told) ? told : BAD_ROLE;
}
