/** POST /care-identity/operator/load: registrations as NDJSON, one `{ kind, value }` a line; loading again changes nothing. */
import * as v from 'valibot';
import { applicationKey } from '../../domain/identity/application.ts';
import type { Application } from '../../domain/identity/application.ts';
import { providerKey } from '../../domain/identity/identity-provider.ts';
import { mockPatientKey } from '../../domain/identity/mock-patient.ts';
import { RBAC_KEY } from '../../domain/identity/rbac.ts';
import { workerKey } from '../../domain/identity/worker.ts';
import type { Command } from '../../engine/record-kind.ts';
import { readText } from '../body.ts';
import { parseGuarded } from '../json-guard.ts';
import { IMPORT_TIMEOUT_MS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer, Outgoing } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import type { Routed, Service } from '../service.ts';
import { standingOf } from '../standing.ts';
import { randomName, secretDigest } from './digests.ts';

const NAME = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,128}$/));
const TEXTS = v.array(v.string());
const KEY_SET = v.object({ keys: v.array(v.record(v.string(), v.unknown())) });
const MOMENT = v.optional(v.number());

const APPLICATION = v.object({
  client_id: NAME,
  name: v.optional(v.string()),
  client_secret: v.nullish(v.string(), null),
  redirect_uris: v.optional(TEXTS, []),
  status: v.picklist(['approved', 'revoked']),
  jwks: v.nullish(KEY_SET, null),
  jwks_resource_url: v.nullish(v.string(), null),
  scopes: TEXTS,
  attributes: v.optional(v.record(v.string(), v.unknown()), {}),
  quota: v.optional(
    v.object({
      requests: v.pipe(v.number(), v.integer(), v.minValue(1)),
      interval: v.pipe(v.number(), v.integer(), v.minValue(1)),
      unit: v.picklist(['second', 'minute', 'hour', 'day']),
    }),
  ),
  spike: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

const PROVIDER = v.object({
  name: v.picklist(['nhs-cis2', 'nhs-login']),
  issuer: v.string(),
  client_id: v.string(),
  jwks: KEY_SET,
  authorize_endpoint: v.optional(v.string()),
  token_endpoint: v.optional(v.string()),
});

const ROLE = v.object({
  person_orgid: v.string(),
  person_roleid: NAME,
  org_code: v.string(),
  role_code: v.string(),
  role_name: v.string(),
  activities: v.optional(TEXTS, []),
  activity_codes: v.optional(TEXTS, []),
  workgroups: v.optional(TEXTS),
  workgroups_codes: v.optional(TEXTS),
  aow: v.optional(TEXTS),
  aow_codes: v.optional(TEXTS),
  from: MOMENT,
  to: MOMENT,
});

const WORKER = v.object({
  uid: NAME,
  profile: v.optional(v.record(v.string(), v.unknown()), {}),
  roles: v.optional(v.array(ROLE), []),
  mockLogin: v.optional(v.object({ level: v.picklist([1, 2, 3]), methods: v.optional(TEXTS, []) })),
});

const PATIENT = v.object({
  nhs_number: NAME,
  identity_proofing_level: v.picklist(['P0', 'P5', 'P9']),
  vot: v.string(),
});

const NAMES = v.record(v.string(), v.string());
const LISTS = v.record(v.string(), TEXTS);
const RBAC = v.object({ roles: NAMES, activities: NAMES, includes: LISTS, baseline: LISTS });

/** Registration variables of the gateway lose their prefix and become flat: pds.app-restricted.update. */
function flat(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, item] of Object.entries(value)) {
    const path = prefix === '' && name === 'apim-app-flow-vars' ? '' : `${prefix}${name}`;
    if (typeof item === 'object' && item !== null)
      Object.assign(found, flat(item as Record<string, unknown>, path === '' ? '' : `${path}.`));
    else if (item !== null && item !== undefined) found[path] = String(item);
  }
  return found;
}

function applicationOf(value: v.InferOutput<typeof APPLICATION>): Application {
  const { client_id: clientId, client_secret: secret, quota, spike } = value;
  return {
    clientId,
    name: value.name ?? clientId,
    secretDigest: secret === null ? null : secretDigest(clientId, secret),
    redirectUris: value.redirect_uris,
    status: value.status,
    jwks: value.jwks,
    jwksUrl: value.jwks_resource_url,
    scopes: value.scopes,
    attributes: flat(value.attributes),
    ...(quota === undefined ? {} : { quota }),
    ...(spike === undefined ? {} : { spike }),
  };
}

interface Registration {
  readonly kind: string;
  readonly key: string;
  readonly command: Command & Readonly<Record<string, unknown>>;
}

/** By the `kind` of a line. */
const READERS: Readonly<Record<string, (value: unknown) => Registration>> = {
  application: (value) => {
    const application = applicationOf(v.parse(APPLICATION, value));
    return {
      kind: 'application',
      key: applicationKey(application.clientId),
      command: { name: 'register-application', application },
    };
  },
  provider: (value) => {
    const {
      name,
      issuer,
      client_id: clientId,
      jwks,
      authorize_endpoint: authorizeEndpoint,
      token_endpoint: tokenEndpoint,
    } = v.parse(PROVIDER, value);
    const provider = { name, issuer, clientId, jwks, authorizeEndpoint, tokenEndpoint };
    return { kind: 'identity-provider', key: providerKey(name), command: { name: 'trust-provider', provider } };
  },
  worker: (value) => {
    const worker = { status: 'open', authenticators: [], ...v.parse(WORKER, value) };
    return { kind: 'worker', key: workerKey(worker.uid), command: { name: 'load-worker', worker } };
  },
  patient: (value) => {
    const { nhs_number: nhsNumber, identity_proofing_level: level, vot } = v.parse(PATIENT, value);
    return {
      kind: 'mock-patient',
      key: mockPatientKey(nhsNumber),
      command: { name: 'load-mock-patient', patient: { nhsNumber, level, vot } },
    };
  },
  rbac: (value) => ({ kind: 'rbac-table', key: RBAC_KEY, command: { name: 'load-rbac', table: v.parse(RBAC, value) } }),
};

function registrationIn(line: string): Registration | string {
  const parsed = parseGuarded(line);
  if (typeof parsed !== 'object' || parsed === null || !('kind' in parsed) || !('value' in parsed))
    return 'not { kind, value }';
  const reader = Object.hasOwn(READERS, String(parsed.kind)) ? READERS[String(parsed.kind)] : undefined;
  if (reader === undefined) return `kind '${String(parsed.kind)}' is not known`;
  try {
    return reader(parsed.value);
  } catch (error) {
    return error instanceof v.ValiError
      ? `${v.getDotPath(error.issues[0]) ?? 'value'}: ${error.issues[0].message}`
      : 'unreadable';
  }
}

const OPERATOR = { client: 'operator', mode: 'import', rights: [] };

async function load(context: RequestContext): Promise<Answer> {
  const body = await readText(context.request, { bytes: MAX_IMPORT_BYTES, milliseconds: IMPORT_TIMEOUT_MS });
  if (body.kind === 'fault')
    return json(body.fault === 'too-large' ? 413 : 400, { error: `The body is ${body.fault}` });
  const lines = body.text.split('\n');
  if (lines.length > MAX_IMPORT_LINES) return json(413, { error: `At most ${MAX_IMPORT_LINES} lines` });
  const failures: { line: number; reason: string }[] = [];
  const counts = { stored: 0, unchanged: 0 };
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const registration = registrationIn(text);
    if (typeof registration === 'string') {
      failures.push({ line: index + 1, reason: registration });
      continue;
    }
    const { kind, key, command } = registration;
    const outcome = await context.spine.identity.submit(kind, key, command, {
      agent: OPERATOR,
      requestId: randomName(20),
    });
    standingOf(context.spine.identity).forget(key);
    if (outcome.kind === 'replied') counts[outcome.effect === 'accepted' ? 'stored' : 'unchanged'] += 1;
    else failures.push({ line: index + 1, reason: outcome.kind === 'refused' ? outcome.code : outcome.kind });
  }
  return json(200, { ...counts, failures });
}

const BEARER = /^bearer +(.+)$/i;

async function handle(context: RequestContext, routed: Routed): Promise<Outgoing> {
  const [, key = ''] = BEARER.exec(context.request.headers.get('Authorization') ?? '') ?? [];
  if (!sameSecret(key.trim(), context.settings.operatorKey)) {
    return respond(context, json(401, { error: 'The operator key is missing or wrong' }));
  }
  context.trace.agent = OPERATOR;
  const wanted = context.method === 'POST' && routed.suffix === '/load';
  return respond(context, wanted ? await load(context) : json(404, { error: 'Not found' }));
}

export const identityOperator: Service = {
  basePath: '/care-identity/operator',
  handle,
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
