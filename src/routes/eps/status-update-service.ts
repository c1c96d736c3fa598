/** PSU and its custom form: pharmacies tell how far they are with the items of prescriptions. */
import { at } from '../../domain/eps/wire/json.ts';
import { supplierEntries } from '../../domain/eps/wire/supplier-format.ts';
import { admit, admitByKey } from '../access.ts';
import { auditedAgent } from '../agent.ts';
import { readJson } from '../body.ts';
import { pingPage, statusPage } from '../platform-pages.ts';
import { isRefused } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query, Routed, Service, WireRefusal } from '../service.ts';
import { STRANGER } from './access-modes.ts';
import { arrivedUpdates } from './arrived-updates.ts';
import { MESSAGE_BODY } from './limits.ts';
import { acknowledgeDelivery } from './notification-callback.ts';
import { recordStatusUpdates } from './record-status-updates.ts';
import type { Updating } from './record-status-updates.ts';
import { refused, unauthorisedText } from './refusal-table.ts';
import * as told from './status-update-answer.ts';
import { seededUuid } from './seeded-uuid.ts';

type Operation = (updating: Updating, query: Query) => Promise<Answer>;

const SCOPE = /:(?:eps-)?(?:custom-)?prescription-status-update(?:-api)?$/;

const NOT_A_TRANSACTION = "Request body does not have resourceType of 'Bundle' and type of 'transaction'.";

const update: Operation = async (updating) => {
  const { now, request } = updating.context;
  const body = await readJson(request, MESSAGE_BODY);
  if (body.kind === 'fault' && body.fault === 'too-large')
    return told.transactionAnswer(413, [told.badEntry('The body is too large.', '', now)]);
  const value = body.kind === 'json' ? body.value : null;
  if (at(value, 'resourceType') !== 'Bundle' || at(value, 'type') !== 'transaction')
    return told.transactionAnswer(400, [told.badEntry(NOT_A_TRANSACTION, '', now)]);
  const entries = at(value, 'entry');
  return recordStatusUpdates(updating, Array.isArray(entries) ? (entries as readonly unknown[]) : []);
};

const supplierUpdate: Operation = async (updating) => {
  const { now, request } = updating.context;
  const body = await readJson(request, MESSAGE_BODY);
  const seeds: string[] = [];
  const note = (seed: string) => `seed-${seeds.push(seed) - 1}`;
  const entries = supplierEntries(body.kind === 'json' ? body.value : null, note);
  if (typeof entries === 'string') return told.transactionAnswer(400, [told.badEntry(entries, '', now)]);
  const ids = await Promise.all(seeds.map(seededUuid));
  const text = JSON.stringify(entries).replace(/seed-(\d+)/g, (_, index: string) => ids[Number(index)] ?? '');
  return recordStatusUpdates(updating, JSON.parse(text) as readonly unknown[]);
};

const metadata: Operation = ({ context }) => {
  const body = {
    resourceType: 'CapabilityStatement',
    title: 'Prescription Status Update API',
    status: 'active',
    kind: 'instance',
    date: new Date(context.now).toISOString().slice(0, 10),
    fhirVersion: '4.0.1',
    format: [FHIR_JSON],
    rest: [{ mode: 'server', interaction: [{ code: 'transaction' }] }],
  };
  return Promise.resolve({ status: 200, body: JSON.stringify(body), contentType: FHIR_JSON });
};

const STANDARD: ReadonlyMap<string, Operation> = new Map([
  ['POST /', update],
  ['GET /metadata', metadata],
  ['GET /checkprescriptionstatusupdates', arrivedUpdates],
]);
/** Not where people are real. */
const TRIALS: ReadonlySet<Operation> = new Set([arrivedUpdates]);
const CUSTOM: ReadonlyMap<string, Operation> = new Map([['POST /format-1', supplierUpdate]]);

const CALLBACK = 'POST /notification-delivery-status-callback';

interface Door {
  readonly operations: ReadonlyMap<string, Operation>;
  /** True: an API key is enough. */
  readonly byKey: boolean;
}

async function handle(door: Door, context: RequestContext, { query, suffix }: Routed): Promise<Outgoing> {
  if (context.method === 'GET' && suffix === '/_ping') return pingPage(context);
  if (context.method === 'GET' && (suffix === '/_status' || suffix === '/_healthcheck')) return statusPage(context);
  const path = suffix === '' ? '/' : suffix;
  const asked = `${context.method} ${path}`;
  // Signed by whoever reports, so no token is asked for.
  if (!door.byKey && asked === CALLBACK) return respond(context, await acknowledgeDelivery(context));
  const operation = door.operations.get(asked);
  const closed = operation !== undefined && context.settings.environment === 'live' && TRIALS.has(operation);
  if (operation === undefined || closed) return refused(context, { kind: 'refused', code: 'not-found' });
  const updating = await admitted(door, context);
  if (isRefused(updating)) return unauthorisedText(context, updating);
  if (!door.byKey && context.method === 'POST' && updating.requestId === '') {
    const missing = told.badEntry('Missing or empty x-request-id header.', '', context.now);
    return respond(context, told.transactionAnswer(400, [missing]));
  }
  return respond(context, await operation(updating, query));
}

async function admitted({ byKey }: Door, context: RequestContext): Promise<Updating | WireRefusal> {
  const grant = byKey ? await admitByKey(context) : await admit(context);
  if (isRefused(grant)) return grant;
  if (!byKey && !grant.open && !grant.scopes.some((scope) => SCOPE.test(scope))) return STRANGER;
  return {
    context,
    agent: auditedAgent(context, grant, { mode: grant.open ? 'open' : 'application-restricted' }),
    requestId: context.requestId ?? '',
  };
}

const serviceAt = (basePath: string, door: Door): Service => ({
  basePath,
  handle: (context, routed) => handle(door, context, routed),
  broken: (context) => respond(context, told.transactionAnswer(500, [told.serverError(context.now)])),
});

export const statusUpdateServices: readonly Service[] = [
  serviceAt('/prescription-status-update', { operations: STANDARD, byKey: false }),
  serviceAt('/custom-prescription-status-update', { operations: CUSTOM, byKey: true }),
];
