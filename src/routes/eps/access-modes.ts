/** Who may do what: scopes of the three APIs to the three roles, for users and for applications alone. */
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import type { Grant } from '../grant.ts';
import type { WireRefusal } from '../service.ts';

export type EpsRole = 'prescribing' | 'dispensing' | 'tracker';

export type AccessMode = 'open' | 'user-restricted' | 'application-restricted';

const WAYS = ['user-nhs-id:aal3', 'user-nhs-cis2:aal3', 'user-nhs-id:aal2', 'user-nhs-cis2:aal2'];

const userScopes = (product: string): readonly string[] => WAYS.map((way) => `urn:nhsd:apim:${way}:${product}`);
const appScope = (product: string): string => `urn:nhsd:apim:app:level3:${product}`;

/** The older API has a scope for each role; of the newer ones each is a role. */
const PRODUCTS: Readonly<Record<EpsRole, readonly string[]>> = {
  prescribing: ['electronic-prescription-service-api:prescribing', 'fhir-prescribing'],
  dispensing: ['electronic-prescription-service-api:dispensing', 'fhir-dispensing'],
  tracker: ['electronic-prescription-service-api:tracker'],
};

const byRole = (scopes: (product: string) => readonly string[]): Readonly<Record<EpsRole, ReadonlySet<string>>> => ({
  prescribing: new Set(PRODUCTS.prescribing.flatMap(scopes)),
  dispensing: new Set(PRODUCTS.dispensing.flatMap(scopes)),
  tracker: new Set(PRODUCTS.tracker.flatMap(scopes)),
});

const USER = byRole(userScopes);
const APP = byRole((product) => [appScope(product)]);
const ROLES = ['prescribing', 'dispensing', 'tracker'] as const;

/** Null: a token for some other API. */
export function accessMode(grant: Grant): AccessMode | null {
  if (grant.open) return 'open';
  const holds = (table: typeof USER) => ROLES.some((role) => grant.scopes.some((scope) => table[role].has(scope)));
  if (holds(USER)) return 'user-restricted';
  return holds(APP) ? 'application-restricted' : null;
}

const FEATURE: Readonly<Record<EpsRole, string>> = {
  prescribing: 'Prescribing',
  dispensing: 'Dispensing',
  tracker: 'Tracker',
};

export const disabledIssue = (role: EpsRole): MessageIssue => ({
  severity: 'fatal',
  code: 'not-supported',
  diagnostics: `${FEATURE[role]} functionality is disabled.`,
});

const forbidden = (diagnostics: string): MessageIssue => ({ severity: 'fatal', code: 'forbidden', diagnostics });

/** Null: permitted. `unattended`: also for an application without a user. */
export function roleIssue(grant: Grant, role: EpsRole, unattended = false): MessageIssue | null {
  const has = (table: typeof USER) => grant.scopes.some((scope) => table[role].has(scope));
  if (grant.open || has(USER)) return null;
  if (!has(APP))
    return forbidden(`Your app does not have permission to access ${FEATURE[role].toLowerCase()} functionality.`);
  if (unattended) return null;
  return forbidden(`${FEATURE[role]} functionality can only be accessed using the user-restricted access mode.`);
}

export const STRANGER: WireRefusal = {
  kind: 'refused',
  code: 'unauthorised',
  diagnostics: 'Invalid access token',
  gateway: true,
};

const ROLE_PROFILE = /^[0-9]{5,20}$/;

/** The role profile that acts. None is asked for; one that the user does not have is refused. */
export function actingRole(mode: AccessMode, grant: Grant, told: string | null): WireRefusal | string | undefined {
  if (mode === 'application-restricted') return undefined;
  if (told === null || told === '') return grant.roles.length === 1 ? grant.roles[0] : undefined;
  if (mode === 'open') return ROLE_PROFILE.test(told) ? told : undefined;
  if (grant.roles.includes(told)) return told;
  const shown = told.slice(0, 64);
  return {
    kind: 'refused',
    code: 'INVALID_VALUE',
    diagnostics: `Invalid value - '${shown}' in header 'NHSD-Session-URID'`,
    gateway: true,
  };
}
