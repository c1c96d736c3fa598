/** POST /$process-message: one address for three messages, told apart by their event. */
import { MessageBundle } from '../../domain/eps/wire/message-bundle.ts';
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { EpsRole } from './access-modes.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall, ReadBody } from './call.ts';
import { processCancel } from './cancel.ts';
import { checkBundle } from './checks.ts';
import { processDispense } from './dispense.ts';
import { processOrder } from './order.ts';
import { outcome } from './outcome.ts';

const EVENTS: Readonly<Record<string, EpsRole>> = {
  'prescription-order': 'prescribing',
  'prescription-order-update': 'prescribing',
  'dispense-notification': 'dispensing',
};

export async function processMessage(call: EpsCall, verifyAtOrder: SignatureVerifier | null): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const { now } = call.context;
  const faults = checkBundle(body.value);
  if (faults.length > 0) return outcome(faults, { now });
  const { event } = new MessageBundle(body.value);
  const role = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined;
  if (role === undefined) return outcome([UNKNOWN_EVENT], { now });
  return forbidden(call, role) ?? dispatch(call, { body, event }, verifyAtOrder);
}

const UNKNOWN_EVENT = {
  severity: 'fatal',
  code: 'value',
  diagnostics: `MessageHeader.eventCoding.code must be one of: ${Object.keys(EVENTS).join(', ')}.`,
  expression: ['Bundle.entry.resource.ofType(MessageHeader).eventCoding.code'],
} as const;

function dispatch(
  call: EpsCall,
  { body, event }: { body: ReadBody; event: string },
  verifyAtOrder: SignatureVerifier | null,
): Promise<Result> {
  switch (event) {
    case 'prescription-order':
      return processOrder(call, body, verifyAtOrder);
    case 'prescription-order-update':
      return processCancel(call, body);
    default:
      return processDispense(call, body);
  }
}
