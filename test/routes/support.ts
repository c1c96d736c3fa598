/** A fake back end behind the real edge: what a handler asked is kept, what the shards answer is told beforehand. */
import { scheduler } from 'node:timers/promises';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import type {
  HandOverPlan,
  AuditTrails,
  Mailboxes,
  MeshPayloads,
  PatientShards,
  Prescriptions,
  ReadOptions,
  SubmitOptions,
} from '../../src/actors/stubs.ts';
import { nationalSearch } from '../../src/actors/national-search.ts';
import type { TransactionOutcome, TransactionWish, Transactions } from '../../src/actors/transactions.ts';
import type { ImportRecord, Outcome } from '../../src/engine/envelope.ts';
import type { Command, KeyPair, Query } from '../../src/engine/record-kind.ts';
import { idleDurability } from '../support/idle-durability.ts';
import { MemoryIdentity } from '../support/memory-identity.ts';
import { TokenBuckets } from '../../src/routes/rate-limit.ts';
import type { Surroundings } from '../../src/routes/request-context.ts';
import { route } from '../../src/routes/router.ts';
import type { Spine } from '../../src/routes/service.ts';
import { readSettings } from '../../src/routes/settings.ts';
import type { Settings } from '../../src/routes/settings.ts';

// As the Worker has it: who asks a second time waits in between.
if (!('scheduler' in globalThis)) Object.assign(globalThis, { scheduler });

export const NOW = Date.UTC(2026, 2, 13, 12, 0, 0);
export const BASE = 'https://edge.test/personal-demographics/FHIR/R4';
export const REQUEST_ID = '60E0B220-8136-4CA5-AE46-1D97EF59D068';
export const CORRELATION_ID = '11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA';

export const PATIENT = '{"resourceType":"Patient","id":"9000000009","meta":{"versionId":"7"}}';

export const replied = (body: string, more: Partial<Extract<Outcome, { kind: 'replied' }>> = {}): Outcome => ({
  kind: 'replied',
  effect: 'found',
  version: 7,
  body,
  ...more,
});

export interface Asked {
  readonly kind: string;
  readonly key: string;
  readonly wish: Command | Query;
  readonly options: SubmitOptions | ReadOptions;
}

type Answers = (asked: Asked) => Outcome | Promise<Outcome>;

export class FakeSpine implements Spine {
  readonly identity = new MemoryIdentity();
  readonly durability = idleDurability;
  readonly asked: Asked[] = [];
  readonly imported: { chunkId: string; records: readonly ImportRecord[] }[] = [];
  answer: Answers = () => replied(PATIENT);
  /** What the national index holds: NHS number and document. */
  candidates: readonly (readonly [string, string])[] = [];
  indexFails = false;
  /** The services under test here have no mailboxes. */
  readonly mailboxes = {} as Mailboxes;
  readonly trails = {} as AuditTrails;
  readonly meshPayloads = {} as MeshPayloads;
  /** Nor prescriptions. */
  readonly prescriptions = {} as Prescriptions;
  readonly national = { index: [this.#index()], records: [] };
  readonly search = nationalSearch(this.national, () => undefined);
  readonly outside = new Map<string, string>();
  readonly payloads = {
    put: (text: string) => {
      const digest = String(this.outside.size + 1);
      this.outside.set(digest, text);
      return Promise.resolve(digest);
    },
    get: (digest: string) => Promise.resolve(this.outside.get(digest) ?? ''),
  };
  readonly roles = { jobRole: (role: string) => Promise.resolve(role === '555254240100' ? 'S8000:G8000:R8001' : null) };

  /** As much of D1 as one search touches. */
  #index(): D1Database {
    const all = () => {
      if (this.indexFails) return Promise.reject(new Error('D1_ERROR: no such table: patient_index for 9000000009'));
      return Promise.resolve({
        results: this.candidates.map(([key, document]) => ({ scanned: 0, key, document })),
        success: true,
      });
    };
    const bound = { bind: () => ({ all }) };
    return { prepare: () => bound } as unknown as D1Database;
  }

  readonly handedOver: KeyPair[] = [];
  handOverPlan: HandOverPlan | Outcome = { kind: 'planned', records: [] };

  readonly #ask = async (kind: string, key: string, wish: Command | Query, options: SubmitOptions | ReadOptions) => {
    const asked = { kind, key, wish, options };
    this.asked.push(asked);
    return this.answer(asked);
  };

  readonly patients: { -readonly [K in keyof PatientShards]: PatientShards[K] } = {
    submit: this.#ask,
    read: this.#ask,
    readMany: (kind, keys, query, options) => Promise.all(keys.map((key) => this.#ask(kind, key, query, options))),
    handOver: (keys) => {
      this.handedOver.push(keys);
      return Promise.resolve(this.handOverPlan);
    },
    import: (chunkId, _agent, records) => {
      this.imported.push({ chunkId, records });
      return Promise.resolve({ stored: records.length, unchanged: 0, sequence: 1 });
    },
    together: () => this.patients,
  };

  readonly registrations = {
    register: (command: Command, options: SubmitOptions) => this.#ask('registration', '', command, options),
  };

  readonly transacted: { commands: readonly TransactionWish[]; options: Parameters<Transactions['transact']>[1] }[] =
    [];
  transactionOutcome: TransactionOutcome = { kind: 'committed', replies: [] };
  readonly transactions: Transactions = {
    transact: (commands, options) => {
      this.transacted.push({ commands, options });
      return Promise.resolve(this.transactionOutcome);
    },
  };

  counters(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve({ snapshotPending: 3 });
  }

  /** The one thing that was asked. */
  get only(): Asked {
    const [first, second] = this.asked;
    if (first === undefined || second !== undefined) throw new Error(`${this.asked.length} calls instead of one`);
    return first;
  }
}

export const OPEN: Settings = readSettings({
  ACCESS: 'open',
  ENVIRONMENT: 'local',
  OPERATOR_KEY: 'operator-1',
  STATUS_KEY: 'status-1',
});

export class Edge {
  readonly spine = new FakeSpine();
  settings: Settings;
  now = NOW;
  readonly limiter = new TokenBuckets();

  constructor(settings: Settings = OPEN) {
    this.settings = settings;
  }

  get surroundings(): Surroundings {
    return { spine: this.spine, settings: this.settings, now: this.now, limiter: this.limiter };
  }

  /** `path` starts behind the PDS base path, or is a whole URL. Headers set to null are left out. */
  async send(path: string, sent: Sent = {}): Promise<Response> {
    const headers = new Headers();
    for (const [name, value] of Object.entries({ 'X-Request-ID': REQUEST_ID, ...sent.headers })) {
      if (value !== null) headers.set(name, value);
    }
    const init: RequestInit = { method: sent.method ?? 'GET', headers };
    if (sent.body !== undefined) init.body = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
    const url = path.startsWith('http') ? path : `${BASE}${path}`;
    return route(new Request(url, init), this.surroundings);
  }
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
}

/** What a PATCH brings when nothing is wrong with it. */
export const patching = (more: Sent = {}): Sent => ({
  method: 'PATCH',
  body: { patches: [{ op: 'replace', path: '/gender', value: 'female' }] },
  ...more,
  headers: { 'If-Match': 'W/"7"', 'Content-Type': 'application/json-patch+json', ...more.headers },
});

export interface OutcomeOnTheWire {
  readonly status: number;
  readonly code: string;
  readonly display: string;
  readonly issueCode: string;
  readonly severity: string;
  readonly diagnostics: string | undefined;
}

interface OutcomeBody {
  readonly resourceType: string;
  readonly issue: readonly {
    readonly severity: string;
    readonly code: string;
    readonly diagnostics?: string;
    readonly details: {
      readonly coding: readonly {
        readonly system: string;
        readonly version: string;
        readonly code: string;
        readonly display: string;
      }[];
    };
  }[];
}

/** Reads a refusal, and checks its frame on the way. */
export async function refusalIn(response: Response): Promise<OutcomeOnTheWire> {
  const body = (await response.json()) as OutcomeBody;
  const [issue] = body.issue;
  const [coding] = issue?.details.coding ?? [];
  if (
    body.resourceType !== 'OperationOutcome' ||
    body.issue.length !== 1 ||
    issue === undefined ||
    coding === undefined
  ) {
    throw new Error(`not an OperationOutcome with one issue: ${JSON.stringify(body)}`);
  }
  if (coding.system !== 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode' || coding.version !== '1') {
    throw new Error(`wrong code system: ${JSON.stringify(coding)}`);
  }
  return {
    status: response.status,
    code: coding.code,
    display: coding.display,
    issueCode: issue.code,
    severity: issue.severity,
    diagnostics: issue.diagnostics,
  };
}

export const ISSUER = 'https://identity.test/oauth2';
export const AUDIENCE = 'https://edge.test';

export interface Signer {
  readonly keySet: string;
  readonly privateKey: CryptoKey;
  readonly algorithm: string;
  sign(claims: Readonly<Record<string, unknown>>, more?: Signing): Promise<string>;
}

export interface Signing {
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from NOW. */
  readonly expires?: number | null;
  readonly notBefore?: number;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey;
}

export async function signer(algorithm: string, kid = 'key-1'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }] });
  const sign = async (claims: Readonly<Record<string, unknown>>, more: Signing = {}): Promise<string> => {
    const seconds = NOW / 1000;
    const token = new SignJWT({ client_id: 'app-1', client_name: 'App One', ...claims })
      .setProtectedHeader({ alg: algorithm, kid, ...more.header })
      .setIssuer(more.issuer ?? ISSUER)
      .setAudience(more.audience ?? AUDIENCE)
      .setIssuedAt(seconds);
    if (more.expires !== null) token.setExpirationTime(seconds + (more.expires ?? 600));
    if (more.notBefore !== undefined) token.setNotBefore(seconds + more.notBefore);
    return token.sign(more.key ?? privateKey);
  };
  return { keySet, privateKey, algorithm, sign };
}

export const enforced = (keySet: string, more: Readonly<Record<string, string>> = {}): Settings =>
  readSettings({
    ACCESS: 'enforced',
    ENVIRONMENT: 'int',
    KEY_SET: keySet,
    TOKEN_ISSUER: ISSUER,
    TOKEN_AUDIENCE: AUDIENCE,
    OPERATOR_KEY: 'operator-1',
    STATUS_KEY: 'status-1',
    ...more,
  });

export const SCOPE = {
  worker: 'urn:nhsd:apim:user-nhs-cis2:aal3:personal-demographics-service',
  workerAal2: 'urn:nhsd:apim:user-nhs-cis2:aal2:personal-demographics-service',
  workerNhsId: 'urn:nhsd:apim:user-nhs-id:aal3:personal-demographics-service',
  app: 'urn:nhsd:apim:app:level3:personal-demographics-service',
  privileged: 'urn:nhsd:apim:app:level3:privileged-personal-demographics-service',
  patient: 'urn:nhsd:apim:user-nhs-login:P9:personal-demographics-service',
  p5: 'urn:nhsd:apim:user-nhs-login:P5:personal-demographics-service',
  p0: 'urn:nhsd:apim:user-nhs-login:P0:personal-demographics-service',
} as const;
