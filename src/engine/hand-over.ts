/** What every record under one key needs so that another key can take its place: the plan of a merge, made where the records are. */
import type { Command, KeyPair } from './record-kind.ts';
import type { ShardState } from './shard-state.ts';

export interface HandedOver {
  readonly kind: string;
  /** Of the record that was read; 0 where there is none. */
  readonly version: number;
  readonly absorb: Command | null;
  readonly retire: Command;
}

export type HandOverPlan =
  | { readonly kind: 'planned'; readonly records: readonly HandedOver[] }
  | { readonly kind: 'refused'; readonly code: 'not-ours' | 'not-handed-over'; readonly diagnostics?: string };

/** In the order in which the shard's kinds are listed. Nothing is left behind unseen: what cannot be handed over refuses. */
export function planHandOver(shard: ShardState, keys: KeyPair): HandOverPlan {
  if (!shard.owns(keys.from)) return { kind: 'refused', code: 'not-ours' };
  const records: HandedOver[] = [];
  for (const kind of shard.kinds()) {
    const record = shard.hot.find(kind, keys.from);
    const state = record && !record.deleted ? record.state() : null;
    if (kind.handOver) {
      const { absorb, retire } = kind.handOver(state, keys);
      records.push({ kind: kind.name, version: record?.version ?? 0, absorb, retire });
    } else if (state !== null) {
      return { kind: 'refused', code: 'not-handed-over', diagnostics: `Records of kind ${kind.name} cannot be merged` };
    }
  }
  return { kind: 'planned', records };
}
