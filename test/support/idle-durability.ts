/** A durability door for tests of other things: shards are there, and answer that nothing happened. */
import type { Durability } from '../../src/actors/durability.ts';

const REPORT = {
  phase: 'done',
  epoch: 2,
  headroom: 10_000,
  segments: 0,
  rows: 0,
  sequence: 1,
  gaps: [],
  anchors: { met: 0, unsigned: 0, contradicted: 0 },
  copiesTaken: 0,
  copiesBehind: 0,
  importsLost: 0,
  deliveries: 0,
} as const;

export const idleDurability: Durability = {
  classes: [{ className: 'patient-shard', shards: 8 }],
  backUp: () => Promise.resolve({ seq: 0, hash: '', epoch: 1, records: 0, copied: true }),
  restore: (_actor, wish) => Promise.resolve(wish.wipe === true ? REPORT : { refused: 'not-empty' }),
  verify: (_actor, after) =>
    Promise.resolve({
      position: after,
      rows: 0,
      fault: null,
      anchors: { met: 0, unsigned: 0 },
      missing: [],
      done: true,
    }),
  segments: () => Promise.resolve([]),
  segment: (_actor, first) => Promise.resolve(first === 1 ? '' : null),
};
