/** Every bound of the edge in one place, each with the sum that justifies it. */

/** 8 KB: the longest sensible search (13 parameters of 35 characters, all percent-encoded) is below 2 KB. */
export const MAX_URL_CHARACTERS = 8_192;

/** 13 search parameters exist, three of them repeat; a query with more separators than this is noise or an attack. */
export const MAX_QUERY_PARAMETERS = 64;

/** A JWT with 100 roles of 12 digits and four scopes is 4 KB; twice that still fits. */
export const MAX_TOKEN_CHARACTERS = 8_192;

/** Correlation ids in use are UUIDs or short paths; longer ones are not mirrored, so an answer cannot be inflated. */
export const MAX_MIRRORED_CHARACTERS = 1_024;

/** How much of a refused value is quoted back. */
export const MAX_QUOTED_CHARACTERS = 256;

/** The largest public birth Bundle is 15 KB and the largest PATCH 4 KB; 1 MB leaves a factor of 60. */
export const MAX_BODY_BYTES = 1_048_576;

/** A FHIR Patient nests 9 deep (extension in extension with a coding); 32 is three times that. */
export const MAX_JSON_DEPTH = 32;

/** A full Patient has 600 nodes, twelve birth entries 1,500; parsing 10,000 takes about a millisecond. */
export const MAX_JSON_NODES = 10_000;

/** The longest array of the API is `patches`; the public pack never sends more than 20. */
export const MAX_JSON_ARRAY = 1_000;

/** No PDS field is longer than 1,000 characters; imported attachments do not come this way. */
export const MAX_JSON_STRING = 262_144;

/** A body that trickles holds a connection; 1 MB in 10 s is 0.8 Mbit/s, slower than any NHS line. */
export const BODY_TIMEOUT_MS = 10_000;

/** 5,000 patients of 2 KB are 10 MB: one import request, a few hundred milliseconds in the shards. */
export const MAX_IMPORT_BYTES = 10_485_760;
export const MAX_IMPORT_LINES = 5_000;
export const IMPORT_TIMEOUT_MS = 60_000;

/** Verified tokens kept per isolate: 2,000 x (token 2 KB + grant 1 KB) is 6 MB of the 128 MB. */
export const MAX_CACHED_TOKENS = 2_000;

/** Token buckets kept per isolate; each is some 200 bytes, so 2 MB; England has about 3,000 registered apps. */
export const MAX_BUCKETS = 10_000;

/** Clocks of token issuer and edge may differ by this much. */
export const CLOCK_LEEWAY_SECONDS = 30;

/** X-Sync-Wait: what a client may ask for and what it gets when it does not. */
export const MIN_SYNC_WAIT_MS = 250;
export const MAX_SYNC_WAIT_MS = 29_000;
export const DEFAULT_SYNC_WAIT_MS = 10_000;

/** A merged record points at its survivor; a chain of merges longer than this is a fault in the data. */
export const MAX_MOVES = 5;

/** The public default: five requests a second for each application. */
export const DEFAULT_REQUESTS_PER_SECOND = 5;

/** The public spike arrest on creating patients, for the whole API. */
export const CREATES_PER_SECOND = 3;

/** Records asked for one search. Fifty are the most that may be returned, so four times as many that look right are too many. */
export const MAX_RECORDS_ASKED = 200;

/** Entries of one Bundle: each is a call to a shard, and a transaction holds all its records at once. */
export const MAX_BUNDLE_ENTRIES = 50;

/** How long an isolate believes what it was told about an app, a session or a worker: under the promised second. */
export const STANDING_MS = 800;

/** Apps, sessions and workers remembered per isolate: 5,000 x 2 KB is 10 MB. */
export const MAX_STANDING_RECORDS = 5_000;

/** Requests borrowed from a shared rate window are given up when they were not used this long. */
export const LEASE_MS = 1_000;

/** A clerk who mistypes a number a minute has 60; a sweep of numbers uses 200 up in seconds. */
export const MISSES_AN_HOUR = 200;
/** Six searches a minute for an hour on end: more than the busiest desk, far less than a crawl. */
export const SEARCHES_AN_HOUR = 400;
/** How long a suspected sweep waits; its budget refills meanwhile. */
export const SWEEP_LOCK_MS = 60_000;

/** A form of the token service: two JWTs of 8 KB and a few short fields. */
export const MAX_FORM_BYTES = 65_536;

/** Key sets by URL: what is fetched, how long it may take and how long it holds. */
export const MAX_KEY_SET_BYTES = 262_144;
export const KEY_SET_TIMEOUT_MS = 10_000;
export const KEY_SET_MS = 3_600_000;
/** Fetched key sets kept per isolate. */
export const MAX_KEY_SETS = 500;
