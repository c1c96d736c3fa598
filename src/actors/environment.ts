/** Bindings and settings of a deployment, as wrangler.toml declares them. */
import type { CoordinatorShard } from './coordinator-shard.ts';
import type { IdentityShard } from './identity-shard.ts';
import type { LocatorShard } from './locator-shard.ts';
import type { MailboxShard } from './mailbox-shard.ts';
import type { NumberAllocator } from './number-allocator.ts';
import type { OrganizationShard } from './organization-shard.ts';
import type { PatientShard } from './patient-shard.ts';
import type { RegistrationShard } from './registration-shard.ts';

export interface Env {
  readonly PATIENT_SHARD: DurableObjectNamespace<PatientShard>;
  readonly LOCATOR_SHARD: DurableObjectNamespace<LocatorShard>;
  readonly REGISTRATION_SHARD: DurableObjectNamespace<RegistrationShard>;
  readonly IDENTITY_SHARD: DurableObjectNamespace<IdentityShard>;
  readonly NUMBER_ALLOCATOR: DurableObjectNamespace<NumberAllocator>;
  readonly COORDINATOR_SHARD: DurableObjectNamespace<CoordinatorShard>;
  readonly ORGANIZATION_SHARD: DurableObjectNamespace<OrganizationShard>;
  readonly MAILBOX_SHARD: DurableObjectNamespace<MailboxShard>;
  /** Bytes of MESH messages, one object per chunk. */
  readonly MESH_PAYLOADS: R2Bucket;
  readonly NATIONAL_0: D1Database;
  readonly PAYLOADS: R2Bucket;
  /** Segments of the journals, and what was said about them: two buckets, so that they may belong to two accounts. */
  readonly JOURNAL: R2Bucket;
  readonly JOURNAL_ANCHORS: R2Bucket;
  /** Seconds between two shipments of a shard's journal; `off`: only when an operator asks. */
  readonly JOURNAL_SHIPPING?: string;
  /** Secret: JSON Web Key Set of private Ed25519 keys; the first signs anchors, all are believed. */
  readonly ANCHOR_KEYS?: string;
  /** JSON, role profile id to job role code, until the identity service answers this. */
  readonly ROLE_CODES?: string;
  /** Shards of each sharded class; fixed when the data is created. */
  readonly SHARDS: string;
  /** Shards of the mailboxes; absent: SHARDS. Fixed when the data is created. */
  readonly MAILBOX_SHARDS?: string;
  /** Key of the NHSMESH tokens of this environment, and the one before while it is being changed. */
  readonly MESH_SHARED_KEY?: string;
  readonly MESH_SHARED_KEY_BEFORE?: string;
  /** Names of the D1 bindings that hold the national index and the record copies, comma-separated. */
  readonly INDEX_DATABASES: string;
  readonly RECORD_DATABASES: string;
  /** Bytes of decoded records a shard keeps; empty: the engine's default. */
  readonly HOT_BYTES?: string;
  /** First and last Durable Object placement, for example `weur`; empty: near the first caller. */
  readonly LOCATION_HINT?: string;
  readonly ENVIRONMENT: string;
  readonly ACCESS: string;
  /** `enforced`: relationships and permission to view are checked here; otherwise calling systems answer for them. */
  readonly ACCESS_CONTROL?: string;
  readonly OPERATOR_KEY?: string;
  readonly KEY_SET?: string;
  /** Certificates (PEM) of the authorities that prescription signatures are trusted by, beside those that operators load. */
  readonly SUBCACC_CERT?: string;
  /** Ids of applications whose prescriptions are still hashed with SHA-1, comma-separated. */
  readonly SHA1_ENABLED_APPLICATION_IDS?: string;
  /** `true`: signatures are verified at the order too. */
  readonly ENABLE_PRESCRIBING_SIGNATURE_VALIDATION?: string;
  /** What NHS Notify signs its delivery reports with; one of them unset: none are taken. */
  readonly NOTIFY_APPLICATION_ID?: string;
  readonly NOTIFY_API_KEY?: string;
  /** `false`: the prescription service answers that this part is disabled; not where people are real. */
  readonly PRESCRIBE_ENABLED?: string;
  readonly DISPENSE_ENABLED?: string;
  readonly [binding: string]: unknown;
}
