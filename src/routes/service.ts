/** What a service of the national back end declares to the router, and what it may ask of the rest of the house. */
import type {
  AuditTrails,
  IdentityShards,
  Mailboxes,
  MeshPayloads,
  NationalSearch,
  PatientShards,
  Payloads,
  Prescriptions,
  Registrations,
  RoleDirectory,
} from '../actors/stubs.ts';
import type { Durability } from '../actors/durability.ts';
import type { Transactions } from '../actors/transactions.ts';
import type { EngineRefusalCode } from '../engine/envelope.ts';
import type { Refusal } from '../engine/record-kind.ts';
import type { NationalDatabases } from '../storage/national/databases.ts';
import type { RequestContext } from './request-context.ts';
import type { Outgoing } from './respond.ts';

/** Everything behind the edge that a route may use. */
export interface Spine {
  readonly patients: PatientShards;
  readonly registrations: Registrations;
  readonly transactions: Transactions;
  readonly identity: IdentityShards;
  readonly mailboxes: Mailboxes;
  readonly meshPayloads: MeshPayloads;
  readonly national: NationalDatabases;
  readonly search: NationalSearch;
  readonly payloads: Payloads;
  readonly prescriptions: Prescriptions;
  readonly roles: RoleDirectory;
  readonly durability: Durability;
  readonly trails: AuditTrails;
  /** Numbers about the whole back end for operators, such as `snapshotPending`. */
  counters(): Promise<Readonly<Record<string, number>>>;
}

/** Refusals the edge makes for every service. */
export type EdgeRefusalCode =
  | 'unauthorised'
  | 'invalid-api-key'
  | 'rate-limited'
  | 'url-too-long'
  | 'body-too-large'
  | 'body-too-slow'
  | 'timeout'
  | 'preflight-expected'
  | 'unknown-error';

/** A refusal on its way out; what is given here wins over the table. */
export interface WireRefusal extends Refusal {
  readonly display?: string;
  /** True: made by the gateway, which answers application/json instead of application/fhir+json. */
  readonly gateway?: boolean;
  readonly retryAfterSeconds?: number;
  /** The entry at fault, where a request has several. */
  readonly expression?: string;
}

/** How one refusal looks on the wire. */
export interface RefusalForm {
  readonly status: number;
  readonly code: string;
  readonly display: string;
  /** FHIR issue type. */
  readonly issueCode: string;
  readonly severity: 'error' | 'information';
  /** Used where the refusal brings no diagnostics of its own. */
  readonly diagnostics?: string;
}

/** Total by type: a code without a form does not compile. */
export type RefusalTable<Code extends string> = Readonly<
  Record<Code | EngineRefusalCode | EdgeRefusalCode, RefusalForm>
>;

/** What the router found out about the address. */
export interface Routed {
  /** The rest of the path behind the base path, with its leading slash; '' when there is none. */
  readonly suffix: string;
  readonly query: Query;
}

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Service {
  readonly basePath: string;
  handle(context: RequestContext, routed: Routed): Promise<Outgoing>;
  /** The answer to what is too much just now; a service without it is let in always. */
  overloaded?(context: RequestContext, retryAfterSeconds: number): Outgoing;
  /** The answer when something broke; it tells nothing but a reference. */
  broken(context: RequestContext, reference: string): Outgoing;
}
