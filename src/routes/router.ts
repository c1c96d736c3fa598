/** The URL space on one screen: which service answers below which base path, and the bounds that hold for all. */
import { IttyRouter } from 'itty-router';
import type { IRequest } from 'itty-router';
import { accessControl } from './access-control/service.ts';
import { audit } from './audit/service.ts';
import { counters } from './counters.ts';
import { MAX_QUERY_PARAMETERS, MAX_URL_CHARACTERS } from './limits.ts';
import { admittedGrant, noteAnswer } from './denials.ts';
import { doorCheck } from './identity/door-check.ts';
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
import type { IncomingRequest, RequestContext, Surroundings } from './request-context.ts';
import { json, respond, toResponse } from './respond.ts';
import type { Outgoing } from './respond.ts';
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
  doorCheck, // /care-identity/door
  audit, // /audit/v1
  accessControl, // /access-control/v1
];

/** For whoever must try them all. */
export const BASE_PATHS: readonly string[] = SERVICES.map(({ basePath }) => basePath);

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
  return toResponse(await answerTo(request, surroundings));
}

/** The way of every request, whatever it came by. */
export async function answerTo(request: IncomingRequest, surroundings: Surroundings): Promise<Outgoing> {
  const started = performance.now();
  const context = requestContext(request, surroundings);
  const response = await answer(context);
  counters.count(response.status, performance.now() - started);
  return response;
}

async function answer(context: RequestContext): Promise<Outgoing> {
  if (context.settings.fault !== null) return misconfigured(context);
  const { url } = context.request;
  if (isExcessive(url)) return unserved(context, 414, 'The address is too long');
  const match: Match | undefined = plainMatch(context) ?? (await router.fetch({ method: context.method, url }));
  if (match === undefined) return unserved(context, 404, 'Not found');
  const { gate } = context;
  if (gate === undefined || match.service.overloaded === undefined) return handled(context, match);
  const pass = gate.enter(context.method, url);
  if (pass === null) return match.service.overloaded(context, gate.retryAfterSeconds());
  try {
    if (!pass.reserved) return await handled(context, match);
    // Without a token nobody can be known as urgent: no need to look further.
    if (context.settings.access === 'enforced') return await handled({ ...context, reserved: true }, match);
    gate.refused();
    return match.service.overloaded(context, gate.retryAfterSeconds());
  } finally {
    pass.leave();
  }
}

async function handled(context: RequestContext, match: Match): Promise<Outgoing> {
  try {
    const response = await match.service.handle(context, { suffix: match.suffix, query: match.query });
    if (!context.trace.noted) await noteAnswer(context, { basePath: match.service.basePath, status: response.status });
    const grant = admittedGrant(context);
    if (grant !== undefined) await noteSweep(context, grant, response.status);
    return response;
  } catch (error) {
    const { requestId } = context;
    const reference = requestId !== null && isRequestId(requestId) ? requestId : crypto.randomUUID();
    logFailure(reference, error);
    if (!context.trace.noted) await noteAnswer(context, { basePath: match.service.basePath, status: 500 });
    return match.service.broken(context, reference);
  }
}

/** Addresses in which there is nothing to decode, to normalise or to take apart: nearly all. */
const PLAIN_ADDRESS = /^(?:\/[\w-]+)+$/;

const NO_QUERY: IRequest['query'] = {};

/** What the router finds for such an address, at a tenth of the cost; undefined for all others. */
function plainMatch({ origin, request: { url } }: RequestContext): Match | undefined {
  const path = url.slice(origin.length);
  if (!PLAIN_ADDRESS.test(path)) return undefined;
  for (const service of SERVICES) {
    const { basePath } = service;
    if (path.startsWith(basePath) && (path.length === basePath.length || path[basePath.length] === '/'))
      return { service, suffix: path.slice(basePath.length), query: NO_QUERY };
  }
  return undefined;
}

async function unserved(context: RequestContext, status: number, error: string): Promise<Outgoing> {
  await noteAnswer(context, { basePath: '/', status });
  return respond(context, json(status, { error }));
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

function misconfigured(context: RequestContext): Outgoing {
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
