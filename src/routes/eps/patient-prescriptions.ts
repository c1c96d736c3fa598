/** PfP: patients, logged in by NHS login, look at their own prescriptions. */
import { STATUS_UPDATES } from '../../domain/eps/status-updates.ts';
import type { StatusUpdates } from '../../domain/eps/status-updates.ts';
import { patientBundle } from '../../domain/eps/tracker/patient-view.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import type { Grant } from '../grant.ts';
import { pingPage, statusPage } from '../platform-pages.ts';
import { isRefused } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { refused } from './refusal-table.ts';
import { byPatient } from './tracked.ts';
import type { Looking } from './tracked.ts';

const USER = /^P9:(\d{10})$/;

async function handle(context: RequestContext, { suffix }: Routed): Promise<Outgoing> {
  if (context.method === 'GET' && suffix === '/_ping') return pingPage(context);
  if (context.method === 'GET' && (suffix === '/_status' || suffix === '/_healthcheck')) return statusPage(context);
  const path = suffix.replace(/^\/FHIR\/R4/, '');
  if (context.method !== 'GET' || path !== '/Bundle') return refused(context, { kind: 'refused', code: 'not-found' });
  const grant = await admit(context);
  if (isRefused(grant)) return refused(context, grant);
  const nhsNumber = patientIn(context, grant);
  if (nhsNumber === null) return respond(context, denied());
  if (!isNhsNumber(nhsNumber)) return refused(context, { kind: 'refused', code: 'INVALID_RESOURCE_ID' });
  const agent = auditedAgent(context, grant, { mode: grant.open ? 'open' : 'patient' });
  const answer = await show({ context, agent, requestId: context.requestId ?? '' }, nhsNumber);
  return 'kind' in answer ? refused(context, answer) : respond(context, answer);
}

/** What the gateway in front of the live service tells in headers, a token of ours tells itself. Null: nobody with P9. */
function patientIn({ request: { headers } }: RequestContext, grant: Grant): string | null {
  if (!grant.open) return grant.nhsNumber !== undefined && /P9/.test(grant.vot ?? '') ? grant.nhsNumber : null;
  const delegated = headers.get('x-nhsd-delegated-access') === 'true';
  if (delegated) return headers.get('x-nhsd-subject-nhs-number') ?? '';
  const user = headers.get('nhsd-nhslogin-user');
  return user === null ? null : (USER.exec(user)?.[1] ?? '');
}

const denied = (): Answer => {
  const coding = {
    system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode',
    version: '1',
    code: 'ACCESS_DENIED',
    display: 'Invalid access token',
  };
  const issue = [{ severity: 'error', code: 'forbidden', details: { coding: [coding] } }];
  return { status: 401, body: JSON.stringify({ resourceType: 'OperationOutcome', issue }), contentType: FHIR_JSON };
};

async function show(looking: Looking, nhsNumber: string) {
  const [found, updates] = await Promise.all([byPatient(looking, nhsNumber), updatesOf(looking, nhsNumber)]);
  if (isRefused(found)) return found;
  const { now } = looking.context;
  const body = patientBundle({ found: found.shown, updates, now, newId: () => crypto.randomUUID() });
  return { status: 200, body: JSON.stringify(body), contentType: FHIR_JSON };
}

async function updatesOf({ agent, context, requestId }: Looking, nhsNumber: string): Promise<StatusUpdates | null> {
  const query = { name: 'get-status-updates' };
  const options = { agent, requestId, purpose: 'access' } as const;
  const outcome = await context.spine.patients.read(STATUS_UPDATES, nhsNumber, query, options);
  return outcome.kind === 'replied' ? (JSON.parse(outcome.body) as StatusUpdates) : null;
}

const serviceAt = (basePath: string): Service => ({
  basePath,
  handle,
  broken: (context, reference) =>
    refused(context, { kind: 'refused', code: 'unknown-error', diagnostics: `Reference ${reference}` }),
});

export const patientPrescriptions: readonly Service[] = [
  serviceAt('/prescriptions-for-patients'),
  serviceAt('/prescriptions-for-patients-v2'),
];
