/** The registration authority: workers, their roles and authenticators, singly and in bulk; every act by a named person in a role. */
import * as v from 'valibot';
import { mayGrant, mayRegister } from '../../domain/identity/registration-rights.ts';
import type { RightsRefusal } from '../../domain/identity/registration-rights.ts';
import { rolesAt, workerKey } from '../../domain/identity/worker.ts';
import type { RoleProfile, Worker, WorkerCommand } from '../../domain/identity/worker.ts';
import { mediaType, readText } from '../body.ts';
import { fingerprint } from '../fingerprint.ts';
import { IMPORT_TIMEOUT_MS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../limits.ts';
import { isRequestId } from '../request-context.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Routed, Service } from '../service.ts';
import { standingOf } from '../standing.ts';
import { roleProfile } from './bulk-registration.ts';
import { addBulkJob, onBulkJob } from './bulk-jobs.ts';
import { actorOf, bodyOf, isAnswer, problem, refusedBy, registerRows } from './registration-call.ts';
import type { Act } from './registration-call.ts';
import { addRequest, onRequest } from './registration-requests.ts';
import { randomName, twelveDigits } from './digests.ts';
import { rbacTable, worker } from './directory.ts';

const ODS = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{3,10}$/));
const REGISTER = v.object({
  key: v.string(),
  given_name: v.string(),
  family_name: v.string(),
  birth_date: v.string(),
  ni_number: v.optional(v.string(), ''),
  role_code: v.string(),
  activities: v.optional(v.array(v.string()), []),
  from: v.optional(v.string()),
  to: v.optional(v.string()),
  org: ODS,
});
const MOMENT = v.pipe(v.string(), v.isoDate());
const ASSIGN = v.object({
  org: ODS,
  role_code: v.pipe(v.string(), v.regex(/^(S\d{4}:G\d{4}:)?R\d{4}$/)),
  activities: v.optional(v.array(v.pipe(v.string(), v.regex(/^B\d{4}$/))), []),
  from: v.optional(MOMENT),
  to: v.optional(MOMENT),
});
const END = v.object({ to: v.optional(MOMENT) });
const AUTHENTICATOR = v.object({
  id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/)),
  kind: v.picklist([
    'smartcard',
    'virtual-smartcard',
    'fido2',
    'windows-hello',
    'ipad',
    'authenticator-app',
    'passkey',
  ]),
});

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);

const STATUS: Readonly<Record<string, number>> = {
  'unknown-worker': 404,
  'unknown-role': 404,
  'unknown-authenticator': 404,
  'own-grant': 403,
};

async function change(act: Act, uid: string, command: WorkerCommand): Promise<Answer> {
  const { context, actor, requestId } = act;
  context.trace.noted = true;
  const asked = { method: context.method, target: context.request.url, ifMatch: null, body: JSON.stringify(command) };
  const outcome = await context.spine.identity.submit('worker', workerKey(uid), command, {
    agent: actor.agent,
    requestId,
    fingerprint: fingerprint(asked),
  });
  standingOf(context.spine.identity).forget(workerKey(uid));
  if (outcome.kind === 'refused') return problem(STATUS[outcome.code] ?? 409, outcome.code);
  if (outcome.kind !== 'replied') return { ...problem(503, 'unavailable'), retryAfterSeconds: 5 };
  return json(200, await worker(context, uid));
}

/** The person acted upon must have something to do with the organisation that acts. */
const concerns = (person: Worker, role: RoleProfile): RightsRefusal | null => {
  const organizations = person.roles.map((one) => one.org_code);
  const within = organizations.length === 0 || organizations.includes(role.org_code);
  return mayRegister(role, within ? role.org_code : (organizations[0] ?? ''));
};

/** Nobody locks out or shuts down those who stand on his own step of the ladder or above it. */
const outranked = (person: Worker, { actor, context }: Act): RightsRefusal | null =>
  rolesAt(person, context.now)
    .map(({ role_code: roleCode }) => mayGrant(actor.role, { organization: actor.role.org_code, roleCode }))
    .find((refusal) => refusal !== null) ?? null;

async function assignRole(act: Act, uid: string): Promise<Answer> {
  const wanted = await bodyOf(act.context, ASSIGN);
  if (isAnswer(wanted)) return wanted;
  const refused = refusedBy(mayGrant(act.actor.role, { organization: wanted.org, roleCode: wanted.role_code }));
  if (refused !== null) return refused;
  const roleId = twelveDigits(`${uid}\n${wanted.org}\n${wanted.role_code}`);
  const profile = roleProfile(
    { organization: wanted.org, roleCode: wanted.role_code, activities: wanted.activities, roleId },
    await rbacTable(act.context),
  );
  const role = {
    ...profile,
    ...(wanted.from === undefined ? {} : { from: dayOf(wanted.from) }),
    ...(wanted.to === undefined ? {} : { to: dayOf(wanted.to) }),
  };
  return change(act, uid, { name: 'assign-role', role });
}

async function endRole(act: Act, uid: string, roleId: string): Promise<Answer> {
  const wanted = await bodyOf(act.context, END);
  if (isAnswer(wanted)) return wanted;
  const role = (await worker(act.context, uid))?.roles.find((one) => one.person_roleid === roleId);
  if (role === undefined) return problem(404, 'unknown-role');
  const refused = refusedBy(mayGrant(act.actor.role, { organization: role.org_code, roleCode: role.role_code }));
  return (
    refused ??
    change(act, uid, { name: 'end-role', roleId, to: wanted.to === undefined ? act.context.now : dayOf(wanted.to) })
  );
}

const LEVELS: Readonly<Record<string, 2 | 3>> = { 'authenticator-app': 2, passkey: 2 };
const STATES = { lock: 'locked', unlock: 'issued', suspend: 'suspended', cancel: 'cancelled' } as const;
const isState = (name: string): name is keyof typeof STATES => Object.hasOwn(STATES, name);

async function onWorker(act: Act, uid: string, rest: readonly string[]): Promise<Answer> {
  const { context, actor } = act;
  const person = await worker(context, uid);
  if (person === null) return problem(404, 'unknown-worker');
  const [part, id, verb] = rest;
  const route = `${context.method} ${[part, id === undefined ? '' : '*', verb].filter(Boolean).join('/')}`;
  if (route === 'POST role-profiles') return assignRole(act, uid);
  if (route === 'PATCH role-profiles/*') return endRole(act, uid, id ?? '');
  const refused = refusedBy(concerns(person, actor.role) ?? (context.method === 'GET' ? null : outranked(person, act)));
  if (refused !== null) return refused;
  if (route === 'GET ') {
    context.trace.noted = true;
    await context.spine.identity.read(
      'worker',
      workerKey(uid),
      { name: 'view-worker' },
      { agent: actor.agent, requestId: act.requestId },
    );
    return json(200, person);
  }
  if (route === 'POST close') return change(act, uid, { name: 'close-worker' });
  if (route === 'POST authenticators') {
    const wanted = await bodyOf(context, AUTHENTICATOR);
    if (isAnswer(wanted)) return wanted;
    return change(act, uid, {
      name: 'issue-authenticator',
      authenticator: { ...wanted, level: LEVELS[wanted.kind] ?? 3, state: 'issued' },
    });
  }
  if (
    context.method === 'POST' &&
    part === 'authenticators' &&
    id !== undefined &&
    verb !== undefined &&
    isState(verb)
  ) {
    return change(act, uid, { name: 'change-authenticator', id, state: STATES[verb] });
  }
  return problem(404, 'Not found');
}

async function registerOne(act: Act): Promise<Answer> {
  const wanted = await bodyOf(act.context, REGISTER);
  if (isAnswer(wanted)) return wanted;
  const { org, ...row } = wanted;
  const [result] = await registerRows(act, org, { text: JSON.stringify(row), type: 'application/x-ndjson' });
  if (result === undefined) return problem(400, 'empty');
  if (result.outcome !== 'failed') return json(result.outcome === 'registered' ? 201 : 200, result);
  const status = result.reason?.startsWith('known-person') === true ? 409 : result.reason === 'higher-role' ? 403 : 400;
  return problem(status, result.reason ?? 'failed');
}

async function bulk(act: Act, organization: string): Promise<Answer> {
  const { request } = act.context;
  const type = mediaType(request.headers.get('Content-Type'));
  if (type !== 'text/csv' && type !== 'application/x-ndjson') return problem(415, 'text/csv or application/x-ndjson');
  const refused = refusedBy(mayRegister(act.actor.role, organization));
  if (refused !== null) return refused;
  const body = await readText(request, { bytes: MAX_IMPORT_BYTES, milliseconds: IMPORT_TIMEOUT_MS });
  if (body.kind === 'fault') return problem(body.fault === 'too-large' ? 413 : 400, `The body is ${body.fault}`);
  if (body.text.split('\n').length > MAX_IMPORT_LINES) return problem(413, `At most ${MAX_IMPORT_LINES} rows`);
  const results = await registerRows(act, organization, { text: body.text, type });
  const count = (outcome: string): number => results.filter((result) => result.outcome === outcome).length;
  return json(200, {
    registered: count('registered'),
    unchanged: count('unchanged'),
    failed: count('failed'),
    results,
  });
}

const UID = /^\d{12}$/;

async function answer(context: RequestContext, routed: Routed): Promise<Answer> {
  const actor = await actorOf(context);
  if (isAnswer(actor)) return actor;
  const given = context.requestId;
  if (given !== null && !isRequestId(given)) return problem(400, 'X-Request-ID must be a UUID');
  const act: Act = { context, actor, requestId: given ?? randomName(20) };
  const [, collection, id, ...rest] = routed.suffix.split('/');
  // Sponsors ask without a role in the registration authority.
  if (collection === 'requests' && id === undefined && context.method === 'POST') return addRequest(act);
  const refused = refusedBy(mayRegister(actor.role, actor.role.org_code));
  if (refused !== null) return refused;
  if (collection === 'requests' && id !== undefined) return onRequest(act, id, rest);
  if (collection === 'bulk-jobs' && id === undefined && context.method === 'POST') return addBulkJob(act, routed.query);
  if (collection === 'bulk-jobs' && id !== undefined && context.method === 'GET') return onBulkJob(act, id, rest);
  if (collection === 'users' && id === undefined && context.method === 'POST') return registerOne(act);
  if (collection === 'users' && id !== undefined && UID.test(id)) return onWorker(act, id, rest);
  if (
    collection === 'organisations' &&
    id !== undefined &&
    rest.join('/') === 'bulk-registrations' &&
    context.method === 'POST'
  )
    return bulk(act, id);
  return problem(404, 'Not found');
}

export const registrationAuthority: Service = {
  basePath: '/care-identity/registration-authority/v1',
  handle: async (context, routed) => respond(context, await answer(context, routed)),
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
