/** The checks that each message passes before any record is asked. */
import type { MessageCheck, MessageIssue } from '../../domain/eps/message-issue.ts';

/** The body must be what the address is for. */
function ofType(...types: readonly string[]): MessageCheck {
  return (message) => {
    const type =
      typeof message === 'object' && message !== null && 'resourceType' in message ? message.resourceType : '';
    if (typeof type === 'string' && types.includes(type)) return [];
    const issue: MessageIssue = {
      severity: 'fatal',
      code: 'value',
      diagnostics: `Incorrect FHIR resource type. Expected ${types.join('|')}.`,
    };
    return [issue];
  };
}

export const checkBundle = ofType('Bundle');
export const checkRelease = ofType('Parameters');
export const checkTask = ofType('Task');
export const checkClaim = ofType('Claim');
