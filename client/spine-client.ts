/** The Spine as typed calls, over HTTP or a session. */
import { Caller } from './caller.ts';
import type { CallerSettings, CallOptions, SpineAnswer, SpineCall } from './caller.ts';
import { HttpTransport } from './http-transport.ts';
import type { Fetch } from './http-transport.ts';
import { SessionTransport } from './session-transport.ts';
import type { Transport } from './transport.ts';
import type { Bundle, BundleEntry, Patient, PatchOperation, PatientSearch, RelatedPerson } from './types.ts';
import { NO_WEB_SOCKET, platformWebSocket } from './web-socket.ts';
import type { SocketClass } from './web-socket.ts';

export interface SpineClientOptions extends CallerSettings {
  /** Where the Spine answers, for example https://spine.example. */
  readonly url: string;
  /** `auto`: a session where the platform has WebSockets, otherwise HTTP. Default: http. */
  readonly transport?: 'http' | 'session' | 'auto';
  /** Where the platform has none (Node before 22), or another is wanted. */
  readonly WebSocket?: SocketClass;
  readonly fetch?: Fetch;
  /** Messages of a session on the wire at once. */
  readonly inFlight?: number;
}

const PDS = '/personal-demographics/FHIR/R4';
const PATCH_TYPE = 'application/json-patch+json';

export class SpineClient {
  readonly #transport: Transport;
  readonly #caller: Caller;

  constructor(options: SpineClientOptions) {
    this.#transport = transportOf(options);
    this.#caller = new Caller(this.#transport, options);
  }

  /** Any request, with the same retries and errors as the typed ones. */
  request<Body = unknown>(call: SpineCall): Promise<SpineAnswer<Body>> {
    return this.#caller.call<Body>(call);
  }

  getPatient(nhsNumber: string, options: CallOptions = {}): Promise<SpineAnswer<Patient>> {
    return this.#caller.call({ ...options, method: 'GET', path: `${PDS}/Patient/${segment(nhsNumber)}` });
  }

  searchPatients(search: PatientSearch, options: CallOptions = {}): Promise<SpineAnswer<Bundle<Patient>>> {
    return this.#caller.call({ ...options, method: 'GET', path: `${PDS}/Patient?${queryOf(search)}` });
  }

  /** `version`: the one the change is meant for; another one in the record refuses it. */
  patchPatient(
    nhsNumber: string,
    { version, patches }: { readonly version: number; readonly patches: readonly PatchOperation[] },
    options: CallOptions = {},
  ): Promise<SpineAnswer<Patient>> {
    const headers = { 'If-Match': `W/"${version}"`, 'Content-Type': PATCH_TYPE, ...options.headers };
    const path = `${PDS}/Patient/${segment(nhsNumber)}`;
    return this.#caller.call({ ...options, headers, method: 'PATCH', path, body: { patches } });
  }

  createPatient(patient: Readonly<Record<string, unknown>>, options: CallOptions = {}): Promise<SpineAnswer<Patient>> {
    return this.#caller.call({ ...options, method: 'POST', path: `${PDS}/Patient`, body: patient });
  }

  relatedPersons(nhsNumber: string, options: CallOptions = {}): Promise<SpineAnswer<Bundle<RelatedPerson>>> {
    return this.#caller.call({
      ...options,
      method: 'GET',
      path: `${PDS}/Patient/${segment(nhsNumber)}/RelatedPerson`,
    });
  }

  /** Independent requests in one: each entry has its own answer. */
  batch(entries: readonly BundleEntry[], options: CallOptions = {}): Promise<SpineAnswer<Bundle>> {
    return this.#bundle('batch', entries, options);
  }

  /** All changes or none. */
  transaction(entries: readonly BundleEntry[], options: CallOptions = {}): Promise<SpineAnswer<Bundle>> {
    return this.#bundle('transaction', entries, options);
  }

  /** Ends the session; what is under way fails. */
  close(): void {
    this.#transport.close();
  }

  #bundle(type: string, entry: readonly BundleEntry[], options: CallOptions): Promise<SpineAnswer<Bundle>> {
    const headers = { 'Content-Type': 'application/fhir+json', ...options.headers };
    const body = { resourceType: 'Bundle', type, entry };
    return this.#caller.call({ ...options, headers, method: 'POST', path: `${PDS}/`, body });
  }
}

function transportOf({ url, transport = 'http', WebSocket, fetch, inFlight }: SpineClientOptions): Transport {
  const base = url.replace(/\/+$/, '');
  const socket = WebSocket ?? platformWebSocket();
  if (transport === 'http' || (transport === 'auto' && socket === undefined)) return new HttpTransport(base, fetch);
  if (socket === undefined) throw new TypeError(NO_WEB_SOCKET);
  const address = `${base.replace(/^http/, 'ws')}/session`;
  return new SessionTransport({ url: address, WebSocket: socket, ...(inFlight === undefined ? {} : { inFlight }) });
}

const segment = (value: string): string => encodeURIComponent(value);

function queryOf(search: PatientSearch): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search) as [string, unknown][]) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) query.append(name, String(one));
  }
  return query.toString();
}
