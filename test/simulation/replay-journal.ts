/** The change feed of every shard, played into a fresh one, gives the same records: nothing stands beside the journal. */
import { createHash } from 'node:crypto';
import { ENVELOPE_VERSION } from '../../src/engine/envelope.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import { demographics } from '../../src/domain/pds/demographics.ts';
import { counterKind } from '../support/counter-kind.ts';
import type { ShardHost } from './shard-host.ts';
import { SimulatedDatabase } from './simulated-database.ts';
import type { World } from './world.ts';

const PAGE = 50;

export async function replayJournals(world: World): Promise<void> {
  for (const host of world.hosts) {
    if (world.violation !== null) return;
    await replay(world, host);
  }
}

async function replay(world: World, host: ShardHost): Promise<void> {
  const { engine } = host.start();
  const fresh = new SimulatedDatabase();
  const due: (() => void)[] = [];
  const copy = new world.engine.ShardEngine(quietPorts(world, host.shard, { sql: fresh, due }), {
    kinds: [counterKind, demographics],
    owns: () => true,
    hotBytes: 1_000_000,
    shards: world.size.shards,
  });
  for (let after = 0; ;) {
    const page = engine?.changes(after, PAGE) ?? [];
    const reached = Math.max(after, ...page.map(({ sequence }) => sequence));
    if (page.length > 0) {
      const records = page.map(({ kind, key, version, body, annex }) => ({ kind, key, version, body, annex }));
      copy.import({ v: ENVELOPE_VERSION, chunkId: `replay ${after}`, agent: REPLAYER, records }).catch(() => undefined);
      while (due.length > 0) due.shift()?.();
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
    // A page of reads alone is empty: the feed ends where the journal does.
    after = page.length > 0 ? reached : after + PAGE;
    if (after >= host.ledger.head) break;
  }
  const before = stateHash(host.database);
  if (stateHash(fresh) !== before) world.fail('G12', `the journal of shard ${host.shard} does not give its records`);
  fresh.close();
}

const REPLAYER = { client: 'replay', mode: 'system', rights: [] };

function stateHash(database: SimulatedDatabase): string {
  const records = database.ask(`SELECT kind, key, version, body, annex, deleted FROM record ORDER BY kind, key`);
  return createHash('sha256').update(JSON.stringify(records)).digest('hex');
}

function quietPorts(world: World, shard: number, parts: { sql: SimulatedDatabase; due: (() => void)[] }): EnginePorts {
  return {
    actor: { className: 'replay', shard },
    sql: parts.sql,
    now: () => world.now,
    newId: () => '00000000',
    defer: (work, delayMs) => {
      // Only the flush: copies and deliveries of a replay go nowhere.
      if (delayMs <= 20) parts.due.push(work);
      return () => undefined;
    },
    setAlarm: () => undefined,
    send: () => Promise.resolve(),
    writeSnapshot: () => Promise.resolve(),
    abort: (reason) => world.fail('G12', `the replay gave up: ${reason}`),
    observer: {
      count: () => undefined,
      failure: (name, error) => world.fail('G12', `the replay failed in ${name}: ${String(error)}`),
    },
  };
}
