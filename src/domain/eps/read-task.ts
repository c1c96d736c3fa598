/** Reads a Task that returns a prescription, or takes back what was told of its dispensing. */
import { isPrescriptionIdForm, uncheckedPrescriptionId } from '../../nhs/prescription-id.ts';
import type { ReturnPrescription, Withdraw } from './commands.ts';
import { issueOf, odsAt, repeatsOf } from './read-parts.ts';
import { refuse } from './refusals.ts';
import type { EpsRefusal } from './refusals.ts';
import { at, textAt } from './wire/json.ts';

export interface ReadTask {
  readonly kind: 'task';
  readonly id: string;
  readonly nhsNumber: string;
  readonly command: ReturnPrescription | Withdraw;
}

export function readTask(task: unknown): ReadTask | EpsRefusal {
  const shortId = textAt(task, 'groupIdentifier', 'value').toUpperCase();
  if (!isPrescriptionIdForm(shortId)) return refuse('PRESCRIPTION_NOT_FOUND');
  const told = {
    messageId: textAt(task, 'identifier', 0, 'value').toLowerCase(),
    organization: odsAt(at(task, 'owner')),
    reason: textAt(task, 'statusReason', 'coding', 0, 'code'),
  };
  const names = { id: uncheckedPrescriptionId(shortId), nhsNumber: textAt(task, 'for', 'identifier', 'value') };
  return { kind: 'task', ...names, command: commandOf(task, told) };
}

type Told = Pick<ReturnPrescription, 'messageId' | 'organization' | 'reason'>;

function commandOf(task: unknown, told: Told): ReturnPrescription | Withdraw {
  const repeats = repeatsOf(task);
  if (textAt(task, 'status') === 'rejected') {
    const issue = issueOf(repeats);
    return { name: 'return', ...told, ...(issue === undefined ? {} : { issue }) };
  }
  // A withdrawal counts issues from one, unlike all other messages.
  const issue = repeats?.issued;
  const notification = textAt(task, 'focus', 'identifier', 'value').toLowerCase();
  return { name: 'withdraw', ...told, notification, ...(issue === undefined ? {} : { issue }) };
}
