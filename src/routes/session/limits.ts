/** Every bound of a session, each with the sum that justifies it. */

/** Messages a session may have in flight: at the 20 ms a shard takes to fill a flush they are 25,000 a second. */
export const MAX_IN_FLIGHT = 512;

/** In flight over all sessions of an isolate: with a request of 2 KB and an answer of 8 KB each, 40 MB of its 128 MB. */
export const MAX_IN_FLIGHT_OF_ALL = 4_096;

/** Characters in flight of one session: four bodies of the greatest size, or 512 messages of 16 KB. */
export const MAX_CHARACTERS_IN_FLIGHT = 8 * 1024 * 1024;

/** One frame: a body of the greatest size (1 MB) that JSON escapes threefold, and room for the rest of its message. */
export const MAX_FRAME_CHARACTERS = 4 * 1024 * 1024;

/** Sessions of one isolate: an idle one holds about 20 KB, so 20 MB. England has some 200 system suppliers. */
export const MAX_SESSIONS = 1_000;

/** Answers go out in frames of at most so many characters, unless one answer alone is longer. */
export const MAX_REPLY_FRAME_CHARACTERS = 256 * 1024;

/** The longest id a message may have; a UUID has 36. */
export const MAX_ID_CHARACTERS = 128;

/** Bytes of an answer that comes as a stream; longer ones are for HTTP. */
export const MAX_STREAMED_BYTES = 1_048_576;

/** Refusals for want of a good token in a row, after which a session is closed: one misconfigured client in a loop. */
export const MAX_DENIALS = 100;

/**
 * Calls to actors after which a session asks to be renewed. The platform gives one connection to a Worker 10,000
 * subrequests; the rest is for calls other than to shards and for what is still on its way when the client has been told.
 */
export const CALLS_BEFORE_RENEWAL = 6_000;

/** Messages after which a session asks to be renewed: at 60 µs of CPU each 18 s of the 30 s that one connection may use. */
export const MESSAGES_BEFORE_RENEWAL = 300_000;

/** How long a client may go on after it was asked to renew. */
export const RENEWAL_GRACE_MS = 10_000;
