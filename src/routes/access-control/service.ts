/**
 * Who may see a patient's record: relationships, claims, broken glass, seals, the opt-out. No public API has these acts;
 * the address and the forms are of our own.
 */
import * as v from 'valibot';
import type { AccessCommand, NewRelationship } from '../../domain/access-control/patient-access.ts';
import { PATIENT_ACCESS } from '../../domain/access-control/patient-access.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { admit } from '../access.ts';
import { auditedAgent, likelyRole } from '../agent.ts';
import { readJson } from '../body.ts';
import type { Grant } from '../grant.ts';
import { DEFAULT_SYNC_WAIT_MS } from '../limits.ts';
import { callerFacts, readFollowing, submitOptions } from '../record-call.ts';
import type { RecordCall } from '../record-call.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Outcome } from '../../engine/envelope.ts';
import type { Routed, Service } from '../service.ts';

const problem = (status: number, error: string): Answer => json(status, { error });

/** Everything not named here is refused with 403. */
const STATUS: Readonly<Record<string, number>> = {
  'unknown-patient': 404,
  'unknown-relationship': 404,
  'unknown-seal': 404,
  'request-id-reused': 409,
  'too-large': 413,
};

const WORKER = /^user \S+ \S*nhs-cis2 aal3$/;
const PATIENT = /^user \S+ \S*nhs-login p9$/i;
const TRUSTED = new Set(['P9.Cp.Cd', 'P9.Cp.Ck', 'P9.Cm']);

/** A worker of aal3 in a role, or a patient of full proof for himself. */
function callOf(context: RequestContext, grant: Grant, query: Routed['query']): RecordCall | Answer {
  const { authentication = '', nhsNumber, vot = '' } = grant;
  const given = context.requestId;
  if (given !== null && !isRequestId(given)) return problem(400, 'X-Request-ID must be a UUID');
  const requestId = given ?? crypto.randomUUID();
  const role = likelyRole(context, grant);
  const caller = callerFacts(context, grant, role);
  if (PATIENT.test(authentication) && TRUSTED.has(vot) && nhsNumber !== undefined && grant.actor === undefined) {
    const agent = { ...auditedAgent(context, grant, { mode: 'patient-access' }), subject: nhsNumber };
    return { context, agent, requestId, query, caller };
  }
  if (!WORKER.test(authentication)) return problem(403, 'level-too-low');
  const told = context.request.headers.get('NHSD-Session-URID');
  if (role === undefined || (told !== null && told !== role)) return problem(403, 'no-such-role');
  return { context, agent: auditedAgent(context, grant, { mode: 'user-restricted', role }), requestId, query, caller };
}

const NOTE = v.optional(v.pipe(v.string(), v.maxLength(500)), '');
const PARTY = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{3,12}$/));
const MOMENT = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => Date.parse(text)),
);
const FORMS = {
  'self-claims': v.object({ note: NOTE }),
  overrides: v.object({ reason: v.picklist(['public-interest', 'statute', 'court-order', 'emergency']), note: NOTE }),
  relationships: v.object({
    party: PARTY,
    kind: v.picklist(['registration', 'referral', 'workgroup']),
    from: v.optional(MOMENT),
    to: v.optional(MOMENT),
  }),
  seals: v.object({
    record: v.picklist(['summary-care-record', 'patient-flags']),
    author: PARTY,
    locked: v.optional(v.boolean(), false),
  }),
  'opt-out': v.object({ optedOut: v.boolean() }),
} as const;

type Wanted = AccessCommand | Answer;

const isAnswer = (value: object): value is Answer => 'contentType' in value;

async function bodyOf<T>(context: RequestContext, schema: v.GenericSchema<unknown, T>): Promise<T | Answer> {
  const body = await readJson(context.request);
  if (body.kind === 'fault') return problem(400, `The body is ${body.fault}`);
  const parsed = v.safeParse(schema, body.value);
  return parsed.success ? parsed.output : problem(400, `${v.getDotPath(parsed.issues[0]) ?? 'body'} is not valid`);
}

async function claim({ caller, context }: RecordCall): Promise<Wanted> {
  const body = await bodyOf(context, FORMS['self-claims']);
  return 'contentType' in body ? body : { name: 'claim-relationship', caller, note: body.note };
}

async function breakGlass({ caller, context }: RecordCall): Promise<Wanted> {
  const body = await bodyOf(context, FORMS.overrides);
  return 'contentType' in body ? body : { name: 'break-glass', caller, ...body };
}

async function relate({ caller, context }: RecordCall): Promise<Wanted> {
  const body = await bodyOf(context, FORMS.relationships);
  if ('contentType' in body) return body;
  const { from, to, ...rest } = body;
  const relationship: NewRelationship = {
    ...rest,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  return { name: 'add-relationship', caller, relationship };
}

async function seal({ caller, context }: RecordCall): Promise<Wanted> {
  const body = await bodyOf(context, FORMS.seals);
  return 'contentType' in body ? body : { name: 'seal-record', caller, ...body };
}

async function optOut({ caller, context }: RecordCall): Promise<Wanted> {
  const body = await bodyOf(context, FORMS['opt-out']);
  return 'contentType' in body ? body : { name: 'set-opt-out', caller, optedOut: body.optedOut };
}

type Operation = (call: RecordCall, id: string) => Promise<Wanted> | Wanted;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['POST self-claims', claim],
  ['POST overrides', breakGlass],
  ['POST relationships', relate],
  ['DELETE relationships/*', ({ caller }, id) => ({ name: 'end-relationship', caller, id })],
  ['POST seals', seal],
  ['DELETE seals/*', ({ caller }, id) => ({ name: 'unseal-record', caller, id })],
  ['PUT opt-out', optOut],
]);

function answerOf(outcome: Outcome): Answer {
  if (outcome.kind === 'refused') return problem(STATUS[outcome.code] ?? 403, outcome.code);
  if (outcome.kind !== 'replied') return { ...problem(503, 'unavailable'), retryAfterSeconds: 5 };
  const effect = outcome.effect === 'unchanged' ? { unchanged: true } : {};
  return json(200, { ...effect, ...(outcome.body === '' ? {} : (JSON.parse(outcome.body) as object)) });
}

const PATH = /^\/patients\/(\d{10})(?:\/([a-z-]+)(?:\/([0-9A-F]{8}))?)?$/;

async function answer(context: RequestContext, { query, suffix }: Routed): Promise<Answer> {
  const grant = await admit(context);
  if (grant.kind === 'refused') {
    const status = grant.code === 'timeout' ? 503 : grant.code === 'rate-limited' ? 429 : 401;
    return problem(status, grant.diagnostics ?? 'unauthorised');
  }
  const call = callOf(context, grant, query);
  if (isAnswer(call)) return call;
  const [, patient = '', part, id] = PATH.exec(suffix) ?? [];
  if (!isNhsNumber(patient)) return problem(404, 'Not found');
  if (part === undefined) {
    if (context.method !== 'GET') return { ...problem(405, 'Method not allowed'), headers: { Allow: 'GET' } };
    const { outcome } = await readFollowing(call, PATIENT_ACCESS, { key: patient, query: { name: 'view-access' } });
    return answerOf(outcome);
  }
  const operation = OPERATIONS.get(`${context.method} ${part}${id === undefined ? '' : '/*'}`);
  if (operation === undefined) return problem(404, 'Not found');
  const command = await operation(call, id ?? '');
  if (isAnswer(command)) return command;
  const options = submitOptions(call, JSON.stringify(command), DEFAULT_SYNC_WAIT_MS);
  return answerOf(await context.spine.patients.submit(PATIENT_ACCESS, patient, command, options));
}

export const accessControl: Service = {
  basePath: '/access-control/v1',
  handle: async (context, routed) => respond(context, await answer(context, routed)),
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
