/** X-Request-IDs: version 4 UUIDs by form, unique by a random run part and a counter, cheap enough for every request. */
import { randomBytes } from 'node:crypto';

const RUN = randomBytes(8).toString('hex');
const PREFIX = `${RUN.slice(0, 8)}-${RUN.slice(8, 12)}-4${RUN.slice(12, 15)}-a${RUN.slice(13, 16)}-`;
let counter = 0;

/** Never derived from the seed: a second run with the same seed must not be taken for a retry of the first. */
export function newRequestId(): string {
  counter++;
  return PREFIX + counter.toString(16).padStart(12, '0');
}
