/** One seed's world: virtual time, the network, the national store, what clients were told, and the incidents. */
import { createHash } from 'node:crypto';
import { shardOf } from '../../src/actors/addresses.ts';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { ImportRecord } from '../../src/engine/envelope.ts';
import type { Delivery, SnapshotRecord } from '../../src/engine/ports.ts';
import type { Answer, Call } from './call.ts';
import { Client } from './client.ts';
import type { EngineUnderTest } from './engine-under-test.ts';
import { EventQueue } from './event-queue.ts';
import { startIncidents } from './incidents.ts';
import type { Knobs, Size } from './knobs.ts';
import { NationalStore } from './national-store.ts';
import type { Wish } from './plan.ts';
import { Random } from './random.ts';
import { ShardHost } from './shard-host.ts';
import type { Instance } from './shard-host.ts';
import type { ShardLedger } from './shard-ledger.ts';
import type { Observation } from './version-chain.ts';
import { Violation } from './violation.ts';
import { importedRecord } from './wire-forms.ts';

export interface Scenario {
  readonly seed: number;
  readonly knobs: Knobs;
  readonly size: Size;
  readonly plan: readonly (readonly Wish[])[];
  readonly engine: EngineUnderTest;
  /** A platform that lets output leave before it is durable (a planted bug of the world, not of the engine). */
  readonly ungated: boolean;
}

interface Pending {
  resolve(): void;
  reject(error: unknown): void;
}

/** Requests of one client meet the requests of others in shards alone. */
interface Replies {
  answered(answer: Answer): void;
  broken(error: unknown): void;
}

const START = 1_800_000_000_000;

export class World {
  readonly seed: number;
  readonly size: Size;
  readonly engine: EngineUnderTest;
  readonly ungated: boolean;
  /** As drawn; `knobs` goes quiet when the world heals. */
  readonly drawn: Knobs;
  knobs: Knobs;
  now = START;
  readonly queue = new EventQueue();
  /** Independent streams: what goes wrong, how long things take, where the checker looks. */
  readonly faults: Random;
  readonly noise: Random;
  readonly looks: Random;
  readonly national = new NationalStore();
  readonly hosts: readonly ShardHost[];
  readonly clients: readonly Client[];
  readonly history: Observation[] = [];
  readonly marks = new Map<string, number>();
  /** Shards in these states. */
  readonly full = new Set<number>();
  readonly frozen = new Set<number>();
  nationalDown = false;
  /** What deliveries were asked to apply, by their number; and the transfers whose effect stands. */
  readonly deliveries: { by: number; transfer: string }[] = [];
  readonly applied = new Set<string>();
  violation: Violation | null = null;
  /** Virtual time since which nothing fails; 0: not yet. */
  healedAt = 0;
  events = 0;
  readonly #calls = new Map<string, Wish>();
  readonly #chunks = new Map<string, ImportRecord>();
  readonly #hash = createHash('sha256');
  #moments = 0;

  constructor(scenario: Scenario) {
    const { seed } = scenario;
    this.seed = seed;
    this.size = scenario.size;
    this.engine = scenario.engine;
    this.ungated = scenario.ungated;
    this.drawn = scenario.knobs;
    this.knobs = scenario.knobs;
    this.faults = new Random(seed, 'faults');
    this.noise = new Random(seed, 'noise');
    this.looks = new Random(seed, 'looks');
    this.hosts = Array.from({ length: scenario.size.shards }, (_, shard) => new ShardHost(this, shard));
    this.clients = scenario.plan.map((wishes, number) => new Client(this, number, wishes));
    for (const client of this.clients) client.start();
    startIncidents(this);
  }

  /** A position in the total order of all that clients do and are told. */
  moment(): number {
    return ++this.#moments;
  }

  at(time: number, label: string, run: () => void): () => void {
    return this.queue.plan(Math.max(time, this.now), label, run);
  }

  after(delayMs: number, label: string, run: () => void): () => void {
    return this.at(this.now + delayMs, label, run);
  }

  mark(name: string, by = 1): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + by);
  }

  trace(text: string): void {
    this.#hash.update(`${this.now} ${text}\n`);
  }

  /** Ends the hash; to be asked once. */
  traceHash(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }

  /** The first violation counts: what follows is its consequence. */
  fail(invariant: string, told: string): void {
    this.violation ??= new Violation(invariant, told);
  }

  networkDelay(): number {
    return 0.1 + this.noise.exponential(this.knobs.delayMs);
  }

  /** Runs events until `until`, or until something is wrong. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    while (this.violation === null && !done() && this.queue.nextAt <= until) {
      const event = this.queue.next();
      if (!event?.run) continue;
      this.now = Math.max(this.now, event.at);
      this.events += 1;
      this.trace(event.label);
      event.run();
      // Every promise that the event settled runs to its end before the next event.
      await new Promise<void>((resolve) => void setImmediate(resolve));
      for (const host of this.hosts) host.endTurn();
    }
    if (this.violation === null && !done() && until !== Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until);
  }

  close(): void {
    for (const host of this.hosts) host.database.close();
    this.national.close();
  }

  hostOf(key: string): ShardHost {
    const host = this.hosts[shardOf(key, this.size.shards)];
    if (!host) throw new Error(`no shard for ${key}`);
    return host;
  }

  ledgerOf(key: string): ShardLedger {
    return this.hostOf(key).ledger;
  }

  get ledgers(): readonly ShardLedger[] {
    return this.hosts.map(({ ledger }) => ledger);
  }

  newestVersion({ record, key }: Wish): number {
    return this.ledgerOf(key).newest.get(`${record}/${key}`)?.version ?? 0;
  }

  /** Remembers what a call asks, for the ledgers. */
  begin(call: Call, importedVersion: number): void {
    const { wish } = call;
    if (!call.misuses) this.#calls.set(call.name, wish);
    if (wish.kind === 'import') this.#chunks.set(`chunk-${wish.id}`, importedRecord(wish, importedVersion));
  }

  importedBytes(chunkId: string): ImportRecord {
    const record = this.#chunks.get(chunkId);
    if (!record) throw new Error(`no chunk ${chunkId}`);
    return record;
  }

  isDryRun(effect: string): boolean {
    return this.#calls.get(effect)?.kind === 'dry-add';
  }

  amountOf(effect: string): number {
    const delivered = effect.startsWith('delivery/') ? this.#deliveryOf(effect) : undefined;
    return delivered?.by ?? this.#calls.get(effect)?.by ?? Number.NaN;
  }

  transferOf(requestId: string): string {
    return this.#deliveryOf(requestId)?.transfer ?? '';
  }

  #deliveryOf(requestId: string): { by: number; transfer: string } | undefined {
    return this.deliveries[Number(requestId.slice(requestId.lastIndexOf('~') + 1))];
  }

  isCommitted(effect: string): boolean {
    return this.ledgers.some(({ effects }) => effects.has(effect));
  }

  hasApplied(effect: string): boolean {
    return this.applied.has(`${effect}>0`) || this.applied.has(`${effect}>1`);
  }

  /** What a wish owes to other records. */
  transfersOf(effect: string): Wish['transfers'] {
    return this.#calls.get(effect)?.transfers ?? [];
  }

  /** A client's message to its shard and the answer back, over a network that loses, doubles, delays and misleads. */
  request(call: Call, replies: Replies): void {
    const { faults, knobs } = this;
    const copies = faults.chance(knobs.duplicate) ? 2 : 1;
    if (copies === 2) this.mark('request doubled');
    for (let copy = 0; copy < copies; copy++) {
      if (faults.chance(knobs.loss)) {
        this.mark('request lost');
        continue;
      }
      this.after(this.networkDelay(), 'request', () => this.#arrive(call, replies));
    }
  }

  #arrive(call: Call, replies: Replies): void {
    const { client, wish } = call;
    const target = (call.misuses?.wish ?? wish).key;
    const misrouted = wish.kind !== 'import' && this.faults.chance(this.knobs.misroute);
    if (misrouted) this.mark('misrouted');
    const host = misrouted ? this.faults.pick(this.hosts) : this.hostOf(target);
    const back = (label: string, told: () => void) => {
      if (this.faults.chance(this.knobs.loss)) return this.mark('reply lost');
      this.after(this.networkDelay(), label, told);
    };
    host.call<Answer>(
      client.id,
      (engine) => {
        if (wish.kind === 'import') {
          const records = [this.importedBytes(`chunk-${wish.id}`)];
          return engine.import({ v: ENVELOPE_VERSION, chunkId: `chunk-${wish.id}`, agent: client.agent, records });
        }
        if (wish.kind !== 'read' && wish.kind !== 'mirror') return engine.submit(this.#envelope(call));
        const query = { name: wish.record === 'counter' ? 'show' : 'get-patient' };
        const purpose = wish.kind === 'read' ? 'access' : 'mirror';
        return engine.read({
          v: ENVELOPE_VERSION,
          kind: wish.record,
          key: wish.key,
          query,
          agent: client.agent,
          requestId: call.requestId,
          purpose,
        });
      },
      {
        answered: (answer) => back('answer', () => replies.answered(answer)),
        broken: (error) => back('broken', () => replies.broken(error)),
      },
    );
  }

  #envelope(call: Call) {
    const client = this.clients.find(({ id }) => id === call.client.id);
    if (!client) throw new Error('a call without its client');
    return client.envelope(call);
  }

  /** An outbox entry on its way to another shard. */
  deliver(
    from: Instance,
    { target, delivery, resolve, reject }: Pending & { target: string; delivery: Delivery },
  ): void {
    const back = (label: string, told: () => void) =>
      this.after(this.networkDelay(), label, () => from.alive && told());
    from.emit(() => {
      this.mark('delivery');
      if (target === 'nowhere' || this.faults.chance(this.knobs.deliveryError)) {
        this.mark(target === 'nowhere' ? 'poisoned delivery' : 'delivery error');
        back('delivery refused', () => reject(new Error('the target is down')));
        return;
      }
      const copies = this.faults.chance(this.knobs.duplicate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        this.after(this.networkDelay(), 'delivery', () =>
          this.hostOf(target).call('shard', (engine) => engine.deliver(delivery), {
            answered: () => {
              if (this.faults.chance(this.knobs.deliveryAckLoss)) return this.mark('delivery acknowledgement lost');
              back('delivered', resolve);
            },
            broken: (error) => back('delivery broken', () => reject(error)),
          }),
        );
      }
    });
  }

  /** A snapshot on its way to the national store; a call that takes long may arrive behind a later one. */
  copy(from: Instance, { records, resolve, reject }: Pending & { records: readonly SnapshotRecord[] }): void {
    from.emit(() => {
      this.mark('national call');
      if (this.nationalDown || this.faults.chance(this.knobs.nationalError)) {
        this.mark(this.nationalDown ? 'national outage' : 'national error');
        this.after(this.networkDelay(), 'copy refused', () => from.alive && reject(new Error('D1_ERROR')));
        return;
      }
      const delay = this.noise.exponential(this.knobs.nationalDelayMs);
      if (delay > 10_000) this.mark('national call later than its deadline');
      this.after(delay, 'copy', () => this.#copied(from, { records, resolve, reject }));
    });
  }

  #copied(from: Instance, { records, resolve, reject }: Pending & { records: readonly SnapshotRecord[] }): void {
    for (const { shard, kind, key, version, body } of records) {
      const known = this.hosts[shard]?.ledger.versions.get(`${kind}/${key}/${version}`);
      if (known?.body !== body) this.fail('I5', `${kind}/${key} at ${version} is copied and was never committed`);
      if (this.national.version(shard, kind, key) > version) this.mark('national copy came late');
    }
    const rows = records.map((record) => ({ ...record, hash: '' }));
    const acknowledged = (): void => {
      if (this.faults.chance(this.knobs.nationalAckLoss)) return this.mark('national acknowledgement lost');
      this.after(this.networkDelay(), 'copied', () => from.alive && resolve());
    };
    this.engine.writeSnapshot(this.national.databases, rows).then(acknowledged, (error: unknown) => {
      this.fail('I5', `the national store refused a copy: ${String(error)}`);
      reject(error);
    });
  }
}
