/** Requests to register a person: POST /requests, then identity-check, grant or reject by three different people. */
import * as v from 'valibot';
import { requestKey, PROOF_LEVELS } from '../../domain/identity/registration-request.ts';
import type { RegistrationRequest, RequestCommand } from '../../domain/identity/registration-request.ts';
import { mayGrant, mayRegister } from '../../domain/identity/registration-rights.ts';
import { rolesAt } from '../../domain/identity/worker.ts';
import { fingerprint } from '../fingerprint.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';
import { randomName, shortDigest } from './digests.ts';
import { worker } from './directory.ts';
import { bodyOf, isAnswer, problem, refusedBy, registerRows } from './registration-call.ts';
import type { Act } from './registration-call.ts';

/** Approve registration-authority requests: the right of a sponsor. */
const SPONSORS = 'B1300';

const TEXT = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const ODS = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{3,10}$/));
const UID = v.pipe(v.string(), v.regex(/^\d{12}$/));
const REQUEST = v.object({
  org: ODS,
  person: v.object({
    given_name: TEXT,
    family_name: TEXT,
    birth_date: v.pipe(v.string(), v.isoDate()),
    ni_number: v.optional(v.pipe(v.string(), v.maxLength(20)), ''),
  }),
  position: v.pipe(v.string(), v.regex(/^(S\d{4}:G\d{4}:)?R\d{4}$/)),
  activities: v.optional(v.array(v.pipe(v.string(), v.regex(/^B\d{4}$/))), []),
  sponsor: v.optional(UID),
  applicant: v.optional(UID),
});
const CHECK = v.object({
  documents: v.pipe(v.array(TEXT), v.minLength(1), v.maxLength(10)),
  level: v.picklist(PROOF_LEVELS),
});

const STATUS: Readonly<Record<string, number>> = { 'unknown-request': 404 };
const FORBIDDEN = new Set(['own-request', 'checker-is-sponsor', 'granter-is-sponsor', 'no-user']);

async function change(act: Act, id: string, command: RequestCommand): Promise<Answer> {
  const { actor, context, requestId } = act;
  context.trace.noted = true;
  const asked = { method: context.method, target: context.request.url, ifMatch: null, body: JSON.stringify(command) };
  const outcome = await context.spine.identity.submit('registration-request', requestKey(id), command, {
    agent: actor.agent,
    requestId,
    fingerprint: fingerprint(asked),
  });
  if (outcome.kind === 'refused')
    return problem(FORBIDDEN.has(outcome.code) ? 403 : (STATUS[outcome.code] ?? 409), outcome.code);
  if (outcome.kind !== 'replied') return { ...problem(503, 'unavailable'), retryAfterSeconds: 5 };
  return json(command.name === 'open-request' ? 201 : 200, JSON.parse(outcome.body));
}

/** By the sponsor himself, or by the registration authority in the name of one. */
export async function addRequest(act: Act): Promise<Answer> {
  const { actor, context, requestId } = act;
  const wanted = await bodyOf(context, REQUEST);
  if (isAnswer(wanted)) return wanted;
  const sponsor = wanted.sponsor ?? actor.agent.user ?? '';
  if (sponsor !== actor.agent.user) {
    const refused = refusedBy(mayRegister(actor.role, wanted.org));
    if (refused !== null) return refused;
  }
  const person = await worker(context, sponsor);
  const roles = person === null ? [] : rolesAt(person, context.now);
  const mayAsk = roles.some((role) => role.org_code === wanted.org && role.activity_codes.includes(SPONSORS));
  if (!mayAsk) return problem(403, 'not-a-sponsor');
  if (wanted.applicant === sponsor) return problem(403, 'own-request');
  const id = shortDigest(`${sponsor}\n${context.requestId === null ? randomName(20) : requestId}`);
  const { activities, applicant, org: organization, person: details, position: roleCode } = wanted;
  const request: RegistrationRequest = {
    id,
    organization,
    sponsor,
    person: details,
    roleCode,
    activities,
    status: 'requested',
    ...(applicant === undefined ? {} : { applicant }),
  };
  return change(act, id, { name: 'open-request', request });
}

async function look(act: Act, id: string): Promise<RegistrationRequest | null> {
  const { actor, context, requestId } = act;
  context.trace.noted = true;
  const ask = { agent: actor.agent, requestId };
  const outcome = await context.spine.identity.read(
    'registration-request',
    requestKey(id),
    { name: 'view-request' },
    ask,
  );
  return outcome.kind === 'replied' ? (JSON.parse(outcome.body) as RegistrationRequest) : null;
}

const ID = /^[A-Za-z0-9_-]{22}$/;

export async function onRequest(act: Act, id: string, [verb, more]: readonly string[]): Promise<Answer> {
  const { actor, context } = act;
  const request = ID.test(id) && more === undefined ? await look(act, id) : null;
  if (request === null) return problem(404, 'unknown-request');
  const refused = refusedBy(mayRegister(actor.role, request.organization));
  if (refused !== null) return refused;
  if (verb === undefined && context.method === 'GET') return json(200, request);
  if (context.method !== 'POST') return { ...problem(405, 'Method not allowed'), headers: { Allow: 'POST' } };
  switch (verb) {
    case undefined:
      return problem(404, 'Not found');
    case 'identity-check': {
      const check = await bodyOf(context, CHECK);
      return isAnswer(check) ? check : change(act, id, { name: 'check-identity', ...check });
    }
    case 'grant':
      return grant(act, request);
    case 'reject':
      return change(act, id, { name: 'reject-request' });
    default:
      return problem(404, 'Not found');
  }
}

/** The user first: under the key of the request, so that a repeat meets its own first attempt. */
async function grant(act: Act, request: RegistrationRequest): Promise<Answer> {
  const { activities, id, organization, person, roleCode, sponsor, status } = request;
  const refused = refusedBy(mayGrant(act.actor.role, { organization, roleCode }));
  if (refused !== null) return refused;
  if (act.actor.agent.user === sponsor) return problem(403, 'granter-is-sponsor');
  if (act.actor.agent.user === request.applicant) return problem(403, 'own-request');
  if (status !== 'checked' && status !== 'granted') return problem(409, 'not-checked');
  const row = { key: id, ...person, role_code: roleCode, activities };
  const sent = { text: JSON.stringify(row), type: 'application/x-ndjson' };
  const [made] = await registerRows(act, organization, sent);
  if (made?.user === undefined || made.role_profile === undefined)
    return problem(made?.reason?.startsWith('known-person') === true ? 409 : 400, made?.reason ?? 'failed');
  return change(act, id, { name: 'grant-request', user: made.user, roleProfile: made.role_profile });
}
