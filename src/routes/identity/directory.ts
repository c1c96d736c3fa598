/** The registrations that the token service looks things up in. */
import { applicationKey } from '../../domain/identity/application.ts';
import type { Application } from '../../domain/identity/application.ts';
import { providerKey } from '../../domain/identity/identity-provider.ts';
import type { IdentityProvider } from '../../domain/identity/identity-provider.ts';
import { mockPatientKey } from '../../domain/identity/mock-patient.ts';
import type { MockPatient } from '../../domain/identity/mock-patient.ts';
import { RBAC_KEY } from '../../domain/identity/rbac.ts';
import type { RbacTable } from '../../domain/identity/rbac.ts';
import type { ProviderName } from '../../domain/identity/scopes.ts';
import { workerKey } from '../../domain/identity/worker.ts';
import type { Worker } from '../../domain/identity/worker.ts';
import type { RequestContext } from '../request-context.ts';
import { standingOf } from '../standing.ts';

/** Names in requests are bounded before they become keys. */
const NAME = /^[\x21-\x7e]{1,128}$/;

const look = async <T>(context: RequestContext, kind: string, key: string): Promise<T | null> =>
  standingOf(context.spine.identity).record<T>(kind, key, context.now);

export const application = async (context: RequestContext, clientId: string): Promise<Application | null> =>
  NAME.test(clientId) ? look(context, 'application', applicationKey(clientId)) : null;

export const provider = (context: RequestContext, name: ProviderName): Promise<IdentityProvider | null> =>
  look(context, 'identity-provider', providerKey(name));

export const worker = async (context: RequestContext, uid: string): Promise<Worker | null> =>
  NAME.test(uid) ? look(context, 'worker', workerKey(uid)) : null;

export const mockPatient = async (context: RequestContext, nhsNumber: string): Promise<MockPatient | null> =>
  NAME.test(nhsNumber) ? look(context, 'mock-patient', mockPatientKey(nhsNumber)) : null;

export const rbacTable = (context: RequestContext): Promise<RbacTable | null> => look(context, 'rbac-table', RBAC_KEY);

/** The provider with this issuer, or null. */
export async function providerOfIssuer(context: RequestContext, issuer: string): Promise<IdentityProvider | null> {
  for (const name of ['nhs-cis2', 'nhs-login'] as const) {
    const found = await provider(context, name);
    if (found !== null && found.issuer === issuer) return found;
  }
  return null;
}
