/** POST /$convert, where people are not real: a message as the HL7 v3 message that Spine would be told. */
import { convert } from '../../domain/eps/wire/hl7v3/convert.ts';
import type { Sender } from '../../domain/eps/wire/hl7v3/envelope.ts';
import { Reading, translationIssue } from '../../domain/eps/wire/issues.ts';
import { textAt } from '../../domain/eps/wire/json.ts';
import { messageEvent } from '../../domain/eps/wire/check-message.ts';
import { MessageBundle } from '../../domain/eps/wire/message-bundle.ts';
import { readSignatureOf } from '../../domain/eps/wire/prescription-signature.ts';
import { canonicalDocument } from '../../domain/eps/wire/signature-document.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import { bodyOf, forbidden } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { outcome } from './outcome.ts';
import { decodedText } from './signature-verification.ts';
import { faultsOf } from './validate.ts';

export const XML = 'application/xml';

const UNSUPPORTED = outcome([
  { severity: 'fatal', code: 'invalid', diagnostics: 'Message not supported by $convert endpoint' },
]);

export async function convertMessage(call: EpsCall): Promise<Result> {
  const { now, settings } = call.context;
  if (settings.environment === 'live') return { kind: 'refused', code: 'not-found' };
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const { value } = body;
  const denied = deniedTo(call, value);
  if (denied !== null) return denied;
  const faults = faultsOf(value, now);
  if (faults.length > 0) return faulty(faults, now);
  const signatureXml = signatureOf(value);
  if (signatureXml === null) return faulty([BAD_SIGNATURE], now);
  const context = { now, sender: senderOf(call), newId: crypto.randomUUID(), signatureXml };
  const converted = convert(value, context);
  if (converted === null) return UNSUPPORTED;
  if (converted.kind === 'invalid') return faulty(converted.issues, now);
  return { status: 200, body: converted.xml, contentType: XML };
}

/** The permission that sending the message itself takes. */
function deniedTo(call: EpsCall, message: unknown): Answer | null {
  switch (textAt(message, 'resourceType')) {
    case 'Bundle': {
      const event = messageEvent(message);
      return forbidden(call, event === 'dispense-notification' ? 'dispensing' : 'prescribing');
    }
    case 'Parameters':
    case 'Task':
    case 'Claim':
      return forbidden(call, 'dispensing');
    default:
      return UNSUPPORTED;
  }
}

const BAD_SIGNATURE = translationIssue('INVALID_VALUE', 'Invalid signature format.', 'Provenance.signature.data');

/** '' where nothing is signed, null where what is signed with is no XML. */
function signatureOf(message: unknown): string | null {
  const { data } = readSignatureOf(new MessageBundle(message), new Reading());
  if (data === '') return '';
  const xml = decodedText(data);
  return xml === null ? null : canonicalDocument(xml);
}

/** Nobody who is known: the user of the public sandbox. */
const SANDBOX: Sender = { user: '555254239107', role: '555254240100' };

const senderOf = ({ agent, grant }: EpsCall): Sender => ({
  user: grant.user ?? SANDBOX.user,
  role: agent.role ?? SANDBOX.role,
});
