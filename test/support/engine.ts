/** Runs a real engine on the SQLite of a real actor, with the outside (clock, deliveries, national copy) in the test's hand. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { CommandEnvelope, Outcome, QueryEnvelope } from '../../src/engine/envelope.ts';
import type { Delivery, EnginePorts, SnapshotRecord } from '../../src/engine/ports.ts';
import type { Agent } from '../../src/engine/record-kind.ts';
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import type { Receiver } from '../../src/engine/shard-engine.ts';
import { DurableObjectSql } from '../../src/storage/shard/store.ts';
import type { Vault } from '../../src/engine/vault.ts';
import type { Env } from '../../src/actors/environment.ts';
import { counterKind } from './counter-kind.ts';
import type { CounterCommand } from './counter-kind.ts';

export const spine = env as unknown as Env;

/** The world around one engine. */
export class World {
  readonly sql: DurableObjectSql;
  readonly sent: { target: string; delivery: Delivery }[] = [];
  readonly copied: SnapshotRecord[][] = [];
  readonly failures: string[] = [];
  readonly counts = new Map<string, number>();
  alarmAt: number | null = null;
  aborted: string | null = null;
  time = 1_800_000_000_000;
  vault: Vault | null = null;
  shipEveryMs = 0;
  /** What happens to a delivery or a snapshot on its way. */
  onSend: (target: string, delivery: Delivery) => Promise<void> = () => Promise.resolve();
  onSnapshot: (records: readonly SnapshotRecord[]) => Promise<void> = () => Promise.resolve();
  readonly #ids = { next: 0 };
  readonly state: DurableObjectState;

  constructor(state: DurableObjectState) {
    this.state = state;
    this.sql = new DurableObjectSql(state.storage);
  }

  ports(): EnginePorts {
    return {
      actor: { className: 'test-shard', shard: 0 },
      sql: this.sql,
      now: () => this.time,
      newId: () => String(++this.#ids.next).padStart(8, '0'),
      defer: (work, delayMs) => {
        const timer = setTimeout(work, delayMs);
        return () => clearTimeout(timer);
      },
      setAlarm: (at) => void (this.alarmAt = at),
      send: async (target, delivery) => {
        await this.onSend(target, delivery);
        this.sent.push({ target, delivery });
      },
      writeSnapshot: async (records) => {
        await this.onSnapshot(records);
        this.copied.push([...records]);
      },
      ...(this.vault ? { vault: this.vault, shipEveryMs: this.shipEveryMs } : {}),
      abort: (reason) => void (this.aborted = reason),
      observer: {
        count: (name, by = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + by),
        failure: (name) => void this.failures.push(name),
      },
    };
  }

  /** A fresh engine on the same tables: what a restart makes. */
  start(
    options: { owns?: (key: string) => boolean; hotBytes?: number; shards?: number; receive?: Receiver } = {},
  ): ShardEngine {
    const { owns = () => true, hotBytes = 1_000_000, shards = 8, receive } = options;
    return new ShardEngine(this.ports(), {
      kinds: [counterKind],
      owns,
      hotBytes,
      shards,
      ...(receive ? { receive } : {}),
    });
  }

  rows(table: 'record' | 'journal' | 'reply' | 'outbox' | 'inbox' | 'wake_up'): Record<string, unknown>[] {
    return this.state.storage.sql.exec(`SELECT * FROM ${table}`).toArray();
  }
}

let actors = 1_000;

/** Each call gets an actor of its own, so tests do not meet in storage. */
export function inWorld<T>(work: (world: World) => Promise<T> | T): Promise<T> {
  const stub = spine.LOCATOR_SHARD.getByName(String(++actors));
  return runInDurableObject(stub, (_instance, state) => work(new World(state)));
}

export const AGENT: Agent = { client: 'system-a', mode: 'user-restricted', user: 'u1', rights: [] };

let requests = 0;

export function command(wish: Partial<CommandEnvelope> & { command?: CounterCommand } = {}): CommandEnvelope {
  const requestId = wish.requestId ?? `request-${++requests}`;
  return {
    v: ENVELOPE_VERSION,
    kind: 'counter',
    key: 'k',
    command: { name: 'add' },
    agent: AGENT,
    fingerprint: 'f',
    ...wish,
    requestId,
  };
}

export function query(wish: Partial<QueryEnvelope> = {}): QueryEnvelope {
  return {
    v: ENVELOPE_VERSION,
    kind: 'counter',
    key: 'k',
    query: { name: 'show' },
    agent: AGENT,
    requestId: `request-${++requests}`,
    purpose: 'access',
    ...wish,
  };
}

export const effectOf = (outcome: Outcome): string =>
  outcome.kind === 'replied' ? outcome.effect : outcome.kind === 'refused' ? outcome.code : outcome.kind;
