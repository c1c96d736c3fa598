/** Replies kept so that a repeated request gets the first answer byte for byte and has no second effect. */
import { REPLY_RETENTION_MS } from './limits.ts';
import type { CommandEnvelope, Outcome } from './envelope.ts';
import type { ShardStatements } from '../storage/shard/statements.ts';

type Replied = Extract<Outcome, { kind: 'replied' }>;

/** A request id means something only together with the client that made it: others never see its reply. */
const requestKey = (envelope: CommandEnvelope): string => `${envelope.agent.client}\n${envelope.requestId}`;

/** The stored reply of an identical request, a refusal if the id was used for another, null if it is new. */
export function recall(statements: ShardStatements, envelope: CommandEnvelope): Outcome | null {
  const row = statements.reply(requestKey(envelope));
  if (!row) return null;
  if (row.fingerprint !== envelope.fingerprint) return { kind: 'refused', code: 'request-id-reused' };
  const body = row.body ?? statements.journalBody(row.seq);
  if (body === null) throw new Error(`journal row ${row.seq} of a stored reply is missing`);
  return {
    kind: 'replied',
    effect: 'accepted',
    version: row.version,
    body,
    replayed: true,
    sequence: row.seq,
    ...(row.attributes === null ? {} : { attributes: JSON.parse(row.attributes) as Record<string, string> }),
  };
}

/** Keeps a reply; a body that equals the stored record is kept by its journal position instead of twice. */
export function remember(
  statements: ShardStatements,
  envelope: CommandEnvelope,
  reply: Replied & { sequence: number },
  stored: { now: number; body: string },
): void {
  statements.insertReply(requestKey(envelope), {
    fingerprint: envelope.fingerprint,
    seq: reply.sequence,
    version: reply.version,
    body: reply.body === stored.body ? null : reply.body,
    attributes: reply.attributes ? JSON.stringify(reply.attributes) : null,
    expires: stored.now + REPLY_RETENTION_MS,
  });
}
