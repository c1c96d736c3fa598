/** The door to the journals of all actors: a patient's by address, everybody's source by source. */
import type { ChainReport, TrailPage, TrailQuery } from '../engine/trail.ts';
import { identityAddress, mailboxShardCount, placement, shardCount, shardOf } from './addresses.ts';
import type { Env } from './environment.ts';
import { attempt } from './retry.ts';

export type { ChainReport, TrailEntry, TrailPage, TrailPlace, TrailQuery } from '../engine/trail.ts';

/** The classes whose journals tell of people's acts, in the order of their sources. */
export const TRAIL_CLASSES = ['patient-shard', 'identity-shard', 'registration-shard', 'mailbox-shard'] as const;
export type TrailClass = (typeof TRAIL_CLASSES)[number];

export interface TrailSource {
  readonly className: TrailClass;
  readonly shard: number;
}

/** What auditors may ask. */
export interface AuditTrails {
  /** Every source, in a fixed order. */
  sources(): readonly TrailSource[];
  /** Where entries under a key lie: the patient's shard, or the identity actor of a key. */
  home(className: 'patient-shard' | 'identity-shard', key: string): TrailSource;
  /** Null: the actor gave no answer. */
  read(source: TrailSource, query: TrailQuery): Promise<TrailPage | null>;
  verify(source: TrailSource, after: { seq: number; hash: string } | null): Promise<ChainReport | null>;
}

interface Auditable {
  trail(query: TrailQuery): Promise<TrailPage>;
  verifyChain(after: { seq: number; hash: string } | null): Promise<ChainReport>;
}

export function auditTrails(env: Env): AuditTrails {
  const shards = shardCount(env);
  const counts = {
    'patient-shard': shards,
    'identity-shard': shards,
    'registration-shard': shards,
    'mailbox-shard': mailboxShardCount(env),
  };
  const sources = TRAIL_CLASSES.flatMap((className) =>
    Array.from({ length: counts[className] }, (_, shard): TrailSource => ({ className, shard })),
  );
  const stub = ({ className, shard }: TrailSource): Auditable => {
    const name = String(shard);
    switch (className) {
      case 'patient-shard':
        return env.PATIENT_SHARD.getByName(name, placement(env));
      case 'identity-shard':
        return env.IDENTITY_SHARD.getByName(name, placement(env));
      case 'registration-shard':
        return env.REGISTRATION_SHARD.getByName(name, placement(env));
      case 'mailbox-shard':
        return env.MAILBOX_SHARD.getByName(name, placement(env));
    }
  };
  const asked = async <T extends object>(work: () => Promise<T>): Promise<T | null> => {
    const answer = await attempt<T>(work);
    return 'kind' in answer && answer.kind === 'unavailable' ? null : (answer as T);
  };
  return {
    sources: () => sources,
    home: (className, key) => ({
      className,
      shard: shardOf(className === 'identity-shard' ? identityAddress(key) : key, shards),
    }),
    read: (source, query) => asked(() => stub(source).trail(query)),
    verify: (source, after) => asked(() => stub(source).verifyChain(after)),
  };
}
