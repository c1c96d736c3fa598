/** How the prescription service says no: every code of the domain, the engine and the edge with its form on the wire. */
import type { IssueCoding, MessageIssue } from '../../domain/eps/message-issue.ts';
import type { EpsRefusalCode } from '../../domain/eps/refusals.ts';
import type { EngineRefusalCode } from '../../engine/envelope.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { EdgeRefusalCode, WireRefusal } from '../service.ts';
import { outcome } from './outcome.ts';

const EI = 'https://fhir.nhs.uk/CodeSystem/EPS-IssueCode';
const SW = 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode';
const R4 = 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode';
const HTTP = 'https://fhir.nhs.uk/CodeSystem/http-error-codes';
export const STATUS_HISTORY = 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-history';

type EpsEdgeCode =
  | 'not-found'
  | 'method-not-allowed'
  | 'MISSING_FIELD'
  | 'INVALID_VALUE'
  | 'MALFORMED'
  | 'UNSUPPORTED_TYPE';

type Code = EpsRefusalCode | EpsEdgeCode | RecordCallCode | EngineRefusalCode | EdgeRefusalCode;

interface Form {
  readonly status: number;
  readonly issueCode: string;
  readonly severity: MessageIssue['severity'];
  readonly coding?: IssueCoding;
  readonly diagnostics?: string;
}

const error = (issueCode: string, system: string, code: string, display: string): Form => ({
  status: 400,
  issueCode,
  severity: 'error',
  coding: { system, code, display },
});
const rule = (code: string, display: string): Form => error('business-rule', EI, code, display);

/** The gateway's own codings carry a version. */
const gate = (status: number, issueCode: string, code: string, display: string): Form => ({
  status,
  issueCode,
  severity: 'error',
  coding: { system: R4, version: '1', code, display },
});
const UNAVAILABLE = gate(503, 'transient', 'SERVICE_UNAVAILABLE', 'Service unavailable');
const BROKEN: Form = {
  status: 500,
  issueCode: 'exception',
  severity: 'fatal',
  coding: {
    system: HTTP,
    code: 'SERVER_ERROR',
    display: '500: The Server has encountered an error processing the request.',
  },
};

/** The access decision of a patient's shard, where it says no before the prescription is looked at. */
const DENIED: Form = {
  status: 403,
  issueCode: 'forbidden',
  severity: 'fatal',
  diagnostics: 'Access to the record is denied',
};

const FORMS: Readonly<Record<Code, Form>> = {
  PATIENT_DECEASED: rule('PATIENT_DECEASED', 'Patient is recorded as dead'),
  MISSING_DIGITAL_SIGNATURE: rule('MISSING_DIGITAL_SIGNATURE', 'Digital signature not found'),
  INVALID_NUMBER_MEDICATIONREQUESTS: rule(
    'INVALID_NUMBER_MEDICATIONREQUESTS',
    'Number of items on a prescription should be between 1 and 4',
  ),
  INVALID_REPEAT_COUNT: rule('INVALID_REPEAT_COUNT', 'Repeat count should be between 1 and 99'),
  DUPLICATE_PRESCRIPTION_ID: error('duplicate', EI, 'DUPLICATE_PRESCRIPTION_ID', 'Duplicate prescription ID exists'),
  DUPLICATE_MEDICATIONREQUEST_ID: error('duplicate', EI, 'DUPLICATE_MEDICATIONREQUEST_ID', 'Duplicate item ID exists'),
  INVALID_CHECK_DIGIT: error('value', EI, 'INVALID_CHECK_DIGIT', 'Error in check digit'),
  INVALID_RESOURCE_ID: error(
    'code-invalid',
    SW,
    'INVALID_RESOURCE_ID',
    'The resource ID was not valid. For example a NHS Number is presented which is not a valid NHS Number.',
  ),
  FAILURE_TO_PROCESS_MESSAGE: error('processing', SW, 'FAILURE_TO_PROCESS_MESSAGE', 'Unable to process message'),
  PRESCRIPTION_CANCELLED: rule('PRESCRIPTION_CANCELLED', 'Prescription has been cancelled'),
  PRESCRIPTION_EXPIRED: rule('PRESCRIPTION_EXPIRED', 'Prescription has expired'),
  PRESCRIPTION_DISPENSED: rule('PRESCRIPTION_DISPENSED', 'Prescription has been dispensed'),
  PRESCRIPTION_WITH_ANOTHER_DISPENSER: rule(
    'PRESCRIPTION_WITH_ANOTHER_DISPENSER',
    'Prescription is with another dispenser',
  ),
  RESOURCE_NOT_FOUND: error('not-found', SW, 'RESOURCE_NOT_FOUND', 'Resource not found'),
  NO_MORE_PRESCRIPTIONS: {
    status: 200,
    issueCode: 'informational',
    severity: 'information',
    coding: { system: EI, code: 'NO_MORE_PRESCRIPTIONS', display: 'No more prescriptions available' },
  },
  PRESCRIPTION_NOT_FOUND: error(
    'not-found',
    EI,
    'PRESCRIPTION_NOT_FOUND',
    'Prescription can not be found. Contact prescriber',
  ),
  MEDICATIONREQUEST_NOT_FOUND: error('not-found', EI, 'MEDICATIONREQUEST_NOT_FOUND', 'Prescription Item Not found'),
  PRESCRIPTION_INVALID_STATE_TRANSITION: rule(
    'PRESCRIPTION_INVALID_STATE_TRANSITION',
    'Invalid State Transition for Prescription',
  ),
  MEDICATIONREQUEST_INVALID_STATE_TRANSITION: rule(
    'MEDICATIONREQUEST_INVALID_STATE_TRANSITION',
    'Invalid State Transition for Prescription Item',
  ),
  MISMATCH_AUTHORISED_REPEAT_COUNT: rule('MISMATCH_AUTHORISED_REPEAT_COUNT', 'Mismatch in authorised repeat counts'),
  DISPENSE_AMEND_IDENTIFIER_MISMATCH: rule(
    'DISPENSE_AMEND_IDENTIFIER_MISMATCH',
    'Dispense Amendment/Cancellation Request does not pertain to Last Dispense',
  ),
  CLAIM_INVALID_NOT_DISPENSED: rule('CLAIM_INVALID_NOT_DISPENSED', 'Invalid Claim. Prescription is not Dispensed'),
  CLAIM_AMEND_PERIOD_ISSUE: error(
    'business-rule',
    SW,
    'CLAIM_AMEND_PERIOD_ISSUE',
    'Claim amendment is not permitted outside of the claim period',
  ),
  'R-0008': error('not-found', STATUS_HISTORY, 'R-0008', 'Prescription/item not found'),
  'R-5000': error('processing', STATUS_HISTORY, 'R-5000', 'Unable to process message'),
  moved: BROKEN,

  'not-found': gate(404, 'not-found', 'RESOURCE_NOT_FOUND', 'Resource not found'),
  'method-not-allowed': gate(405, 'not-supported', 'METHOD_NOT_ALLOWED', 'Method not allowed'),
  MISSING_FIELD: {
    status: 400,
    issueCode: 'value',
    severity: 'fatal',
    coding: { system: R4, version: '1', code: 'MISSING_FIELD', display: 'Required field missing' },
    diagnostics: 'X-Request-ID header missing or malformed',
  },
  INVALID_VALUE: gate(400, 'value', 'INVALID_VALUE', 'Provided value is invalid'),
  MALFORMED: { status: 400, issueCode: 'invalid', severity: 'error' },
  UNSUPPORTED_TYPE: { status: 415, issueCode: 'not-supported', severity: 'error' },

  'level-too-low': DENIED,
  'activity-missing': DENIED,
  'not-own-record': DENIED,
  'apps-read-demographics-only': DENIED,
  'opted-out': DENIED,
  invalidated: DENIED,
  'no-relationship': DENIED,
  'no-consent': DENIED,
  'patient-sensitive': DENIED,

  overloaded: UNAVAILABLE,
  'not-ours': UNAVAILABLE,
  'read-only': UNAVAILABLE,
  timeout: gate(504, 'timeout', 'TIMEOUT', 'Request timed out'),
  'too-large': gate(413, 'too-long', 'INVALID_VALUE', 'The message is too large'),
  'version-mismatch': error('conflict', SW, 'RESOURCE_VERSION_MISMATCH', 'Resource version mismatch'),
  'request-id-reused': error(
    'conflict',
    SW,
    'RESOURCE_VERSION_MISMATCH',
    'The message id was used for another message',
  ),
  unauthorised: gate(401, 'forbidden', 'ACCESS_DENIED', 'Access Denied - Unauthorised'),
  'invalid-api-key': gate(401, 'forbidden', 'ACCESS_DENIED', 'Access Denied - Unauthorised'),
  'rate-limited': gate(429, 'throttled', 'TOO_MANY_REQUESTS', 'Too many requests'),
  'url-too-long': gate(414, 'too-long', 'INVALID_VALUE', 'The address is too long'),
  'body-too-large': gate(413, 'too-long', 'INVALID_VALUE', 'The body is larger than 1048576 bytes'),
  'body-too-slow': gate(408, 'timeout', 'TIMEOUT', 'The body did not arrive in time'),
  'preflight-expected': gate(502, 'exception', 'SERVER_ERROR', 'Unknown Error'),
  'unknown-error': BROKEN,
};

const isKnown = (code: string): code is Code => Object.hasOwn(FORMS, code);

/** A code from nowhere is a bug of ours, and looks like one. */
const formOf = (code: string): Form => (isKnown(code) ? FORMS[code] : FORMS['unknown-error']);

const SPOKEN = ['FAILURE_TO_PROCESS_MESSAGE', 'R-5000'];

/** One refusal as an issue, for answers that have several. */
export function issueOf(refusal: WireRefusal): MessageIssue {
  const { issueCode, severity, coding, diagnostics } = formOf(refusal.code);
  // Spine's own texts stand where the display of their code would.
  const spoken = coding !== undefined && SPOKEN.includes(coding.code) ? refusal.diagnostics : undefined;
  const told = spoken === undefined ? (refusal.diagnostics ?? diagnostics) : undefined;
  const display = spoken ?? refusal.display;
  const shown = display === undefined || coding === undefined ? coding : { ...coding, display };
  return {
    code: issueCode,
    severity,
    ...(shown === undefined ? {} : { coding: shown }),
    ...(told === undefined ? {} : { diagnostics: told }),
  };
}

export function refused(context: RequestContext, refusal: WireRefusal, allow?: string): Outgoing {
  const { status, coding } = formOf(refusal.code);
  // What the service itself says is dated, what the gateway before it says is not.
  const dated = coding?.system === EI || coding?.system === SW ? { now: context.now } : {};
  const retry = refusal.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  return respond(context, {
    ...outcome([issueOf(refusal)], { status, ...dated }),
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
    ...(allow === undefined ? {} : { headers: { Allow: allow } }),
  });
}

/** The newer APIs stand behind a gateway that answers 401 in plain text. */
export const unauthorisedText = (context: RequestContext, refusal: WireRefusal): Outgoing =>
  respond(context, { status: 401, body: refusal.diagnostics ?? 'Unauthorized', contentType: 'text/plain' });
