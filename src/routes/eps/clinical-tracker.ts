/** CPT: what clinicians see of prescriptions, as a list and one by one. */
import { groupDetail } from '../../domain/eps/tracker/request-group-detail.ts';
import { searchGroups } from '../../domain/eps/tracker/request-groups.ts';
import type { Shown } from '../../domain/eps/tracker/request-groups.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { isPrescriptionId, isPrescriptionIdForm } from '../../nhs/prescription-id.ts';
import { admit } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import { pingPage, statusPage } from '../platform-pages.ts';
import { isRefused } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query, Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER } from './access-modes.ts';
import { byPatient, byPrescription } from './tracked.ts';
import type { Looking } from './tracked.ts';

const HTTP = 'https://fhir.nhs.uk/CodeSystem/http-error-codes';
const SCOPE = /:(?:eps-)?clinical-prescription-tracker(?:-api)?$/;
const HEADERS = ['x-request-id', 'nhsd-organization-uuid', 'nhsd-session-urid', 'nhsd-session-jobrole'];
const YEARS_BACK = 2;

const FORMS = {
  400: { code: 'value', coding: 'BAD_REQUEST', display: '400: The Server was unable to process the request.' },
  401: {
    code: 'forbidden',
    coding: 'UNAUTHORIZED',
    display: '401: The Server deemed you unauthorized to make this request.',
  },
  404: {
    code: 'not-found',
    coding: 'NOT_FOUND',
    display: '404: The Server was unable to find the specified resource.',
  },
  408: { code: 'timeout', coding: 'TIMEOUT', display: '408: The server has timed out whilst processing the request.' },
  500: {
    code: 'exception',
    coding: 'SERVER_ERROR',
    display: '500: The Server has encountered an error processing the request.',
  },
} as const;

function told(status: keyof typeof FORMS, texts: readonly string[], now: number): Answer {
  const { code, coding, display } = FORMS[status];
  const details = { coding: [{ system: HTTP, code: coding, display }] };
  const severity = status === 500 ? 'fatal' : 'error';
  const issue = texts.map((diagnostics) => ({ code, severity, diagnostics, details }));
  const meta = { lastUpdated: new Date(now).toISOString() };
  return { status, body: JSON.stringify({ resourceType: 'OperationOutcome', meta, issue }), contentType: FHIR_JSON };
}

/** Too late is told as such; whatever else keeps the answer back is not the client's matter. */
const failed = ({ code }: WireRefusal, now: number): Answer =>
  code === 'timeout' ? told(408, ['Timeout.'], now) : told(500, ['Unknown error.'], now);

const found = (bundle: object): Answer => ({ status: 200, body: JSON.stringify(bundle), contentType: FHIR_JSON });

async function handle(context: RequestContext, { query, suffix }: Routed): Promise<Outgoing> {
  if (context.method === 'GET' && suffix === '/_ping') return pingPage(context);
  if (context.method === 'GET' && (suffix === '/_status' || suffix === '/_healthcheck')) return statusPage(context);
  const path = suffix.replace(/^\/FHIR\/R4/, '');
  const detail = /^\/RequestGroup\/([^/]+)$/.exec(path)?.[1];
  if (context.method !== 'GET' || (path !== '/RequestGroup' && detail === undefined))
    return respond(context, told(404, ['Resource not found'], context.now));
  const looking = await admitted(context);
  if (isRefused(looking)) return respond(context, told(401, ['Unauthorized'], context.now));
  const missing = HEADERS.filter((name) => (context.request.headers.get(name) ?? '') === '');
  const faults = missing.map((name) => `Missing required header, ${name}.`);
  const answer =
    detail === undefined
      ? await search(looking, query, faults)
      : await view(looking, { id: prescriptionId(detail), query }, faults);
  return respond(context, answer);
}

async function admitted(context: RequestContext): Promise<Looking | WireRefusal> {
  const grant = await admit(context);
  if (isRefused(grant)) return grant;
  if (!grant.open && !grant.scopes.some((scope) => SCOPE.test(scope))) return STRANGER;
  const role = context.request.headers.get('NHSD-Session-URID') ?? '';
  const who = { mode: grant.open ? 'open' : 'user-restricted', ...(/^\d{5,20}$/.test(role) ? { role } : {}) };
  return { context, agent: auditedAgent(context, grant, who), requestId: context.requestId ?? '' };
}

/** Upper case; a `+` in an address is a space by the time it arrives. */
function prescriptionId(text: string): string {
  let decoded = text;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    // Not encoded, or badly: looked at as it is.
  }
  return decoded.toUpperCase().replace(/ $/, '+');
}

const one = (query: Query, name: string): string => {
  const value = query[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
};

const idFaults = (id: string): readonly string[] => {
  if (!isPrescriptionIdForm(id)) return ['prescriptionId does not match required format.'];
  return isPrescriptionId(id) ? [] : ['prescriptionId checksum is invalid.'];
};

const numberFaults = (number: string): readonly string[] => {
  if (!/^\d{10}$/.test(number)) return ['nhsNumber does not match required format.'];
  return isNhsNumber(number) ? [] : ['nhsNumber checksum is invalid.'];
};

async function search(looking: Looking, query: Query, faults: readonly string[]): Promise<Answer> {
  const { now } = looking.context;
  const [id, number] = [prescriptionId(one(query, 'prescriptionId')), one(query, 'nhsNumber')];
  const wrong = [...faults, ...subjectFaults(id, number), ...dayFaults(query)];
  if (wrong.length > 0) return told(400, wrong, now);
  const result = id === '' ? await byPatient(looking, number) : await byPrescription(looking, id);
  if (isRefused(result)) return failed(result, now);
  const { low, high } = range(query, now);
  const inRange = ({ prescription: { order } }: Shown) => order.signedAt >= low && order.signedAt < high;
  const shown = id === '' ? result.shown.filter(inRange) : result.shown;
  return found(searchGroups(shown, result.nhsNumber, () => crypto.randomUUID()));
}

function subjectFaults(id: string, number: string): readonly string[] {
  if (id === '' && number === '')
    return ['Missing required query string parameter; either prescriptionId or nhsNumber must be included.'];
  if (id !== '' && number !== '')
    return ['Invalid query string parameters; only prescriptionId or nhsNumber must be provided, not both.'];
  return id === '' ? numberFaults(number) : idFaults(id);
}

const dayFaults = (query: Query): readonly string[] =>
  ['lowDate', 'highDate']
    .filter((name) => !/^(\d{8})?$/.test(one(query, name)))
    .map((name) => `${name} does not match required format.`);

/** Whole days in universal time, both ends included. */
function range(query: Query, now: number): { low: number; high: number } {
  const day = (text: string) => Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6)));
  const back = new Date(now);
  back.setUTCFullYear(back.getUTCFullYear() - YEARS_BACK);
  const [low, high] = [one(query, 'lowDate'), one(query, 'highDate')];
  return {
    low: low === '' ? back.getTime() : day(low),
    high: high === '' ? Number.POSITIVE_INFINITY : day(high) + 86_400_000,
  };
}

async function view(
  looking: Looking,
  { id, query }: { id: string; query: Query },
  faults: readonly string[],
): Promise<Answer> {
  const { now } = looking.context;
  const wanted = one(query, 'issueNumber');
  const badNumber = /^(\d{1,3})?$/.test(wanted) ? [] : ['issueNumber must be an integer.'];
  const wrong = [...faults, ...idFaults(id), ...badNumber];
  if (wrong.length > 0) return told(400, wrong, now);
  const result = await byPrescription(looking, id);
  if (isRefused(result)) return failed(result, now);
  const [shown] = result.shown;
  const issue = shown?.prescription.issues[Number(wanted || shown.prescription.current) - 1];
  if (shown === undefined || issue === undefined) return told(404, ['Prescription not found'], now);
  return found(groupDetail(shown, issue, () => crypto.randomUUID()));
}

export const clinicalTracker: Service = {
  basePath: '/clinical-prescription-tracker',
  handle,
  broken: (context) => respond(context, told(500, ['Unknown error.'], context.now)),
};
