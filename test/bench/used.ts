/** Round figures of use, for sums that can be done in the head. */
import type { KindUse, MeasuredUse } from '../../bench/cost/model.ts';

const use = (cpuMs: number, actorRowsWritten: number, grownBytes: number): KindUse => ({
  cpuMs,
  actorRequests: 1,
  actorRowsRead: 10,
  actorRowsWritten,
  grownBytes,
});

export const USE: MeasuredUse = {
  kinds: {
    alone: { read: use(1, 1, 300), search: use(2, 1, 300), change: use(2, 3, 4000) },
    loaded: { read: use(0.5, 0.1, 100), search: use(1, 0.3, 100), change: use(1, 3, 4000) },
  },
  bytesPerPersonActors: 3000,
  bytesPerPersonD1: 4000,
};
