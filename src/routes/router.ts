/** The URL space on one screen: which service answers below which base path, and the bounds that hold for all. */
import { IttyRouter } from 'itty-router';
import type { IRequest } from 'itty-router';
import { counters } from './counters.ts';
import { MAX_QUERY_PARAMETERS, MAX_URL_CHARACTERS } from './limits.ts';
import { admittedGrant, noteRefusal } from './denials.ts';
import { identityOperator } from './identity/load.ts';
import { mockIdp } from './identity/mock-idp.ts';
import { registrationAuthority } from './identity/registration-authority.ts';
import { oauth, oauthMock } from './identity/service.ts';
import { meshOperator } from './mesh/operator.ts';
import { eps } from './eps/service.ts';
import { mesh, meshBeside } from './mesh/service.ts';
import { clinicalTracker } from './eps/clinical-tracker.ts';
import { patientPrescriptions } from './eps/patient-prescriptions.ts';
import { statusUpdateServices } from './eps/status-update-service.ts';
import { prescriptionTrust } from './eps/trust-operator.ts';
import { flags } from './flags/service.ts';
import { operator } from './operator/service.ts';
import { pds } from './pds/service.ts';
import { noteSweep } from './sweeps.ts';
import { isRequestId, requestContext } from './request-context.ts';
import type { RequestContext, Surroundings } from './request-context.ts';
import { json, respond } from './respond.ts';
import { scr } from './scr/service.ts';
import type { Service } from './service.ts';

const SERVICES: readonly Service[] = [
  pds, // /personal-demographics/FHIR/R4
  mesh, // /messageexchange
  ...meshBeside, // /health /_status /_ping /healthcheck /admin /endpointlookup
  meshOperator, // /operator/mesh
  flags, // /patient-flags-api/FHIR/R4
  ...eps, // /electronic-prescriptions /fhir-prescribing /fhir-dispensing
  scr, // /summary-care-record/FHIR/R4
  clinicalTracker, // /clinical-prescription-tracker
  ...patientPrescriptions, // /prescriptions-for-patients /prescriptions-for-patients-v2
  ...statusUpdateServices, // /prescription-status-update /custom-prescription-status-update
  prescriptionTrust, // /operator/prescription-trust
  operator, // /operator
  oauth, // /oauth2
  oauthMock, // /oauth2-mock
  mockIdp, // /mock-idp
  registrationAuthority, // /care-identity/registration-authority/v1
  identityOperator, // /care-identity/operator
];

/** Who takes a request, and what of the address is left for it. */
interface Match {
  readonly service: Service;
  readonly suffix: string;
  readonly query: IRequest['query'];
}

const router = IttyRouter();
for (const service of SERVICES) {
  const matched = (routed: IRequest): Match => ({ service, suffix: suffixOf(routed), query: routed.query });
  router.all(`${service.basePath}/:rest+`, matched);
  router.all(service.basePath, matched);
}

function suffixOf(routed: IRequest): string {
  const rest: string | undefined = routed.params['rest'];
  return rest === undefined ? '' : `/${rest}`;
}

export async function route(request: Request, surroundings: Surroundings): Promise<Response> {
  const started = performance.now();
  const context = requestContext(request, surroundings);
  const response = await answer(context);
  counters.count(response.status, performance.now() - started);
  return response;
}

async function answer(context: RequestContext): Promise<Response> {
  if (context.settings.fault !== null) return misconfigured(context);
  const { url } = context.request;
  if (isExcessive(url)) return respond(context, json(414, { error: 'The address is too long' }));
  const match: Match | undefined = await router.fetch({ method: context.method, url });
  if (match === undefined) return respond(context, json(404, { error: 'Not found' }));
  try {
    const response = await match.service.handle(context, { suffix: match.suffix, query: match.query });
    if (response.status === 401 || response.status === 403)
      await noteRefusal(context, match.service.basePath, response.status);
    const grant = admittedGrant(context);
    if (grant !== undefined) await noteSweep(context, grant, response.status);
    return response;
  } catch (error) {
    const { requestId } = context;
    const reference = requestId !== null && isRequestId(requestId) ? requestId : crypto.randomUUID();
    logFailure(reference, error);
    return match.service.broken(context, reference);
  }
}

function isExcessive(url: string): boolean {
  if (url.length > MAX_URL_CHARACTERS) return true;
  let separators = 0;
  for (let at = url.indexOf('&'); at !== -1; at = url.indexOf('&', at + 1)) {
    if (++separators >= MAX_QUERY_PARAMETERS) return true;
  }
  return false;
}

/** The kind of failure and where: a message could quote a patient. */
function logFailure(reference: string, error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 5) : [];
  console.error(JSON.stringify({ level: 'error', event: 'request-failed', reference, error: name, at: stack }));
}

const announced = new WeakSet<object>();

function misconfigured(context: RequestContext): Response {
  const { settings } = context;
  if (!announced.has(settings)) {
    announced.add(settings);
    console.error(
      JSON.stringify({
        level: 'fatal',
        event: 'misconfigured',
        fault: settings.fault,
        effect: 'every request is refused',
      }),
    );
  }
  return respond(context, { ...json(503, { error: 'Service unavailable' }), retryAfterSeconds: 60 });
}
