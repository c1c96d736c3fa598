/** Every bound of the calls from an edge to the shards, each with the sum that justifies it. */

/** Calls of one group: the actor answers 64 in one turn of ~10 ms, and half a dozen groups fill its queue of 512. */
export const GROUP_MAX = 64;
/** Bytes of commands of one group; a call between Workers and actors may carry 32 MiB. */
export const GROUP_BYTES_MAX = 4 * 1024 * 1024;
/** A command whose size nobody told: twice the body of an ordinary change. */
export const ORDINARY_BYTES = 8 * 1024;
/**
 * Under load the next group waits so long after the last, ms, or until as many calls wait as usually come together. At
 * 1,800 calls/s over 4 shards 13 share a group, and with it the cost of a hop, a turn and a commit; a lone call never
 * waits. With 15 ms one thread does a quarter less of the national mix.
 */
export const GROUP_SPACING_MS = 30;
/** Calls waiting for one shard in one isolate: twice the shard's own queue, since some groups are on their way. */
export const WAITING_MAX = 1_024;
/** A carrier that has had no answer for so long, ms, is replaced: actors answer or time out within that. */
export const CARRIER_LOST_MS = 5_000;
/** One that was appointed and has not sent for so long, ms, is gone: it had to wait for the spacing at most. */
export const APPOINTED_LOST_MS = 250;
/** A call that has waited so long, ms, looks whether anybody carries: twenty times what a busy shard takes. */
export const LATE_MS = 500;
/** The longest a read waits for its answer, ms: a shard this far behind refuses new work long before. */
export const READ_WAIT_MS = 10_000;
