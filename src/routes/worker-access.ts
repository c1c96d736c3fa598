/** The two ways into a service for workers: a worker with a role, or an application that may do less. */
import type { Grant } from './grant.ts';
import type { WireRefusal } from './service.ts';

export type AccessMode = 'open' | 'user-restricted' | 'application-restricted';

/** How a grant enters the product, by its scopes; null: a token for some other API. */
export function accessModes(product: string): (grant: Grant) => AccessMode | null {
  const application = `urn:nhsd:apim:app:level3:${product}`;
  const worker = new Set(
    ['user-nhs-id', 'user-nhs-cis2'].flatMap((way) =>
      ['aal2', 'aal3'].map((level) => `urn:nhsd:apim:${way}:${level}:${product}`),
    ),
  );
  return (grant) => {
    if (grant.open) return 'open';
    if (grant.scopes.some((scope) => worker.has(scope))) return 'user-restricted';
    return grant.scopes.includes(application) ? 'application-restricted' : null;
  };
}

export const STRANGER: WireRefusal = {
  kind: 'refused',
  code: 'unauthorised',
  diagnostics: 'Invalid Access Token',
  gateway: true,
};

const ROLE_PROFILE = /^[0-9]{5,20}$/;

/** The role profile that acts: as told, or the only one there is; undefined where none is needed; null: none of the token's. */
export function actingRole(mode: AccessMode, grant: Grant, told: string | null): string | undefined | null {
  if (mode === 'application-restricted') return undefined;
  if (mode === 'open') return told !== null && ROLE_PROFILE.test(told) ? told : undefined;
  const { roles } = grant;
  if (told === null || told === '') return roles.length === 1 ? roles[0] : null;
  return roles.includes(told) ? told : null;
}
