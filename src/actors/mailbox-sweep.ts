/**
 * Housekeeping over the messages of one shard: the five-day rule, and the end of retention. Ids sort by their birth, so
 * both walk in the order of age and stop at the first that is too young; a walk that was cut off begins again.
 */
import type { Mailbox, MessageCommand } from '../domain/mesh/commands.ts';
import { MAILBOX, mailboxKey } from '../domain/mesh/mailbox.ts';
import { MESSAGE } from '../domain/mesh/message.ts';
import { stampFrom } from '../domain/mesh/message-id.ts';
import { COLLECT_WITHIN_MS, DAY_MS, latest, RETAIN_MS, statusOf } from '../domain/mesh/message-state.ts';
import type { KeptMessage, Message } from '../domain/mesh/message-state.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { ImportRecord, Outcome } from '../engine/envelope.ts';
import type { Agent } from '../engine/record-kind.ts';
import type { ShardEngine } from '../engine/shard-engine.ts';
import type { Steps } from '../engine/transact.ts';
import type { MeshPayloads } from './mesh-payload-store.ts';

export const RETENTION = 'mesh-retention';

export const HOUSEKEEPER: Agent = { client: 'mesh', mode: 'housekeeping', rights: [] };

export interface Sweep {
  readonly engine: ShardEngine;
  readonly payloads: MeshPayloads;
  removeDay(day: number): Promise<void>;
}

const STEP = 200;
/** Bodies of no message are found by their day once no message can be that old. */
const ORPHAN_DAYS = [37, 38, 39];
const EXPIRED_TO = 'mesh-expired-to';
const PURGED_TO = 'mesh-purged-to';
/** After every id. */
const END = '~';

export async function sweepMessages(sweep: Sweep, now: number): Promise<void> {
  await expireOld(sweep, now);
  await purgeOld(sweep, now);
  for (const days of ORPHAN_DAYS) await sweep.removeDay(now - days * DAY_MS);
  const next = nextDue(sweep.engine, now);
  if (next !== null) sweep.engine.wakeUps.ensure(RETENTION, next);
}

async function expireOld({ engine }: Sweep, now: number): Promise<void> {
  const { statements } = engine.shard;
  const before = stampFrom(now - COLLECT_WITHIN_MS);
  for (;;) {
    const after = statements.meta(EXPIRED_TO) ?? '';
    const rows = statements.recordsBetween({ kind: MESSAGE, after, before }, STEP);
    const last = rows.at(-1);
    if (last === undefined) return;
    const open = rows.filter(({ body }) => isOpen(JSON.parse(body) as Message));
    const answer = await engine.transact(0, (steps) => {
      for (const { key } of open) expire(steps, key, now);
      return 'expired' as const;
    });
    if (answer !== 'expired') throw new Error('the shard is too busy to expire messages');
    engine.shard.ports.observer.count('meshExpired', open.length);
    statements.setMeta(EXPIRED_TO, last.key);
  }
}

function isOpen(message: Message): boolean {
  const status = statusOf(message);
  return status === 'accepted' || status === 'uploading';
}

/** The five-day rule for one message, as it will stand at `asOf`. */
export function expire(steps: Steps, messageId: string, asOf: number): Outcome {
  const kept = steps.state(MESSAGE, messageId) as KeptMessage | null;
  const recipientId = kept?.message.recipient.mailboxId ?? '';
  const mailbox = steps.state(MAILBOX, mailboxKey(recipientId)) as Mailbox | null;
  const command: MessageCommand = { name: 'expire-message', asOf, recipientActive: mailbox?.active === true };
  return steps.submit({
    v: ENVELOPE_VERSION,
    kind: MESSAGE,
    key: messageId,
    command,
    agent: HOUSEKEEPER,
    requestId: `expire/${messageId}`,
    fingerprint: '',
  });
}

async function purgeOld(sweep: Sweep, now: number): Promise<void> {
  const { statements } = sweep.engine.shard;
  const before = stampFrom(now - RETAIN_MS);
  let survivors = false;
  let after = statements.meta(PURGED_TO) ?? '';
  for (;;) {
    const rows = statements.recordsBetween({ kind: MESSAGE, after, before }, STEP);
    const last = rows.at(-1);
    if (last === undefined) return;
    const over = rows.filter(({ body }) => latest(JSON.parse(body) as Message).at <= now - RETAIN_MS);
    await purge(sweep, over, now);
    survivors ||= over.length < rows.length;
    after = last.key;
    // What is still kept, because it was collected late, is looked at again next time.
    if (!survivors) statements.setMeta(PURGED_TO, after);
  }
}

type Row = { readonly key: string; readonly version: number; readonly body: string };

/** Bytes first: a record without bytes is found again, bytes without a record would be lost sight of. */
export async function purge({ engine, payloads }: Sweep, rows: readonly Row[], now: number): Promise<void> {
  if (rows.length === 0) return;
  await payloads.remove(rows.flatMap(({ body }) => (JSON.parse(body) as Message).chunks.map(({ object }) => object)));
  const records = rows.map(({ key, version }): ImportRecord => ({
    kind: MESSAGE,
    key,
    version: version + 1,
    body: '',
    annex: '',
    deleted: true,
  }));
  const chunkId = `purge/${now}/${rows[0]?.key}/${rows.length}`;
  const report = await engine.import({ v: ENVELOPE_VERSION, chunkId, agent: HOUSEKEEPER, records });
  if (!('stored' in report)) throw new Error('the shard is too busy to purge messages');
  engine.shard.ports.observer.count('meshPurged', rows.length);
}

/** When the next message comes of either age; null where there is none. */
function nextDue(engine: ShardEngine, now: number): number | null {
  const { statements } = engine.shard;
  const first = (after: string): string | undefined =>
    statements.recordsBetween({ kind: MESSAGE, after, before: END }, 1)[0]?.key;
  const unexpired = first(statements.meta(EXPIRED_TO) ?? '');
  const unpurged = first(statements.meta(PURGED_TO) ?? '');
  if (unpurged === undefined) return null;
  const purgeAt = Math.max(birthOf(unpurged) + RETAIN_MS, now + DAY_MS / 24);
  return unexpired === undefined ? purgeAt : Math.min(purgeAt, birthOf(unexpired) + COLLECT_WITHIN_MS);
}

function birthOf(messageId: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(messageId) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.999Z`);
}

/** Every living message of the shard that `wanted` names: for resets of test deployments. */
export async function purgeWhere(sweep: Sweep, wanted: (message: Message) => boolean, now: number): Promise<void> {
  let after = '';
  for (;;) {
    const rows = sweep.engine.shard.statements.recordsBetween({ kind: MESSAGE, after, before: END }, STEP);
    const last = rows.at(-1);
    if (last === undefined) return;
    await purge(
      sweep,
      rows.filter(({ body }) => wanted(JSON.parse(body) as Message)),
      now,
    );
    after = last.key;
  }
}
