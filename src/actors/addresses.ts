/** The only map from a business key to an actor: hash, shard count, placement. Names are numbers, never keys. */
import { SHARDS_MAX, shardOfId } from '../domain/mesh/message-id.ts';
import type { Env } from './environment.ts';

/** FNV-1a with a final mix, so that keys that differ in one digit spread evenly. */
export function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) % shards;
}

/** What of a key of a patient's record chooses the shard: the NHS number, which a further name may follow. */
export function patientOf(key: string): string {
  const slash = key.indexOf('/');
  return slash === -1 ? key : key.slice(0, slash);
}

/** An organisation's records, by its ODS code: the same rule. */
export const organizationOf = patientOf;

export function shardCount(env: Env): number {
  const shards = Number(env.SHARDS);
  if (!Number.isInteger(shards) || shards < 1) throw new Error(`SHARDS must be a positive number, not '${env.SHARDS}'`);
  return shards;
}

const LOCATION_HINTS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const;

export function placement(env: Env): DurableObjectNamespaceGetDurableObjectOptions {
  const hint = LOCATION_HINTS.find((known) => known === env.LOCATION_HINT);
  return hint ? { locationHint: hint } : {};
}

/** One number range is issued in one place: it is the only actor without shards. */
export const NUMBER_ALLOCATOR_NAME = '0';

/** Mailboxes have a number of shards of their own: on one machine fewer actors share more commits. */
export function mailboxShardCount(env: Env): number {
  const shards = Number(env.MAILBOX_SHARDS ?? env.SHARDS);
  const sound = Number.isInteger(shards) && shards >= 1 && shards <= SHARDS_MAX;
  if (!sound) throw new Error(`MAILBOX_SHARDS must be 1 to ${SHARDS_MAX}, not '${env.MAILBOX_SHARDS ?? env.SHARDS}'`);
  return shards;
}

/** The shard that keeps a message: the one that gave the id. */
export const messageShard = (messageId: string, shards: number): number =>
  (shardOfId(messageId) ?? shardOf(messageId, shards)) % shards;

/** The part of an identity actor's key that chooses its shard: the alerts of one organisation lie together. */
export const identityAddress = (key: string): string => /^(?:alert|bulk)\/[^/]+/.exec(key)?.[0] ?? key;
