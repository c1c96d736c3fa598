/** The operator's door to what keeps journals: ship, verify, restore, and read what was shipped, for each actor by name. */
import { mailboxShardCount, placement, shardCount } from './addresses.ts';
import { vaultOf } from './vault.ts';
import type { RestoreAnswer, RestoreWish } from '../engine/restore.ts';
import type { ShardActor } from '../engine/shard-actor.ts';
import type { Shipped } from '../engine/ship-journal.ts';
import type { SegmentFacts } from '../engine/vault.ts';
import type { Position } from '../engine/verify-journal.ts';
import type { VerifiedStep } from '../engine/verify-own-journal.ts';
import type { Env } from './environment.ts';

export type { RestoreAnswer, RestoreReport, RestoreWish } from '../engine/restore.ts';
export type { Position } from '../engine/verify-journal.ts';
export type { VerifiedStep } from '../engine/verify-own-journal.ts';

export interface ActorName {
  readonly className: string;
  readonly shard: number;
}

export interface ShippedFacts extends Shipped {
  readonly epoch: number;
  readonly records: number;
  /** False: the shard keeps no national copy, or the copy could not be brought up to date. */
  readonly copied: boolean;
}

/** What routes may ask about the durability of single shards. */
export interface Durability {
  /** Every class with a journal, and its shards. */
  readonly classes: readonly { readonly className: string; readonly shards: number }[];
  /** Brings segments, anchors and the national copy up to now. */
  backUp(actor: ActorName): Promise<ShippedFacts>;
  /** The next part of a restore; to be called until it is done or refused. */
  restore(actor: ActorName, wish: RestoreWish): Promise<RestoreAnswer>;
  verify(actor: ActorName, after: Position): Promise<VerifiedStep>;
  segments(actor: ActorName, after: number): Promise<readonly SegmentFacts[]>;
  segment(actor: ActorName, first: number): Promise<string | null>;
}

const SEGMENTS_LISTED = 500;

/** 0: only when asked. */
export function shipEveryMs({ JOURNAL_SHIPPING: setting = 'off' }: Env): number {
  const seconds = Number(setting);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

type Journaled = Pick<ShardActor<Env>, 'ship' | 'settle' | 'status' | 'restore' | 'verifyJournal' | 'reload'>;

export function durability(env: Env): Durability {
  const shards = shardCount(env);
  const namespaces = {
    'patient-shard': [env.PATIENT_SHARD, shards],
    'mailbox-shard': [env.MAILBOX_SHARD, mailboxShardCount(env)],
    'registration-shard': [env.REGISTRATION_SHARD, shards],
    'locator-shard': [env.LOCATOR_SHARD, shards],
    'identity-shard': [env.IDENTITY_SHARD, shards],
    'number-allocator': [env.NUMBER_ALLOCATOR, 1],
  } as const;
  const stubOf = ({ className, shard }: ActorName) => {
    const [namespace, count] = namespaces[className as keyof typeof namespaces];
    if (shard >= count) throw new Error('no such shard');
    return namespace.getByName(String(shard), placement(env)) as unknown as {
      [K in keyof Journaled]: (...given: Parameters<Journaled[K]>) => Promise<Awaited<ReturnType<Journaled[K]>>>;
    };
  };
  return {
    classes: Object.entries(namespaces).map(([className, [, count]]) => ({ className, shards: count })),
    backUp: async (actor) => {
      const stub = stubOf(actor);
      const shipped = await stub.ship();
      const copied = await stub.settle().then(
        () => true,
        () => false,
      );
      const { lane, records } = await stub.status();
      return { ...shipped, epoch: lane.epoch, records, copied };
    },
    restore: async (actor, wish) => {
      const answer = await stubOf(actor).restore(wish);
      const stale = 'phase' in answer && (answer.phase === 'begun' || answer.phase === 'done');
      // The instance remembers what stood in the tables before; giving it up fails this very call.
      if (stale)
        await stubOf(actor)
          .reload()
          .catch(() => undefined);
      return answer;
    },
    verify: async (actor, after) => stubOf(actor).verifyJournal(after),
    segments: ({ className, shard }, after) => vaultOf(env, { className, shard }).segments(after, SEGMENTS_LISTED),
    segment: ({ className, shard }, first) => vaultOf(env, { className, shard }).segment(first),
  };
}
