/** POST /$process-message: one address for three messages, told apart by their event. */
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import { checkMessage, messageEvent } from '../../domain/eps/wire/check-message.ts';
import type { MessageEvent } from '../../domain/eps/wire/check-message.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { EpsRole } from './access-modes.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall, ReadBody } from './call.ts';
import { processCancel } from './cancel.ts';
import { faulty } from './checks.ts';
import { processDispense } from './dispense.ts';
import { processOrder } from './order.ts';

const EVENTS: Readonly<Record<MessageEvent, EpsRole>> = {
  'prescription-order': 'prescribing',
  'prescription-order-update': 'prescribing',
  'dispense-notification': 'dispensing',
};

export async function processMessage(call: EpsCall, verifyAtOrder: SignatureVerifier | null): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const { now } = call.context;
  const event = messageEvent(body.value);
  if (typeof event !== 'string') return faulty(event, now);
  const denied = forbidden(call, EVENTS[event]);
  if (denied !== null) return denied;
  const faults = checkMessage(body.value, now);
  return faults.length > 0 ? faulty(faults, now) : dispatch(call, { body, event }, verifyAtOrder);
}

function dispatch(
  call: EpsCall,
  { body, event }: { body: ReadBody; event: MessageEvent },
  verifyAtOrder: SignatureVerifier | null,
): Promise<Result> {
  switch (event) {
    case 'prescription-order':
      return processOrder(call, body, verifyAtOrder);
    case 'prescription-order-update':
      return processCancel(call, body);
    case 'dispense-notification':
      return processDispense(call, body);
  }
}
