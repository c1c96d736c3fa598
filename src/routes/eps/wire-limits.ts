/** Bounds of what is sent beside prescriptions, each with the sum that justifies it. */
import type { BodyBounds } from '../body.ts';

/** A national revocation list has some ten thousand entries of 40 bytes; in base64 that is half a megabyte. */
export const TRUST_BODY: BodyBounds = {
  bytes: 8_388_608,
  milliseconds: 30_000,
  json: { depth: 8, nodes: 1_000, array: 500, string: 8_388_608 },
};
