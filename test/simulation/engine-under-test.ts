/** What of the product a simulation runs: the real modules, or a copy with one planted bug. */
import { ShardEngine } from '../../src/engine/shard-engine.ts';
import { writeSnapshot } from '../../src/storage/national/snapshot-batch.ts';

export interface EngineUnderTest {
  readonly ShardEngine: typeof ShardEngine;
  readonly writeSnapshot: typeof writeSnapshot;
}

export const REAL: EngineUnderTest = { ShardEngine, writeSnapshot };
