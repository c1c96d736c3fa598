/** $process-message with a prescription-order: the id is taken for the patient, then the prescription begins. */
import { readOrder } from '../../domain/eps/read-order.ts';
import { refuse } from '../../domain/eps/refusals.ts';
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import type { Result } from '../record-call.ts';
import { answered, ask, notDone } from './acting.ts';
import { prescriptionsOf } from './call.ts';
import type { EpsCall, ReadBody } from './call.ts';
import { WAIT_MS } from './limits.ts';
import { outcome, success } from './outcome.ts';

/** `verify` null: signatures are looked at when prescriptions are released, here only whether there is one. */
export async function processOrder(
  call: EpsCall,
  { text, value }: ReadBody,
  verify: SignatureVerifier | null,
): Promise<Result> {
  const { now } = call.context;
  const read = readOrder(value, now);
  if (read.kind === 'refused') return read;
  if (!read.signed) return refuse('MISSING_DIGITAL_SIGNATURE');
  const faults = verify === null ? [] : await verify(text, now);
  if (faults.length > 0)
    return outcome(
      faults.map((diagnostics) => ({ severity: 'error', code: 'invalid', diagnostics })),
      { now },
    );
  const { id, order } = read;
  const { nhsNumber, messageId } = order;
  const options = { agent: call.agent, requestId: messageId, waitMs: WAIT_MS };
  const place = await prescriptionsOf(call).claimId(id, nhsNumber, options);
  if (place.kind === 'unavailable') return notDone(place);
  if (place.kind === 'at' && place.nhsNumber !== nhsNumber) return refuse('DUPLICATE_PRESCRIPTION_ID');
  const answer = await ask(call, { nhsNumber, messageId, work: { kind: 'order', id, order, text } });
  return answered(answer, () => success(now));
}
