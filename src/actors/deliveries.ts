/** Brings an outbox entry to its actor. */
import { mailboxShardCount, placement, shardCount, shardOf } from './addresses.ts';
import type { Delivery } from '../engine/ports.ts';
import type { Env } from './environment.ts';

export function deliverTo(env: Env, target: string, delivery: Delivery): Promise<void> {
  const slash = target.indexOf('/');
  const key = target.slice(slash + 1);
  const name = String(shardOf(key, shardCount(env)));
  switch (target.slice(0, slash)) {
    case 'locator-shard':
      return env.LOCATOR_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'registration-shard':
      return env.REGISTRATION_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'patient-shard':
      return env.PATIENT_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'mailbox-shard':
      return env.MAILBOX_SHARD.getByName(String(shardOf(key, mailboxShardCount(env))), placement(env)).deliver(
        delivery,
      );
    default:
      return Promise.reject(new Error('no such actor class'));
  }
}
