/** Headers by which a caller switches parts of the service off while he tests: not where people are real. */
import type { MessageIssue } from '../../domain/eps/message-issue.ts';
import { R4_ERRORS } from '../../domain/eps/wire/issues.ts';
import type { RequestContext } from '../request-context.ts';

const SKIP_VALIDATION = 'x-skip-validation';
/** The other one asks for the HL7 v3 reply of the Spine behind the public API: there is none here, so it changes nothing. */
const TEST_ONLY = ['x-raw-response', SKIP_VALIDATION];

/** Where people are real such a header is refused, whatever it says. */
export function switchFault({ request, settings }: RequestContext): MessageIssue | null {
  if (settings.environment !== 'live') return null;
  const sent = TEST_ONLY.filter((name) => request.headers.get(name) !== null);
  if (sent.length === 0) return null;
  return {
    severity: 'error',
    code: 'invalid',
    coding: {
      system: R4_ERRORS,
      code: 'MISSING_OR_INVALID_HEADER',
      display: 'There is a header missing or invalid',
    },
    diagnostics: `Invalid headers: ${sent.join(',')}.`,
  };
}

/** Any value asks for it. */
export const skipsValidation = ({ request }: RequestContext): boolean =>
  (request.headers.get(SKIP_VALIDATION) ?? '') !== '';
