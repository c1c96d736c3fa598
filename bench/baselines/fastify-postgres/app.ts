/** The peer's HTTP side: Fastify serving GET, PATCH and search of Patient as the product does. */
import { hash } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Operation } from 'rfc6902';
import { patched } from './patch.ts';
import { searchColumns } from './patient.ts';
import { invalidUpdate, notFound, outcomeText, Refused, versionMismatch } from './refusals.ts';
import type { Caller, Seen, Store } from './store.ts';

const BASE = '/personal-demographics/FHIR/R4';
const FHIR_JSON = 'application/fhir+json';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MOST_MATCHES = 50;
const BODY_LIMIT = 1_048_576;
/** Access is open on both sides of a comparison: nobody brings a token. */
const CLIENT = 'open-access';

const PATCH_BODY = {
  type: 'object',
  required: ['patches'],
  properties: {
    patches: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        required: ['op', 'path'],
        properties: {
          op: { enum: ['add', 'replace', 'remove', 'test'] },
          path: { type: 'string', pattern: '^/', maxLength: 512 },
        },
      },
    },
  },
};

type WithId = { Params: { id: string } };
type Patching = WithId & { Body: { patches: readonly Operation[] } };
type Searching = { Querystring: { family?: string; given?: string; birthdate?: string } };

export function peerApp(store: Store): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: BODY_LIMIT, routerOptions: { caseSensitive: true } });
  app.addContentTypeParser('application/json-patch+json', { parseAs: 'string' }, (request, body, done) => {
    texts.set(request, String(body));
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(invalidUpdate('Invalid payload received - incorrect format'));
    }
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const invalid = error.statusCode !== undefined && error.statusCode < 500;
    const refused = error instanceof Refused ? error.refusal : invalid ? invalidUpdate(error.message).refusal : BROKEN;
    if (refused === BROKEN) console.error(error);
    return headed(request, reply).code(refused.status).send(outcomeText(refused));
  });
  app.get<WithId>(`${BASE}/Patient/:id`, async (request, reply) => {
    const caller = callerOf(request);
    const seen = await store.read(nhsNumberOf(request.params.id), caller);
    if (seen === undefined) throw notFound();
    return headed(request, reply).header('ETag', `W/"${seen.version}"`).send(seen.body);
  });
  app.get<Searching>(`${BASE}/Patient`, async (request, reply) => {
    const found = await search(store, request);
    return headed(request, reply).send(found);
  });
  app.patch<Patching>(`${BASE}/Patient/:id`, { schema: { body: PATCH_BODY } }, async (request, reply) => {
    const { body, version } = await change(store, request);
    return headed(request, reply).header('ETag', `W/"${version}"`).send(body);
  });
  return app;
}

const texts = new WeakMap<FastifyRequest, string>();
const BROKEN = { status: 500, code: 'UNKNOWN_ERROR', diagnostics: 'Internal error' };

function headed(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const requestId = request.headers['x-request-id'];
  if (requestId !== undefined) reply.header('X-Request-ID', requestId);
  return reply
    .header('Content-Type', FHIR_JSON)
    .header('Cache-Control', 'no-store')
    .header('X-Content-Type-Options', 'nosniff');
}

function callerOf(request: FastifyRequest): Caller {
  const requestId = request.headers['x-request-id'];
  if (typeof requestId !== 'string') throw new Refused(412, 'PRECONDITION_FAILED', 'X-Request-ID must be provided');
  if (!UUID.test(requestId)) throw new Refused(400, 'INVALID_VALUE', 'X-Request-ID must be a UUID');
  return { client: CLIENT, requestId };
}

/** Ten digits of which the last is the Modulus 11 check digit. */
function nhsNumberOf(text: string): string {
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += Number(text[i]) * (10 - i);
  const digit = (11 - (sum % 11)) % 11;
  if (/^\d{10}$/.test(text) && digit === Number(text[9])) return text;
  throw new Refused(400, 'INVALID_RESOURCE_ID', 'Resource Id is invalid');
}

async function search(store: Store, request: FastifyRequest<Searching>): Promise<string> {
  const caller = callerOf(request);
  const { family, given, birthdate } = request.query;
  if (family === undefined || given === undefined || birthdate === undefined) {
    throw new Refused(400, 'MISSING_VALUE', 'family, given and birthdate are required');
  }
  const person = { family, given, birthDate: birthdate.replace(/^eq/, '') };
  const found = await store.search(person, MOST_MATCHES + 1, caller);
  if (found.length > MOST_MATCHES) throw new Refused(400, 'TOO_MANY_MATCHES', 'Too many matches');
  const base = `${request.protocol}://${request.host}${BASE}/Patient/`;
  const entries = found.map(
    ({ nhs_number, body }) => `{"fullUrl":"${base}${nhs_number}","search":{"score":1},"resource":${body}}`,
  );
  const head = `"resourceType":"Bundle","type":"searchset","timestamp":"${new Date().toISOString()}"`;
  return `{${head},"total":${found.length},"entry":[${entries.join(',')}]}`;
}

interface Changed {
  readonly body: string;
  readonly version: number;
}

async function change(store: Store, request: FastifyRequest<Patching>): Promise<Changed> {
  const caller = callerOf(request);
  const nhsNumber = nhsNumberOf(request.params.id);
  const ifMatch = request.headers['if-match'];
  if (ifMatch === undefined) throw new Refused(412, 'PRECONDITION_FAILED', 'If-Match must be provided');
  const expected = Number(/^W\/"(\d+)"$/.exec(ifMatch)?.[1] ?? Number.NaN);
  const fingerprint = hash('sha256', `PATCH ${nhsNumber} ${ifMatch}\n${texts.get(request) ?? ''}`);
  const known = await store.recall(nhsNumber, caller);
  if (known === undefined) throw notFound();
  const repeated = await repeatOf(store, known, fingerprint);
  if (repeated !== null) return repeated;
  if (known.version !== expected) throw versionMismatch();
  const { patient, body } = patched(known.body, request.body.patches, expected + 1);
  const entry = `${known.hash}\n${nhsNumber}\n${expected + 1}\n${caller.client}\n${caller.requestId}\n${body}`;
  const done = await store.change(
    { ...searchColumns(patient), nhsNumber, expected, body, hash: hash('sha256', entry), fingerprint },
    caller,
  );
  if (done) return { body, version: expected + 1 };
  // Somebody was faster: this same request on another connection, or a rival.
  const now = await store.recall(nhsNumber, caller);
  const answered = now === undefined ? null : await repeatOf(store, now, fingerprint);
  if (answered !== null) return answered;
  throw versionMismatch();
}

type Known = Seen & { readonly known_fingerprint: string | null; readonly known_version: number | null };

/** The first reply again; null when the request is new. */
async function repeatOf(store: Store, known: Known, fingerprint: string): Promise<Changed | null> {
  const { nhs_number, known_fingerprint, known_version } = known;
  if (known_fingerprint === null || known_version === null) return null;
  if (known_fingerprint !== fingerprint) {
    throw new Refused(400, 'INVALID_VALUE', 'X-Request-ID was used for another request');
  }
  const body = await store.replay(nhs_number, known_version);
  if (body === undefined) throw new Error(`journal of ${nhs_number} lacks version ${known_version}`);
  return { body, version: known_version };
}
