/** The bytes of messages: one object per chunk, streamed in and out, never held whole. */
import type { Env } from './environment.ts';

export interface StoredPayload {
  readonly body: ReadableStream<Uint8Array>;
  readonly size: number;
}

export interface MeshPayloads {
  /** Stores a stream under a new name. `length`: what the sender announced, null where it did not. */
  put(
    body: ReadableStream<Uint8Array>,
    length: number | null,
  ): Promise<{ readonly object: string; readonly size: number }>;
  get(object: string): Promise<StoredPayload | null>;
  remove(objects: readonly string[]): Promise<void>;
}

/** The sender sent more than one request may carry. */
export class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge';
}

/** One request carries at most this (the real service's bound). */
export const PAYLOAD_BYTES_MAX = 100 * 1024 * 1024;
/** Parts of an upload without a length: above R2's least part of 5 MiB, small enough for many at once. */
const PART_BYTES = 6 * 1024 * 1024;
/** R2 takes this many keys in one removal. */
const REMOVE_MAX = 1_000;

/** Objects are filed by day, so that what a crash orphaned is found by its age alone. */
const folderOf = (day: number): string => `mesh/${new Date(day).toISOString().slice(0, 10)}/`;

export function meshPayloadStore({ MESH_PAYLOADS: bucket }: Pick<Env, 'MESH_PAYLOADS'>): MeshPayloads {
  return {
    put: async (body, length) => {
      const object = folderOf(Date.now()) + crypto.randomUUID();
      if (length === null) return { object, size: await putParts(bucket, object, body) };
      if (length > PAYLOAD_BYTES_MAX) throw new PayloadTooLarge();
      const stored = await bucket.put(object, body);
      if (stored === null || stored.size !== length) throw new Error('a payload was not stored whole');
      return { object, size: length };
    },
    get: async (object) => {
      const stored = await bucket.get(object);
      return stored === null ? null : { body: stored.body as ReadableStream<Uint8Array>, size: stored.size };
    },
    remove: async (objects) => {
      const named = objects.filter((object) => object !== '');
      for (let first = 0; first < named.length; first += REMOVE_MAX) {
        await bucket.delete(named.slice(first, first + REMOVE_MAX));
      }
    },
  };
}

/** Everything filed on a day that no living message can be of. */
export async function removeDay({ MESH_PAYLOADS: bucket }: Pick<Env, 'MESH_PAYLOADS'>, day: number): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix: folderOf(day), limit: REMOVE_MAX });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}

/** A body of unknown length, in parts of bounded size. */
async function putParts(bucket: R2Bucket, object: string, body: ReadableStream<Uint8Array>): Promise<number> {
  const parts = partsOf(body);
  const first = await parts.next();
  if (first.done === true) return 0;
  let size = first.value.byteLength;
  if (size < PART_BYTES) {
    await bucket.put(object, first.value);
    return size;
  }
  const upload = await bucket.createMultipartUpload(object);
  try {
    const stored = [await upload.uploadPart(1, first.value)];
    for await (const part of parts) {
      size += part.byteLength;
      if (size > PAYLOAD_BYTES_MAX) throw new PayloadTooLarge();
      stored.push(await upload.uploadPart(stored.length + 1, part));
    }
    await upload.complete(stored);
  } catch (error) {
    await upload.abort().catch(() => undefined);
    throw error;
  }
  return size;
}

/** Equal parts but for the last, as R2 wants them. */
async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let taken = 0; taken < value.byteLength;) {
      const more = value.subarray(taken, taken + PART_BYTES - filled);
      part.set(more, filled);
      filled += more.byteLength;
      taken += more.byteLength;
      if (filled < PART_BYTES) continue;
      yield part;
      part = new Uint8Array(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
