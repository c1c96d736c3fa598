/** Entries of a Bundle as the calls they stand for, held to the same bounds and rights as calls made alone. */
import { invalidUpdate, invalidValue, missingValue, refuse } from '../../domain/pds/refusals.ts';
import { mediaType } from '../body.ts';
import { parseGuarded } from '../json-guard.ts';
import { LightRequest } from '../light-request.ts';
import { MAX_BUNDLE_ENTRIES, MAX_URL_CHARACTERS } from '../limits.ts';
import type { Query, WireRefusal } from '../service.ts';
import { BASE_PATH } from './call.ts';
import type { Handler, PdsCall } from './call.ts';
import { MALFORMED } from './patch-patient.ts';
import { OPERATIONS } from './operations.ts';
import { targetOf } from './targets.ts';

export type BundleType = 'batch' | 'transaction';

export interface ReadBundle {
  readonly kind: 'bundle';
  readonly type: BundleType;
  readonly entries: readonly unknown[];
}

/** One entry, ready to be carried out. */
export interface EntryCall {
  readonly kind: 'entry';
  /** Method and target, as in the table of operations. */
  readonly operation: string;
  readonly url: string;
  readonly call: PdsCall;
  readonly handler: Handler;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, 256) : JSON.stringify(value).slice(0, 256);

/** Creating patients has its own bound and its own exactly-once path: it is not done by the dozen. */
const SERVED: Readonly<Record<BundleType, ReadonlySet<string>>> = {
  batch: new Set([
    'GET patient',
    'GET patients',
    'GET related-persons',
    'GET coverage',
    'PATCH patient',
    'POST coverage',
  ]),
  transaction: new Set(['GET patient', 'PATCH patient']),
};

export function readBundle(value: unknown): ReadBundle | WireRefusal {
  if (!isObject(value)) return missingValue('resourceType');
  const { resourceType, type, entry = [] } = value;
  if (resourceType === undefined) return missingValue('resourceType');
  if (resourceType !== 'Bundle') return invalidValue(shown(resourceType), 'resourceType');
  if (type === undefined) return missingValue('type');
  if (type !== 'batch' && type !== 'transaction') return invalidValue(shown(type), 'type');
  if (!Array.isArray(entry)) return invalidValue(shown(entry), 'entry');
  if (entry.length <= MAX_BUNDLE_ENTRIES) return { kind: 'bundle', type, entries: entry };
  return refuse('TOO_MANY_VALUES_SUBMITTED', "Too many values submitted - <json too long to display> in field 'entry'");
}

/** The call that entry number `index` stands for, or why it is none. */
export function entryCall(outer: PdsCall, bundle: ReadBundle, index: number): EntryCall | WireRefusal {
  const entry = bundle.entries[index];
  const place = `entry/${index}/request`;
  const request = isObject(entry) && isObject(entry['request']) ? entry['request'] : {};
  const { method, url, ifMatch } = request;
  if (method === undefined) return missingValue(`${place}/method`);
  if (typeof method !== 'string') return invalidValue(shown(method), `${place}/method`);
  if (url === undefined) return missingValue(`${place}/url`);
  if (typeof url !== 'string' || url.length > MAX_URL_CHARACTERS) return invalidValue(shown(url), `${place}/url`);
  if (ifMatch !== undefined && (typeof ifMatch !== 'string' || !VISIBLE.test(ifMatch)))
    return invalidValue(shown(ifMatch), `${place}/ifMatch`);
  const address = addressIn(outer, url);
  const target = targetOf(address.suffix);
  if (UNADDRESSED.has(target.name)) {
    return {
      kind: 'refused',
      code: 'UNSUPPORTED_REQUEST',
      diagnostics: `Unsupported path - '${address.suffix.slice(0, 256)}'`,
    };
  }
  const operation = `${method} ${target.name}`;
  const handler = SERVED[bundle.type].has(operation) ? OPERATIONS.get(operation) : undefined;
  if (handler === undefined) return refuse('UNSUPPORTED_SERVICE');
  const forbidden = outer.forbids({ method, target, query: address.query });
  if (forbidden !== null) return forbidden;
  const body = method === 'GET' ? null : bodyText(operation, isObject(entry) ? entry['resource'] : undefined);
  if (typeof body === 'object' && body !== null) return body;
  const context = { ...outer.context, method, request: requestOf(outer, { method, ...address, body, ifMatch }) };
  const call = {
    ...outer,
    context,
    requestId: `${outer.requestId}/${index}`,
    id: 'id' in target ? target.id : '',
    query: address.query,
  };
  return { kind: 'entry', operation, url, call, handler };
}

const VISIBLE = /^[\x20-\x7e]{0,64}$/;
const UNADDRESSED: ReadonlySet<string> = new Set(['unknown', 'bundle', 'ping', 'status']);

interface Address {
  /** As behind the base path, with its leading slash. */
  readonly suffix: string;
  readonly search: string;
  readonly query: Query;
}

/** Relative to the base, or absolute on this server. */
function addressIn({ context }: PdsCall, url: string): Address {
  const base = `${context.origin}${BASE_PATH}/`;
  const relative = url.startsWith(base) ? url.slice(base.length) : url.replace(/^\//, '');
  const mark = relative.indexOf('?');
  const path = mark === -1 ? relative : relative.slice(0, mark);
  const search = mark === -1 ? '' : relative.slice(mark);
  const query: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(search)) {
    const known = query[name];
    query[name] = known === undefined ? value : [known, value].flat();
  }
  return { suffix: `/${path}`, search, query };
}

interface Parts extends Address {
  readonly method: string;
  readonly body: string | null;
  readonly ifMatch: string | undefined;
}

function requestOf({ context }: PdsCall, { method, suffix, search, body, ifMatch }: Parts): LightRequest {
  const wait = context.request.headers.get('X-Sync-Wait') ?? undefined;
  const type = body === null ? undefined : 'application/json';
  const headers = new Map([
    ['x-sync-wait', wait],
    ['if-match', ifMatch],
    ['content-type', type],
  ]);
  const url = `${context.origin}${BASE_PATH}${encodeURI(suffix)}${search}`;
  return new LightRequest({ method, url, body, header: (name) => headers.get(name) });
}

function bodyText(operation: string, resource: unknown): string | WireRefusal {
  if (operation !== 'PATCH patient') return JSON.stringify(resource ?? null);
  const patches = patchesOf(resource);
  return patches === MALFORMED ? MALFORMED : JSON.stringify(patches === undefined ? {} : { patches });
}

const PATCH_TYPE = 'application/json-patch+json';

/** FHIR's form is a Binary with the patch in base64; PDS's own `{"patches": […]}` is taken as well. */
function patchesOf(resource: unknown): unknown {
  if (!isObject(resource)) return undefined;
  if (resource['resourceType'] !== 'Binary')
    return Object.hasOwn(resource, 'patches') ? resource['patches'] : undefined;
  const { contentType, data } = resource;
  if (typeof contentType !== 'string' || mediaType(contentType) !== PATCH_TYPE || typeof data !== 'string')
    return MALFORMED;
  const text = decoded(data);
  const value = text === null ? undefined : parseGuarded(text);
  if (value === undefined) return MALFORMED;
  return isObject(value) && Object.hasOwn(value, 'patches') ? value['patches'] : value;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decoded(base64: string): string | null {
  try {
    return decoder.decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
}

/** FHIR forbids it, and which of the two should win nobody could say. */
export const changedTwice = (url: string): WireRefusal =>
  invalidUpdate(`'${url.slice(0, 256)}' is changed twice in one transaction`);
