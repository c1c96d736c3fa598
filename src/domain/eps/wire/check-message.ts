/** Checks of `$process-message` and `$prepare`: which message it is, and what is wrong with it. */
import type { MessageIssue } from '../message-issue.ts';
import { checkDispenseBundle } from './check-dispenser-message.ts';
import { checkCancelBundle, checkCommon, checkOrderBundle } from './check-prescriber-message.ts';
import * as form from './issue-forms.ts';
import { translationIssue } from './issues.ts';
import { at, textAt } from './json.ts';
import { MessageBundle } from './message-bundle.ts';
import { prescriptionFragments } from './prescription-fragments.ts';

export type MessageEvent = (typeof form.EVENTS)[number];

/** Which message it is, or why it is none. */
export function messageEvent(message: unknown): MessageEvent | readonly MessageIssue[] {
  if (textAt(message, 'resourceType') !== 'Bundle') return [form.wrongResource('Bundle')];
  if (!Array.isArray(at(message, 'entry'))) return [form.NO_ENTRY];
  const { event } = new MessageBundle(message);
  return form.EVENTS.find((known) => known === event) ?? [form.WRONG_EVENT];
}

/** What the checks find; whether an order can be read to its end is another question. */
function found(message: unknown, event: MessageEvent): readonly MessageIssue[] {
  const bundle = new MessageBundle(message);
  const common = checkCommon(bundle);
  switch (event) {
    case 'prescription-order':
      return [...common, ...checkOrderBundle(bundle)];
    case 'prescription-order-update':
      return [...common, ...checkCancelBundle(bundle)];
    case 'dispense-notification':
      return [...common, ...checkDispenseBundle(bundle)];
  }
}

/** What is wrong with a message of any of the three kinds; what cannot be read is told alone. */
export function checkMessage(message: unknown, now: number): readonly MessageIssue[] {
  const event = messageEvent(message);
  if (typeof event !== 'string') return event;
  const issues = found(message, event);
  if (issues.length > 0 || event !== 'prescription-order') return issues;
  const read = prescriptionFragments(message, { now });
  return read.kind === 'invalid' ? read.issues : [];
}

const ONLY_ORDERS = translationIssue(
  'INVALID_VALUE',
  "MessageHeader.eventCoding.code must be 'prescription-order'.",
  'MessageHeader.eventCoding.code',
);

/** Whoever prepares the digest reads the order to its end. */
export function checkPrepare(message: unknown): readonly MessageIssue[] {
  const event = messageEvent(message);
  if (typeof event !== 'string') return event;
  const issues = found(message, event);
  if (issues.length > 0) return issues;
  return event === 'prescription-order' ? [] : [ONLY_ORDERS];
}
