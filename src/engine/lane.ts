/**
 * Whether this shard may decide at all, and for which keys. Checked in the same turn as the decision, so that moving
 * a shard between systems never leaves two masters.
 */
import type { ShardStatements } from '../storage/shard/statements.ts';

export interface Lane {
  readonly phase: 'live' | 'frozen' | 'absent';
  readonly master: 'ours' | 'theirs';
  readonly epoch: number;
}

const LIVE: Lane = { phase: 'live', master: 'ours', epoch: 1 };

export function readLane(statements: ShardStatements): Lane {
  const stored = statements.meta('lane');
  return stored === null ? LIVE : (JSON.parse(stored) as Lane);
}

export function writeLane(statements: ShardStatements, lane: Lane): void {
  statements.setMeta('lane', JSON.stringify(lane));
}

/** Why a command must not be decided here, or null. */
export function laneRefusal(lane: Lane): 'not-ours' | 'read-only' | null {
  if (lane.master !== 'ours' || lane.phase === 'absent') return 'not-ours';
  return lane.phase === 'frozen' ? 'read-only' : null;
}
