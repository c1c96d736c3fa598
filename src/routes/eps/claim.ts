/** POST /Claim: a dispenser asks to be paid, or mends what it asked for. */
import { checkClaim } from '../../domain/eps/wire/check-dispenser-message.ts';
import { readClaim } from '../../domain/eps/read-claim.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { act, answered } from './acting.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { success } from './outcome.ts';

export async function postClaim(call: EpsCall): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const denied = forbidden(call, 'dispensing');
  if (denied !== null) return denied;
  const { now } = call.context;
  const faults = checkClaim(body.value);
  if (faults.length > 0) return faulty(faults, now);
  const read = readClaim(body.value);
  if (read.kind === 'refused') return read;
  const { id, nhsNumber, command } = read;
  const work = { kind: 'act', id, command, withOrder: false } as const;
  const answer = await act(call, { id, nhsNumber, messageId: command.claim.id, work });
  return answered(answer, () => success(now));
}
