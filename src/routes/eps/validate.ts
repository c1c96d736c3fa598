/** POST /$validate, where people are not real: a message is looked at and nothing is done. */
import { checkClaim, checkRelease, checkTask } from '../../domain/eps/wire/check-dispenser-message.ts';
import { checkMessage } from '../../domain/eps/wire/check-message.ts';
import { textAt } from '../../domain/eps/wire/json.ts';
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import { bodyOf } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { success } from './outcome.ts';
import { skipsValidation } from './switches.ts';

export async function validate(call: EpsCall): Promise<Result> {
  const { now, settings } = call.context;
  if (settings.environment === 'live') return { kind: 'refused', code: 'not-found' };
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const faults = skipsValidation(call.context) ? [] : faultsOf(body.value, now);
  return faults.length > 0 ? faulty(faults, now) : success(now);
}

/** What is wrong with a message of any kind. */
export function faultsOf(message: unknown, now: number): readonly MessageIssue[] {
  switch (textAt(message, 'resourceType')) {
    case 'Claim':
      return checkClaim(message);
    case 'Parameters':
      return checkRelease(message);
    case 'Task':
      return checkTask(message);
    default:
      return checkMessage(message, now);
  }
}
