/** The bounds of the prescription service, each with the sum that justifies it. */
import type { BodyBounds } from '../body.ts';
import type { Quota } from '../grant.ts';

/** The largest public order is 40 KB; a bundle of 1 MB leaves a factor of 25. A signature is one string of 10 KB. */
export const MESSAGE_BODY: BodyBounds = {
  bytes: 1_048_576,
  milliseconds: 10_000,
  json: { depth: 32, nodes: 20_000, array: 1_000, string: 262_144 },
};

/** A large pharmacy chain calls for all its branches by one application. */
export const QUOTA: Quota = { requests: 300, interval: 1, unit: 'second' };

/** How long an act on a prescription may wait for its shard. */
export const WAIT_MS = 25_000;

/** Prescriptions in one nominated release. */
export const RELEASE_BATCH = 25;
/** How often a nominated release asks the queue for more where entries turn out to be gone: 500 taken by their ids. */
export const RELEASE_ROUNDS = 20;
