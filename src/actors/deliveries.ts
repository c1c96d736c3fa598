/** Brings what one actor owes another to its address: outbox entries, and the messages of transactions. */
import type { Participants } from '../engine/coordinator.ts';
import type { Delivery } from '../engine/ports.ts';
import type { Fate } from '../engine/transaction.ts';
import { identityAddress, mailboxShardCount, placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';

export function deliverTo(env: Env, target: string, delivery: Delivery): Promise<void> {
  const { className, name } = addressee(env, target);
  switch (className) {
    case 'locator-shard':
      return env.LOCATOR_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'identity-shard':
      return env.IDENTITY_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'registration-shard':
      return env.REGISTRATION_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'patient-shard':
      return env.PATIENT_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'organization-shard':
      return env.ORGANIZATION_SHARD.getByName(name, placement(env)).deliver(delivery);
    case 'mailbox-shard':
      return env.MAILBOX_SHARD.getByName(name, placement(env)).deliver(delivery);
    default:
      return Promise.reject(new Error('no such actor class'));
  }
}

/** The shards that take part in transactions. */
export function participants(env: Env): Participants {
  const stub = (target: string) => {
    const { className, name } = addressee(env, target);
    if (className !== 'patient-shard') throw new Error('no such participant class');
    return env.PATIENT_SHARD.getByName(name, placement(env));
  };
  return {
    prepare: async (target, asked) => stub(target).prepare(asked),
    finish: async (target, id, fate) => stub(target).finish(id, fate),
  };
}

export async function askFate(env: Env, coordinator: string, id: string): Promise<Fate | 'undecided'> {
  const { name } = addressee(env, coordinator);
  return env.COORDINATOR_SHARD.getByName(name, placement(env)).fate(id);
}

function addressee(env: Env, target: string): { className: string; name: string } {
  const slash = target.indexOf('/');
  const className = target.slice(0, slash);
  const shards = className === 'mailbox-shard' ? mailboxShardCount(env) : shardCount(env);
  const key = target.slice(slash + 1);
  return { className, name: String(shardOf(className === 'identity-shard' ? identityAddress(key) : key, shards)) };
}
