/** Every bound of the engine in one place, each with the sum that justifies it. */

/** Operations of one flush: 256 decisions of ~0.1 ms keep a turn under ~30 ms, so that reads behind it stay fast. */
export const BATCH_MAX = 256;

/**
 * Shortest time between two flushes of a shard, ms. The edges do most of the waiting (GROUP_SPACING_MS of actors/limits.ts);
 * this keeps a shard that many edges ask at below 200 commits/s.
 */
export const FLUSH_SPACING_MS = 5;
/** So many waiting operations are flushed without waiting for the spacing: a hot shard is not slowed by it. */
export const FLUSH_EARLY = 24;

/** Text that the answers to one group of calls may hold: 8 M characters are 16 MB at most, half of what one RPC may carry. */
export const GROUP_REPLY_CHARACTERS_MAX = 8 * 1024 * 1024;

/** Waiting operations per shard: at ~500 operations/s per deployed actor, 512 waiting is about one second of work. */
export const QUEUE_MAX = 512;

/** Bytes of waiting commands per shard: 512 ordinary 8 KB commands. Bounds memory under a flood of large bodies. */
export const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** Oldest waiting operation, ms: a shard this far behind refuses new work instead of growing the delay of all. */
export const QUEUE_AGE_MAX_MS = 2_000;

/** What a refused client is told to wait, seconds: several flushes, short enough not to idle the client. */
export const RETRY_AFTER_SECONDS = 5;

/** Decoded records kept per shard. An isolate has 128 MB shared by several shards and the code itself. */
export const HOT_BYTES_DEFAULT = 16 * 1024 * 1024;

/** A stored row: Durable Objects refuse 2 MB rows when deployed; local workerd does not, so we do. */
export const ROW_BYTES_MAX = 2_000_000;

/** How long a reply is kept for its repeats: clients retry within minutes; 24 h covers an overnight outage. */
export const REPLY_RETENTION_MS = 24 * 3_600_000;

/** Replies looked at per expiry step: small enough for one turn (~5 ms). */
export const REPLY_EXPIRY_STEP = 500;
export const REPLY_EXPIRY_EVERY_MS = 3_600_000;

/** Snapshot delay after the first dirty record, ms: lag stays under one second with room for a slow D1 call. */
export const SNAPSHOT_DELAY_MS = 700;
/** Records of one snapshot call: 1,000 of ~3 KB are one D1 transaction of 3 MB, cut into parameters below 2 MB each. */
export const SNAPSHOT_BATCH = 1_000;
/** One D1 call longer than this counts as failed (the platform's own limit is 30 s). */
export const SNAPSHOT_TIMEOUT_MS = 10_000;
/** Delay after a failed snapshot, ms, doubled up to the maximum: D1 gets air, convergence starts within 10 s. */
export const SNAPSHOT_RETRY_MS = 500;
export const SNAPSHOT_RETRY_MAX_MS = 10_000;

/** The coarse alarm: moved at most once in this many ms, since every setAlarm is a billed row and two more fsyncs. */
export const ALARM_GRAIN_MS = 10_000;

/** Deliveries tried per relay step, and tries before an entry is buried as dead letter (1 s doubled, 15 min at most). */
export const OUTBOX_BATCH = 100;
export const OUTBOX_ATTEMPTS_MAX = 10;
export const OUTBOX_RETRY_MS = 1_000;
export const OUTBOX_RETRY_MAX_MS = 15 * 60_000;
/** One delivery longer than this counts as failed: another shard answers within milliseconds. */
export const DELIVERY_TIMEOUT_MS = 5_000;

/** How long a command waits for a key that a transaction holds: a transaction between healthy shards ends within ~50 ms. */
export const LOCK_WAIT_MS = 1_000;
/** What a caller is told to wait whose key stayed held, seconds: its holder ends or is asked about within seconds. */
export const LOCKED_RETRY_AFTER_SECONDS = 2;
/** A participant that has not voted by then votes no: its own wait for a key, and some seconds for a restart. */
export const VOTE_TIMEOUT_MS = 5_000;
/** After so long without a word a participant asks the coordinator: longer than voting and telling take together. */
export const HOLD_MS = 10_000;
/** Delay before an unanswered question about a fate is asked again, ms, doubled up to the maximum. */
export const ASK_AGAIN_MS = 1_000;
export const ASK_AGAIN_MAX_MS = 30_000;
/** Times a decision is told at once, and the wait before the second, doubled; then the wake-up goes on with it. */
export const TELL_ATTEMPTS = 3;
export const TELL_RETRY_MS = 50;
/** Unfinished transactions are looked at again after this, ms: recovery after a crash starts within it. */
export const RECOVERY_MS = 10_000;
/** Transactions under way in one coordinator: each holds locks elsewhere, so a flood is refused, not queued. */
export const TRANSACTIONS_MAX = 128;

/** Storage high-water mark: 80 % of the 10 GB an object may hold; above it growth is refused, reads go on. */
export const STORAGE_BYTES_MAX = 8_000_000_000;
/** At 3 KB a row and 1,000 writes/s a shard grows 3 MB between two looks: nothing beside the 2 GB in reserve. */
export const SIZE_EVERY_MS = 1_000;

/** Rows read into a segment per turn (~0.2 MB, ~1 ms; at worst fifty of the largest): commands run between two such turns. */
export const SEGMENT_STEP = 50;
/** Bytes after which a segment is closed: some two hundred changes with their bodies; to join and hash it takes one turn. */
export const SEGMENT_BYTES = 1_000_000;
/**
 * So many rows that wait, about a segment, are shipped before their time, one segment and then a pause, ms: a busy shard
 * works a little all the time instead of much every ten seconds, and after a load of millions callers still come between.
 */
export const SHIP_EARLY_ROWS = 200;
export const SHIP_EARLY_MS = 400;
/** One call to the vault longer than this counts as failed: a segment is about a megabyte. */
export const VAULT_TIMEOUT_MS = 20_000;
/** Delay after a failed shipment, ms, doubled up to the maximum; nobody waits for it. */
export const SHIP_RETRY_MS = 5_000;
export const SHIP_RETRY_MAX_MS = 300_000;
/** Waiting deliveries noted in a segment: more than that wait only where a target has been away for long. */
export const SEGMENT_OUTBOX_MAX = 200;

/**
 * Versions skipped by the first change of a record after a restore. What was answered and lost lies between the newest
 * thing the vault knows (at most one copy to the national store behind, ~1 s; one shipment, ~10 s, where that is away too) and the
 * loss: one record takes ~500 changes a second at the very most, so 10,000 cover twenty seconds of one record's best.
 */
export const VERSION_HEADROOM = 10_000;
/** Segments and copies of one restore step: a second or two of work, so that a call never runs into a platform's limit. */
export const RESTORE_SEGMENTS = 8;
export const RESTORE_COPIES = 500;
/** Rows of one verification step: ~30 ms of hashing. */
export const VERIFY_STEP = 4_000;
/** What a caller of a shard is told to wait that is being restored, seconds: a restore takes about a minute. */
export const CLOSED_RETRY_AFTER_SECONDS = 30;
