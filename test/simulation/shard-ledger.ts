/**
 * The checker's own account of one shard, kept beside it row by row: chains, versions, effects, sums. It is told
 * nothing by the engine; it reads the journal after every turn and takes back what a crash took back.
 */
import { createHash } from 'node:crypto';
import { shardOf } from '../../src/actors/addresses.ts';
import type { ShardHost } from './shard-host.ts';
import type { World } from './world.ts';

interface JournalRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  readonly entry: string;
  readonly body: string;
  readonly annex: string;
  readonly hash: string;
}

export interface Version {
  readonly seq: number;
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  readonly body: string;
  readonly annex: string;
}

interface Kept {
  readonly row: JournalRow;
  readonly undo: (() => void)[];
}

const GENESIS = '0'.repeat(64);

export class ShardLedger {
  /** Newest version per `kind/key`. */
  readonly newest = new Map<string, Version>();
  /** Every version ever, by `kind/key/version`. */
  readonly versions = new Map<string, Version>();
  /** Version made, by `client/request`. */
  readonly effects = new Map<string, number>();
  /** `client/request` of every audited access or refusal. */
  readonly accesses = new Set<string>();
  /** Those whose replies have left. */
  readonly promisedEffects = new Set<string>();
  readonly promisedAccesses = new Set<string>();
  /** Last applied position per stream. */
  readonly streams = new Map<string, number>();
  readonly #world: World;
  readonly #host: ShardHost;
  readonly #rows: Kept[] = [];
  #hasTables = false;

  constructor(world: World, host: ShardHost) {
    this.#world = world;
    this.#host = host;
  }

  get head(): number {
    return this.#rows.length;
  }

  /** False before the first start that survived. */
  get hasTables(): boolean {
    this.#hasTables ||= this.#host.database.ask(`SELECT 1 FROM sqlite_master WHERE name = 'journal'`).length > 0;
    return this.#hasTables;
  }

  /** Reads what the turn appended. */
  absorb(): void {
    const { database } = this.#host;
    if (!this.hasTables) return;
    for (const row of database.ask<JournalRow>(`SELECT * FROM journal WHERE seq > ? ORDER BY seq`, this.head))
      this.#append(row);
    if (this.#world.looks.chance(0.03)) this.checkMemory();
  }

  /** After a crash: rows beyond the survivors never happened, and nobody may have been told of them. */
  rewind(): void {
    const { database } = this.#host;
    this.#hasTables = false;
    const [head] = this.hasTables ? database.ask<{ seq: number | null }>(`SELECT max(seq) AS seq FROM journal`) : [];
    const survivors = head?.seq ?? 0;
    while (this.#rows.length > survivors) {
      const kept = this.#rows.pop();
      for (const undo of kept?.undo.toReversed() ?? []) undo();
    }
  }

  #append(row: JournalRow): void {
    const kept: Kept = { row, undo: [] };
    this.#checkChain(row);
    this.#rows.push(kept);
    if (row.kind === 'reads') this.#reads(row, kept);
    else if (row.kind === 'import') this.#imported(row, kept);
    else this.#changed(row, kept);
  }

  #checkChain(row: JournalRow): void {
    const before = this.#rows.at(-1)?.row;
    if (row.seq !== this.head + 1) this.#world.fail('I4', `journal position ${row.seq} after ${this.head}`);
    if (row.at < (before?.at ?? 0)) this.#world.fail('I10', `journal time goes back at ${row.seq}`);
    if (row.hash !== sealOf(before?.hash ?? GENESIS, row))
      this.#world.fail('I4', `journal hash is wrong at ${row.seq}`);
  }

  #reads(row: JournalRow, kept: Kept): void {
    const { agents, accesses } = JSON.parse(row.entry) as {
      agents: { client: string }[];
      accesses: [
        kind: string,
        key: string,
        action: string,
        outcome: string,
        version: number,
        requestId: string,
        agent: number,
      ][];
    };
    for (const [, , , , , requestId, agent] of accesses) {
      const name = `${agents[agent]?.client}/${requestId}`;
      if (this.accesses.has(name)) continue;
      this.accesses.add(name);
      kept.undo.push(() => {
        this.accesses.delete(name);
        if (this.promisedAccesses.has(name))
          this.#world.fail('I4', `the trace of an answered access was lost: ${name}`);
      });
    }
  }

  #imported(row: JournalRow, kept: Kept): void {
    const { records } = JSON.parse(row.entry) as { records: [kind: string, key: string, version: number][] };
    for (const [kind, key, version] of records) {
      const [stored] = this.#host.database.ask<{ body: string; annex: string; version: number }>(
        `SELECT body, annex, version FROM record WHERE kind = ? AND key = ?`,
        kind,
        key,
      );
      const before = this.newest.get(`${kind}/${key}`)?.version ?? 0;
      if (version <= before) this.#world.fail('I2', `an import brought ${kind}/${key} from ${before} to ${version}`);
      // A newer version of the same turn has taken the record's place: its bytes were the import's own.
      const bytes = stored?.version === version ? stored : this.#world.importedBytes(row.key);
      this.#put({ seq: row.seq, kind, key, version, body: bytes.body, annex: bytes.annex }, kept);
    }
    this.#effect(`import/${row.key}`, 0, kept);
  }

  #changed(row: JournalRow, kept: Kept): void {
    const { kind, key, version, body, annex, seq } = row;
    const { requestId, agent } = JSON.parse(row.entry) as { requestId: string; agent: { client: string } };
    const before = this.newest.get(`${kind}/${key}`);
    const effect = `${agent.client}/${requestId}`;
    if (shardOf(key, this.#world.size.shards) !== this.#host.shard)
      this.#world.fail('L01', `${key} was decided by shard ${this.#host.shard}`);
    if (this.#world.frozen.has(this.#host.shard)) this.#world.fail('L02', `a frozen shard accepted ${effect}`);
    if (version !== (before?.version ?? 0) + 1)
      this.#world.fail('I2', `${kind}/${key} goes from ${before?.version ?? 0} to ${version}`);
    if (this.#world.isDryRun(effect)) this.#world.fail('C06', `a dry run was committed: ${effect}`);
    this.#checkSum(row, before?.body ?? null, effect);
    if (agent.client === 'delivery') this.#delivered(requestId, kept);
    this.#effect(effect, version, kept);
    this.#put({ seq, kind, key, version, body, annex }, kept);
  }

  /** A counter moves by exactly what was asked. */
  #checkSum(row: JournalRow, before: string | null, effect: string): void {
    if (row.kind !== 'counter') return;
    const countOf = (body: string | null) => (body === null ? 0 : (JSON.parse(body) as { count: number }).count);
    const moved = countOf(row.body) - countOf(before);
    if (moved !== this.#world.amountOf(effect)) this.#world.fail('I7', `${row.key} moved by ${moved} for ${effect}`);
  }

  #delivered(requestId: string, kept: Kept): void {
    const stream = requestId.slice(0, requestId.lastIndexOf('#'));
    const position = Number(requestId.slice(requestId.lastIndexOf('#') + 1, requestId.lastIndexOf('~')));
    const before = this.streams.get(stream) ?? 0;
    if (position <= before) this.#world.fail('I6', `stream ${stream}: ${position} was applied after ${before}`);
    this.streams.set(stream, position);
    kept.undo.push(() => this.streams.set(stream, before));
    const transfer = this.#world.transferOf(requestId);
    if (this.#world.applied.has(transfer)) this.#world.fail('I6', `transfer ${transfer} was applied twice`);
    if (!this.#world.isCommitted(transfer.slice(0, transfer.lastIndexOf('>')))) {
      this.#world.fail('I6', `transfer ${transfer} was applied without its cause`);
    }
    this.#world.applied.add(transfer);
    kept.undo.push(() => void this.#world.applied.delete(transfer));
  }

  #effect(name: string, version: number, kept: Kept): void {
    if (this.effects.has(name)) this.#world.fail('I3', `${name} had two effects`);
    this.effects.set(name, version);
    kept.undo.push(() => {
      this.effects.delete(name);
      if (this.promisedEffects.has(name)) this.#world.fail('I1', `an acknowledged write was lost: ${name}`);
      if (this.#world.hasApplied(name)) this.#world.fail('I6', `a delivered entry lost its cause: ${name}`);
    });
  }

  #put(version: Version, kept: Kept): void {
    const name = `${version.kind}/${version.key}`;
    const before = this.newest.get(name);
    this.newest.set(name, version);
    this.versions.set(`${name}/${version.version}`, version);
    kept.undo.push(() => {
      if (before) this.newest.set(name, before);
      else this.newest.delete(name);
      this.versions.delete(`${name}/${version.version}`);
      const copied = this.#world.national.version(this.#host.shard, version.kind, version.key);
      if (copied >= version.version) this.#world.fail('I5', `the national copy of ${name} is ahead: ${copied}`);
    });
  }

  /** I9: what memory holds is what the tables hold. */
  checkMemory(): void {
    const engine = this.#host.instance?.engine;
    if (!engine) return;
    for (const { kind, key } of this.newest.values()) {
      const [row] = this.#host.database.ask<{ version: number; body: string; annex: string }>(
        `SELECT version, body, annex FROM record WHERE kind = ? AND key = ?`,
        kind,
        key,
      );
      const recordKind = engine.shard.kind(kind);
      const hot = engine.shard.hot.find(recordKind, key);
      const same = hot && row && hot.version === row.version && hot.body === row.body && hot.annex === row.annex;
      if (!same)
        this.#world.fail('I9', `memory holds ${kind}/${key} at ${hot?.version}, the tables at ${row?.version}`);
      else if (recordKind.encode(hot.state()).body !== row.body)
        this.#world.fail('I9', `the decoded ${kind}/${key} is not what is stored`);
    }
  }

  /** The whole tables against the account, once everything is over. */
  checkAll(): void {
    const { database } = this.#host;
    if (!this.hasTables) return;
    let hash = GENESIS;
    for (const row of database.ask<JournalRow>(`SELECT * FROM journal ORDER BY seq`)) {
      hash = sealOf(hash, row);
      if (hash !== row.hash) this.#world.fail('I4', `the chain breaks at ${row.seq}`);
    }
    const stored = database.ask<Version>(`SELECT kind, key, version, body, annex FROM record`);
    for (const row of stored) {
      const known = this.newest.get(`${row.kind}/${row.key}`);
      const same = known?.version === row.version && known.body === row.body && known.annex === row.annex;
      if (!same)
        this.#world.fail(
          'I2',
          `${row.kind}/${row.key} is stored at ${row.version}, its chain ends at ${known?.version}`,
        );
    }
    if (stored.length !== this.newest.size) this.#world.fail('I1', 'a record is missing');
    this.checkMemory();
  }
}

/** Written anew on purpose: the engine's own function would agree with itself. */
function sealOf(previous: string, row: JournalRow): string {
  const columns = [previous, row.seq, row.at, row.kind, row.key, row.version, row.entry.length, row.body.length, ''];
  return createHash('sha256')
    .update(columns.join('\n') + row.entry + row.body + row.annex)
    .digest('hex');
}
