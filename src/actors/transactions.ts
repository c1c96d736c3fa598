/** The door to transactions: groups the changes by shard; what falls on one shard is one commit there. */
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type {
  TransactionCommand,
  TransactionEnvelope,
  TransactionOutcome,
  TransactionPart,
} from '../engine/transaction.ts';
import { patientOf, placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import { attemptWithin } from './retry.ts';
import type { SubmitOptions } from './stubs.ts';

export type { TransactionOutcome } from '../engine/transaction.ts';

/** What routes may ask: changes of several records that happen all or not at all, exactly once per request id. */
export interface Transactions {
  /** A record whose new state the others refer to comes first: it is changed before them. */
  transact(
    commands: readonly TransactionWish[],
    options: Omit<SubmitOptions, 'expectedVersion'>,
  ): Promise<TransactionOutcome>;
}

export type TransactionWish = Omit<TransactionCommand, 'position'>;

export function transactions(env: Env): Transactions {
  const shards = shardCount(env);
  return {
    transact: (commands, { waitMs, ...asked }) => {
      const parts = partsOf(commands, shards);
      const key = `${asked.agent.client}\n${asked.requestId}`;
      const envelope: TransactionEnvelope = { v: ENVELOPE_VERSION, key, parts, ...asked };
      const [only, another] = parts;
      if (only === undefined) throw new Error('a transaction changes something');
      return attemptWithin<TransactionOutcome>(waitMs, async () => {
        if (another !== undefined) {
          return env.COORDINATOR_SHARD.getByName(String(shardOf(key, shards)), placement(env)).transact(envelope);
        }
        const home = shardOf(patientOf(only.commands[0]?.key ?? ''), shards);
        return env.PATIENT_SHARD.getByName(String(home), placement(env)).together(envelope);
      });
    },
  };
}

/** In the order in which the shards first occur. */
function partsOf(commands: readonly TransactionWish[], shards: number): TransactionPart[] {
  const positioned = commands.map((command, position) => ({ position, ...command }));
  const byShard = Map.groupBy(positioned, ({ key }) => shardOf(patientOf(key), shards));
  return [...byShard].map(([shard, group]) => ({
    target: `patient-shard/${patientOf(group[0]?.key ?? '')}`,
    shard: `patient-shard/${String(shard).padStart(6, '0')}`,
    commands: group,
  }));
}
