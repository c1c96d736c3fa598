/** Serialises the queues of the dispensers whose ODS code falls on this shard. */
import { nominatedPull } from '../domain/eps/nominated-pull.ts';
import type { Candidate } from '../domain/eps/nominated-pull.ts';
import { QUEUE_ENTRY, queueEntry, queueKey } from '../domain/eps/queue-entry.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { CommandEnvelope } from '../engine/envelope.ts';
import type { Overloaded } from '../engine/group-commit.ts';
import type { Delivery } from '../engine/ports.ts';
import type { Agent } from '../engine/record-kind.ts';
import { ShardActor } from '../engine/shard-actor.ts';
import { actorSetup } from './actor-setup.ts';
import { organizationOf, shardCount, shardOf } from './addresses.ts';
import { pullFrom, settlePull } from './dispenser-queue.ts';
import type { Env } from './environment.ts';

export interface PullCall {
  readonly ods: string;
  readonly agent: Agent;
  /** Names the pull: a repeat is offered the same. */
  readonly pull: string;
  /** The release that it is part of. */
  readonly release: string;
  readonly limit: number;
}

export interface SettleCall {
  readonly ods: string;
  readonly agent: Agent;
  readonly pull: string;
  /** Ids of prescriptions that need not be offered again. */
  readonly ids: readonly string[];
}

export class OrganizationShard extends ShardActor<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    const shards = shardCount(env);
    super(ctx, env, (shard) => ({
      ...actorSetup(env, { className: 'organization-shard', shard, kinds: [queueEntry, nominatedPull] }),
      owns: (key) => shardOf(organizationOf(key), shards) === shard,
      receive: (delivery) => queueCommand(delivery),
    }));
  }

  /** The next prescriptions of a dispenser's queue, kept from other pulls until this one has settled or is forgotten. */
  pull(call: PullCall): Promise<readonly Candidate[] | Overloaded> {
    return this.engine.transact(0, (steps) => pullFrom(steps, call));
  }

  /** True once it is written down. */
  async settlePull(call: SettleCall): Promise<boolean> {
    const settled = await this.engine.transact(0, (steps) => {
      settlePull(steps, call);
      return true as const;
    });
    return settled === true;
  }
}

const SERVICE: Agent = { client: 'prescriptions', mode: 'service', rights: [] };

/** A prescription enters or leaves a queue. */
function queueCommand({ type, payload, stream, epoch, sequence }: Delivery): CommandEnvelope {
  const told = JSON.parse(payload) as { ods: string; id: string };
  const requestId = `${stream}#${epoch}.${sequence}`;
  const key = queueKey(told.ods, told.id);
  const command = { name: type, ...told };
  return { v: ENVELOPE_VERSION, kind: QUEUE_ENTRY, key, command, agent: SERVICE, requestId, fingerprint: '' };
}
