/** The bounds of the summary care record, each with the sum that justifies it. */
import type { BodyBounds } from '../body.ts';
import type { Quota } from '../grant.ts';

/** The largest public example is 134 KB; the older message carried up to 5 MB, so that much must still come in. */
const MAX_SUMMARY_BYTES = 5_242_880;

/** 5 MB of entries of 30 nodes and 500 bytes each are 300,000 nodes; one section may hold nearly all of the text. */
export const SUMMARY_BODY: BodyBounds = {
  bytes: MAX_SUMMARY_BYTES,
  milliseconds: 30_000,
  json: { depth: 32, nodes: 300_000, array: 10_000, string: MAX_SUMMARY_BYTES },
};

/**
 * Longer entries lie outside the row. A row is written three times (record, journal, national copy), so a long one makes
 * all others of its shard wait; nine in ten summaries are below 64 KB and stay inside.
 */
export const MAX_INLINE_CHARACTERS = 262_144;

/** The public quota of the API, and its spike arrest. */
export const QUOTA: Quota = { requests: 300, interval: 1, unit: 'minute' };
export const SPIKE = 5;

/** The live service waits this long for the record. */
export const WAIT_MS = 60_000;
