/** $convert: a message of the API as the HL7 v3 message that Spine is told. */
import { Reading } from '../issues.ts';
import type { Invalid } from '../issues.ts';
import type { Json } from '../json.ts';
import { objectIn } from '../json.ts';
import { MessageBundle } from '../message-bundle.ts';
import { claimId, dispenseClaim } from './dispense-claim.ts';
import { dispenseNotification } from './dispense-notification.ts';
import { dispenseProposalReturn, etpWithdraw, releaseRequest, releasedId, taskId } from './dispenser-requests.ts';
import { INTERACTIONS, sendMessage } from './envelope.ts';
import type { Sender } from './envelope.ts';
import { cancellationRequest, parentPrescription } from './prescriber-messages.ts';
import type { Converting } from './prescriber-messages.ts';

export interface Converted {
  readonly kind: 'converted';
  readonly xml: string;
}

export interface ConvertContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly sender: Sender;
  /** Releases have no id of their own. */
  readonly newId: string;
  /** The XML that the requester of an order signed with; '' where nothing is signed. */
  readonly signatureXml: string;
}

interface Subject {
  readonly id: string;
  readonly interaction: keyof typeof INTERACTIONS;
  readonly xml: string;
}

/** The message has been checked; null: one that has no such form. */
export function convert(message: unknown, context: ConvertContext): Converted | Invalid | null {
  const reading = new Reading();
  const subject = subjectOf(objectIn(message), context, reading);
  if (subject === null) return null;
  if (reading.fault !== null) return reading.fault;
  const { id, interaction, xml } = subject;
  const { now, sender } = context;
  return { kind: 'converted', xml: sendMessage({ id, interaction: INTERACTIONS[interaction], now, sender }, xml) };
}

function subjectOf(message: Json, context: ConvertContext, reading: Reading): Subject | null {
  const converting = { now: context.now, reading };
  switch (message['resourceType']) {
    case 'Bundle':
      return bundleSubject(new MessageBundle(message), context, converting);
    case 'Parameters': {
      const interaction = releasedId(message) === '' ? 'nominatedRelease' : 'patientRelease';
      const id = context.newId;
      return { id, interaction, xml: releaseRequest(message, id, converting) };
    }
    case 'Task': {
      const id = taskId(message);
      if (message['status'] === 'rejected')
        return { id, interaction: 'return', xml: dispenseProposalReturn(message, converting) };
      return { id, interaction: 'withdraw', xml: etpWithdraw(message, converting) };
    }
    case 'Claim':
      return { id: claimId(message), interaction: 'claim', xml: dispenseClaim(message, converting) };
    default:
      return null;
  }
}

function bundleSubject(
  bundle: MessageBundle,
  { signatureXml }: ConvertContext,
  converting: Converting,
): Subject | null {
  const { event, id } = bundle;
  switch (event) {
    case 'prescription-order':
      return { id, interaction: 'order', xml: parentPrescription(bundle, signatureXml, converting) };
    case 'prescription-order-update':
      return { id, interaction: 'cancel', xml: cancellationRequest(bundle, converting) };
    case 'dispense-notification':
      return { id, interaction: 'dispense', xml: dispenseNotification(bundle, converting) };
    default:
      return null;
  }
}
