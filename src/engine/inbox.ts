/** The receiving side of a delivery: applied once per stream position, acknowledged every time. */
import type { Delivery } from './ports.ts';
import type { ShardState } from './shard-state.ts';

/**
 * Runs `apply` unless this position of the stream was applied before; both in the caller's transaction, so that the
 * effect and the memory of it are one. A newer epoch of the sender starts its stream anew.
 */
export function receiveOnce(shard: ShardState, delivery: Delivery, apply: () => void): 'applied' | 'repeated' {
  const position = shard.statements.inboxPosition(delivery.stream);
  const older = position !== null && delivery.epoch < position.epoch;
  const repeated = position !== null && delivery.epoch === position.epoch && delivery.sequence <= position.sequence;
  if (older || repeated) return 'repeated';
  apply();
  shard.statements.setInboxPosition(delivery.stream, delivery.epoch, delivery.sequence);
  return 'applied';
}
