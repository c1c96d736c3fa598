/** Everything behind the edge in one process: real engines over SQLite in memory, with the real record kinds. */
import { createHash } from 'node:crypto';
import { shardOf } from '../../src/actors/addresses.ts';
import { nationalSearch } from '../../src/actors/national-search.ts';
import { PATIENT_KINDS } from '../../src/actors/patient-kinds.ts';
import type { AuditTrails, Mailboxes, MeshPayloads, PatientShards, Prescriptions } from '../../src/actors/stubs.ts';
import { guardedKinds } from '../../src/domain/access-control/guarded-kind.ts';
import { importPatientGroup } from '../../src/domain/pds/import-patient-group.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import { idleDurability } from './idle-durability.ts';
import { MemoryIdentity } from './memory-identity.ts';
import type { Agent } from '../../src/engine/record-kind.ts';
import { readTrail, verifyChain } from '../../src/engine/trail.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { TokenBuckets } from '../../src/routes/rate-limit.ts';
import { route } from '../../src/routes/router.ts';
import type { Spine } from '../../src/routes/service.ts';
import { readSettings } from '../../src/routes/settings.ts';
import type { Settings } from '../../src/routes/settings.ts';
import { NodeSql } from './node-sql.ts';

const SHARDS = 2;
const IMPORTER: Agent = { client: 'operator', mode: 'import', rights: [] };

interface Access {
  readonly kind: string;
  readonly key: string;
  readonly action: string;
  readonly outcome: string;
  readonly agent: Agent;
}

export class RecordSpine implements Spine {
  readonly identity = new MemoryIdentity();
  readonly durability = idleDurability;
  /** The services under test here have no mailboxes. */
  readonly mailboxes = {} as Mailboxes;
  readonly meshPayloads = {} as MeshPayloads;
  /** Nor prescriptions. */
  readonly prescriptions = {} as Prescriptions;
  readonly trails: AuditTrails = {
    sources: () => [
      ...this.#engines.map((_engine, shard) => ({ className: 'patient-shard' as const, shard })),
      { className: 'identity-shard', shard: 0 },
    ],
    home: (className, key) => ({ className, shard: className === 'patient-shard' ? shardOf(key, SHARDS) : 0 }),
    read: async ({ className, shard }, query) =>
      className === 'identity-shard' ? this.identity.trail(query) : readTrail(this.#at(shard).shard, query),
    verify: async ({ shard }, after) => verifyChain(this.#at(shard).shard, after),
  };
  readonly outside = new Map<string, string>();
  readonly failures: string[] = [];
  readonly #now: () => number;
  readonly #engines: readonly ShardEngine[];
  #ids = 0;

  constructor(now: () => number, control: 'enforced' | 'caller' = 'caller') {
    this.#now = now;
    this.#engines = Array.from(
      { length: SHARDS },
      (_, shard) =>
        new ShardEngine(this.#ports(shard), {
          kinds: guardedKinds(PATIENT_KINDS, control),
          owns: (key) => shardOf(key, SHARDS) === shard,
          hotBytes: 4 * 1024 * 1024,
          shards: SHARDS,
        }),
    );
  }

  #ports(shard: number): EnginePorts {
    return {
      actor: { className: 'patient-shard', shard },
      sql: new NodeSql(),
      now: this.#now,
      newId: () => (++this.#ids).toString(16).toUpperCase().padStart(8, '0'),
      defer: (work, delayMs) => {
        const timer = setTimeout(work, delayMs);
        timer.unref();
        if (delayMs < 100) timer.ref();
        return () => clearTimeout(timer);
      },
      setAlarm: () => undefined,
      send: async (target, delivery) => {
        const alert = JSON.parse(delivery.payload) as { readonly client: string };
        const agent = { client: alert.client, mode: 'platform', rights: [] };
        const key = target.slice('identity-shard/'.length);
        const command = { name: 'raise-privacy-alert', alert };
        await this.identity.submit('privacy-alert', key, command, { agent, requestId: delivery.stream });
      },
      writeSnapshot: () => Promise.resolve(),
      abort: (reason) => this.failures.push(reason),
      observer: { count: () => undefined, failure: (name) => this.failures.push(name) },
    };
  }

  engine(key: string): ShardEngine {
    return this.#at(shardOf(key, SHARDS));
  }

  #at(shard: number): ShardEngine {
    const found = this.#engines[shard];
    if (found === undefined) throw new Error('no such shard');
    return found;
  }

  readonly patients: PatientShards = {
    submit: (kind, key, command, { waitMs: _wait, ...asked }) =>
      this.engine(key).submit({ v: ENVELOPE_VERSION, kind, key, command, ...asked }),
    read: (kind, key, query, options) => this.engine(key).read({ v: ENVELOPE_VERSION, kind, key, query, ...options }),
    readMany: (kind, keys, query, options) =>
      Promise.all(keys.map((key) => this.patients.read(kind, key, query, options))),
    handOver: (keys) => this.engine(keys.from).handOver(keys),
    import: async (chunkId, agent, records) => {
      for (const record of records) {
        await this.engine(record.key).import({
          v: ENVELOPE_VERSION,
          chunkId: `${chunkId}/${record.kind}/${record.key}`,
          agent,
          records: [record],
        });
      }
      return { stored: records.length, unchanged: 0 };
    },
    together: () => this.patients,
  };

  readonly registrations = { register: () => Promise.reject(new Error('nobody registers here')) };
  /** Nor transactions: what is asked is committed and done nothing about. */
  readonly transactions = { transact: () => Promise.resolve({ kind: 'committed' as const, replies: [] }) };
  readonly national = { index: [], records: [] };
  readonly search = nationalSearch(this.national, () => undefined);
  readonly payloads = {
    put: (text: string) => {
      const sha256 = createHash('sha256').update(text).digest('hex');
      this.outside.set(sha256, text);
      return Promise.resolve(sha256);
    },
    get: (sha256: string) => Promise.resolve(this.outside.get(sha256) ?? ''),
  };
  readonly roles = {
    jobRole: (role: string) =>
      Promise.resolve(role === '555254240100' || role.startsWith('7000') ? 'S8000:G8000:R8001' : null),
  };
  settle = () => Promise.resolve();
  counters = () => Promise.resolve({});

  /** A patient as the import takes it. */
  async person(nhsNumber: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const records = importPatientGroup([{ resourceType: 'Patient', id: nhsNumber, meta: { versionId: '1' }, ...more }]);
    if (typeof records === 'string') throw new Error(records);
    await this.patients.import(`person-${this.#ids++}`, IMPORTER, records);
  }

  /** Every access that the journals tell of, in order. */
  accesses(): Access[] {
    return this.#engines.flatMap((engine) =>
      engine.shard.statements.journalAfter(0, 10_000).flatMap((row): Access[] => {
        if (row.kind !== 'reads') return [];
        const { accesses, agents } = JSON.parse(row.entry) as {
          accesses: [string, string, string, string, number, string, number][];
          agents: Agent[];
        };
        return accesses.map(([kind, key, action, outcome, , , agent]) => ({
          kind,
          key,
          action,
          outcome,
          agent: agents[agent] ?? IMPORTER,
        }));
      }),
    );
  }
}

export const OPEN: Settings = readSettings({
  ACCESS: 'open',
  ENVIRONMENT: 'local',
  OPERATOR_KEY: 'operator-1',
  STATUS_KEY: 'status-1',
});

export interface Wire {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null where there is no JSON. */
  readonly body: unknown;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
}

/** A house with an address: requests go through the real router to real shards. */
export class House {
  now = Date.UTC(2026, 2, 13, 12, 0, 0);
  readonly spine: RecordSpine;
  limiter = new TokenBuckets();
  settings = OPEN;
  readonly #base: string;

  constructor(base: string, control: 'enforced' | 'caller' = 'caller') {
    this.spine = new RecordSpine(() => this.now, control);
    this.#base = base;
  }

  /** `path` starts behind the base path of the service, or is a whole path when it starts with `//`. */
  async send(method: string, path: string, { body, headers = {} }: Asked = {}): Promise<Wire> {
    const all = {
      'X-Request-ID': crypto.randomUUID(),
      'NHSD-Session-URID': '555254240100',
      ...(body === undefined ? {} : { 'Content-Type': 'application/fhir+json' }),
      ...headers,
    };
    const sent = new Headers();
    for (const [name, value] of Object.entries(all)) if (value !== null) sent.set(name, value);
    const init: RequestInit = { method, headers: sent };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    const url = `https://edge.test${path.startsWith('//') ? path.slice(1) : this.#base + path}`;
    const response = await route(new Request(url, init), {
      spine: this.spine,
      settings: this.settings,
      now: this.now,
      limiter: this.limiter,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' || isLines(response) ? null : (JSON.parse(text) as unknown),
    };
  }
}

const isLines = ({ headers }: Response): boolean => headers.get('Content-Type')?.includes('ndjson') === true;

/** details.text of the first issue. */
export const textOf = ({ body }: Wire): string | undefined =>
  (body as { issue?: { details?: { text?: string } }[] }).issue?.[0]?.details?.text;
