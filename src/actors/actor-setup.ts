/** What every actor class gives the engine: ownership by address, deliveries by address, the national copy. */
import { hash } from 'node:crypto';
import { HOT_BYTES_DEFAULT } from '../engine/limits.ts';
import { observer } from '../observability/counters.ts';
import { nationalDatabases } from './national.ts';
import { shardCount, shardOf } from './addresses.ts';
import { askFate, deliverTo } from './deliveries.ts';
import { writeSnapshot } from '../storage/national/snapshot-batch.ts';
import type { ActorSetup } from '../engine/shard-actor.ts';
import type { RecordKind } from '../engine/record-kind.ts';
import { shipEveryMs } from './durability.ts';
import { vaultOf } from './vault.ts';
import type { Env } from './environment.ts';

export interface ActorIdentity {
  readonly className: string;
  readonly shard: number;
  readonly kinds: readonly RecordKind<unknown>[];
}

export function actorSetup(env: Env, identity: ActorIdentity): ActorSetup {
  const shards = shardCount(env);
  const databases = nationalDatabases(env);
  return {
    className: identity.className,
    kinds: identity.kinds,
    shards,
    hotBytes: Number(env.HOT_BYTES) || HOT_BYTES_DEFAULT,
    observer,
    owns: (key) => shardOf(key, shards) === identity.shard,
    send: (target, delivery) => deliverTo(env, target, delivery),
    vault: vaultOf(env, identity),
    shipEveryMs: shipEveryMs(env),
    askFate: (coordinator, id) => askFate(env, coordinator, id),
    writeSnapshot: (records) =>
      writeSnapshot(
        databases,
        records.map((record) => ({ ...record, hash: hash('sha256', `${record.body}\n${record.annex}`, 'hex') })),
      ),
  };
}
