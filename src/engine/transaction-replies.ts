/** The answer to a whole transaction, kept under the client's request id like the reply to a single command. */
import { REPLY_RETENTION_MS } from './limits.ts';
import type { PositionedReply, TransactionEnvelope, TransactionOutcome } from './transaction.ts';
import type { ShardStatements } from '../storage/shard/statements.ts';

const requestKey = ({ agent, requestId }: TransactionEnvelope): string => `${agent.client}\n${requestId}`;

/** The first answer to the same wish; a refusal where the request id was used for another; null where it is new. */
export function recallTransaction(
  statements: ShardStatements,
  envelope: TransactionEnvelope,
): TransactionOutcome | null {
  const row = statements.reply(requestKey(envelope));
  if (!row) return null;
  const reused = row.fingerprint !== envelope.fingerprint || row.body === null;
  if (reused) return { kind: 'refused', position: 0, code: 'request-id-reused' };
  return { kind: 'committed', replies: JSON.parse(row.body ?? '[]') as PositionedReply[], replayed: true };
}

/** To be called in the transaction that makes the outcome certain. */
export function rememberTransaction(
  statements: ShardStatements,
  envelope: TransactionEnvelope,
  known: { replies: readonly PositionedReply[]; now: number },
): void {
  const { fingerprint } = envelope;
  const expires = known.now + REPLY_RETENTION_MS;
  const body = JSON.stringify(known.replies);
  statements.insertReply(requestKey(envelope), { fingerprint, seq: 0, version: 0, body, attributes: null, expires });
}
