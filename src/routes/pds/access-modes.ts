/** The four ways into PDS: which scopes lead to which mode, and what each mode may not do. */
import type { Agent } from '../../engine/record-kind.ts';
import type { Grant } from '../grant.ts';
import type { WireRefusal } from '../service.ts';
import type { Query } from '../service.ts';
import type { Target } from './targets.ts';

export type AccessMode =
  | 'open'
  | 'user-restricted'
  | 'application-restricted'
  | 'privileged-application-restricted'
  | 'patient-access';

export interface Access {
  readonly kind: 'access';
  readonly mode: AccessMode;
  /** A user with several roles must say which one is acting. */
  readonly needsRole: boolean;
}

/** A patient whose identity was not proven far enough for any of this. */
type Unproven = { readonly kind: 'unproven' };
/** A token for some other API. */
type Stranger = { readonly kind: 'stranger' };

const PRODUCT = 'personal-demographics-service';
const APP = `urn:nhsd:apim:app:level3:${PRODUCT}`;
const PRIVILEGED = `urn:nhsd:apim:app:level3:privileged-${PRODUCT}`;
const WORKER = new Set([
  `urn:nhsd:apim:user-nhs-id:aal3:${PRODUCT}`,
  `urn:nhsd:apim:user-nhs-cis2:aal2:${PRODUCT}`,
  `urn:nhsd:apim:user-nhs-cis2:aal3:${PRODUCT}`,
  `${PRODUCT}:USER-RESTRICTED`,
]);
const PATIENT = `urn:nhsd:apim:user-nhs-login:P9:${PRODUCT}`;
const UNPROVEN = new Set([`urn:nhsd:apim:user-nhs-login:P5:${PRODUCT}`, `urn:nhsd:apim:user-nhs-login:P0:${PRODUCT}`]);

/** An app with this attribute in its registration may act as a worker would, without a user. */
const APP_MAY_UPDATE = 'pds.app-restricted.update';

const OPEN: Access = { kind: 'access', mode: 'open', needsRole: false };

/** Least privilege first in the reading, last in the precedence: privileged wins over all, an unproven patient over the rest. */
export function accessOf(grant: Grant): Access | Unproven | Stranger {
  if (grant.open) return OPEN;
  const { scopes } = grant;
  if (scopes.some((scope) => UNPROVEN.has(scope))) return { kind: 'unproven' };
  if (scopes.includes(PRIVILEGED))
    return { kind: 'access', mode: 'privileged-application-restricted', needsRole: false };
  if (scopes.includes(PATIENT)) return { kind: 'access', mode: 'patient-access', needsRole: false };
  if (scopes.some((scope) => WORKER.has(scope))) return { kind: 'access', mode: 'user-restricted', needsRole: true };
  if (!scopes.includes(APP)) return { kind: 'stranger' };
  const mode = grant.app.attributes[APP_MAY_UPDATE] === 'true' ? 'user-restricted' : 'application-restricted';
  return { kind: 'access', mode, needsRole: false };
}

export const PATIENT_REFUSED: WireRefusal = { kind: 'refused', code: 'PATIENT_ACCESS_DENIED', gateway: true };

const invalidMethod = (verb: 'create' | 'update', mode: AccessMode): WireRefusal => ({
  kind: 'refused',
  code: 'INVALID_METHOD',
  display: `Cannot ${verb} resource with ${mode} access token`,
  diagnostics: 'Your app has insufficient permissions to use this method. Please contact support.',
  gateway: true,
});

const coverageRefused = (method: string, mode: AccessMode): WireRefusal => ({
  kind: 'refused',
  code: 'ACCESS_DENIED',
  display: `Cannot ${method} resource with ${mode} access token`,
  diagnostics: 'Your app has insufficient permissions to use this operation. Please contact support.',
  gateway: true,
});

const oneResultOnly = (mode: AccessMode): WireRefusal => ({
  kind: 'refused',
  code: 'one-result-only',
  display: `Cannot retrieve more than one result with ${mode} access token`,
  diagnostics: 'Your app has insufficient permissions to perform this search. Please contact support.',
  gateway: true,
});

export const BAD_COVERAGE_SEARCH: WireRefusal = {
  kind: 'refused',
  code: 'INVALID_SEARCH_DATA',
  diagnostics:
    "Invalid search data provided - 'Coverage search request must follow the format /Coverage?subscriber:identifier=NHS_NUMBER'",
  gateway: true,
};

/** The one NHS number of a Coverage search, or null where the search has another form. */
export function coverageSubscriber(query: Query): string | null {
  const names = Object.keys(query);
  const value = query['subscriber:identifier'];
  return names.length === 1 && typeof value === 'string' ? value : null;
}

export interface Wish {
  readonly method: string;
  readonly target: Target;
  readonly query: Query;
}

/** What the mode forbids before anything of the request itself is looked at; null: nothing. */
export function forbiddenInMode(mode: AccessMode, wish: Wish, grant: Grant): WireRefusal | null {
  switch (mode) {
    case 'open':
      return badCoverageSearch(wish);
    case 'user-restricted':
      return wish.target.name === 'coverage' ? coverageRefused(wish.method, mode) : null;
    case 'application-restricted':
    case 'privileged-application-restricted':
      return forbiddenToApps(mode, wish);
    case 'patient-access':
      return forbiddenToPatients(mode, wish, grant);
  }
}

const badCoverageSearch = ({ method, target, query }: Wish): WireRefusal | null =>
  target.name === 'coverage' && method === 'GET' && coverageSubscriber(query) === null ? BAD_COVERAGE_SEARCH : null;

function forbiddenToApps(mode: AccessMode, { method, target, query }: Wish): WireRefusal | null {
  // Each entry is asked about on its own.
  if (target.name === 'bundle') return null;
  if (target.name === 'coverage') return coverageRefused(method, mode);
  if (method === 'PATCH') return invalidMethod('update', mode);
  if (method === 'POST') return invalidMethod('create', mode);
  const asked = query['_max-results'];
  const searches = method === 'GET' && target.name === 'patients';
  return searches && asked !== undefined && asked !== '1' ? oneResultOnly(mode) : null;
}

/** Levels of trust that are good enough for a patient's own record. */
const TRUSTED = new Set(['P9.Cp.Cd', 'P9.Cp.Ck', 'P9.Cm']);

function forbiddenToPatients(mode: AccessMode, wish: Wish, grant: Grant): WireRefusal | null {
  const { method, target, query } = wish;
  const own = grant.nhsNumber;
  if (own === undefined || grant.vot === undefined || !TRUSTED.has(grant.vot)) return PATIENT_REFUSED;
  if (target.name === 'bundle') return null;
  if (method === 'POST' && target.name !== 'coverage') return invalidMethod('create', mode);
  if (target.name === 'coverage') {
    if (method === 'POST') return null;
    const subscriber = coverageSubscriber(query);
    if (subscriber === null) return BAD_COVERAGE_SEARCH;
    return subscriber === own ? null : PATIENT_REFUSED;
  }
  return 'id' in target && target.id === own ? null : PATIENT_REFUSED;
}

const URID_GUIDANCE =
  'Refer to the guidance for this header in our API Specification https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir';

const badRole = (value: string): WireRefusal => ({
  kind: 'refused',
  code: 'INVALID_VALUE',
  diagnostics: `Invalid value - '${value.slice(0, 64)}' in header 'NHSD-Session-URID'. ${URID_GUIDANCE}`,
  gateway: true,
});

/** The role profile that acts: as told, or the only one there is. */
export function actingRole(access: Access, grant: Grant, told: string | null): WireRefusal | string | undefined {
  if (!access.needsRole) return undefined;
  const { roles } = grant;
  if (told === null || told === '') return roles.length > 1 ? badRole('') : roles[0];
  return roles.includes(told) ? told : badRole(told);
}

/** Who acts, for the journal and for the rules. */
export function agentOf(access: Access, grant: Grant, who: { role?: string; organization?: string }): Agent {
  const { organization, role } = who;
  return {
    client: grant.app.id,
    mode: access.mode,
    rights: rightsOf(grant),
    ...(grant.user === undefined ? {} : { user: grant.user }),
    ...(role === undefined ? {} : { role }),
    ...(grant.authentication === undefined ? {} : { authentication: grant.authentication }),
    ...(grant.actor === undefined ? {} : { actor: grant.actor }),
    ...(organization === undefined ? {} : { organization }),
    ...(access.mode === 'patient-access' && grant.nhsNumber !== undefined ? { subject: grant.nhsNumber } : {}),
  };
}

const NO_RIGHTS: readonly string[] = [];
const rights = new WeakMap<Grant, readonly string[]>();

/** Names of the attributes that the app's registration sets to true; worked out once per token. */
function rightsOf(grant: Grant): readonly string[] {
  if (grant.open) return NO_RIGHTS;
  let known = rights.get(grant);
  if (known === undefined) {
    known = Object.entries(grant.app.attributes)
      .filter(([, value]) => value === 'true')
      .map(([name]) => name);
    rights.set(grant, known);
  }
  return known;
}
