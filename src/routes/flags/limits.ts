/** The bounds of the patient flags, each with the sum that justifies it. */
import type { BodyBounds } from '../body.ts';

/** A flag with a hundred supporting resources of 2 KB. */
export const FLAGS_BODY: BodyBounds = { bytes: 262_144, milliseconds: 10_000 };

/**
 * What all callers together may ask of this service in one isolate. Flags are read beside a patient's record some tens
 * of times a second nationally; the bound keeps a flood of them out of the shards, which they share with demographics.
 */
export const REQUESTS_PER_SECOND = 100;

/** `x-removal-reason` is a sentence, not a document. */
export const REASON_MAX = 500;

export const WAIT_MS = 10_000;
