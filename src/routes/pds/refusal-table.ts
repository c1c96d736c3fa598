/** How PDS says no: every code of the domain, the engine and the edge with its form on the wire. */
import { operationOutcome } from '../../fhir/operation-outcome.ts';
import type { EngineRefusalCode } from '../../engine/envelope.ts';
import type { PdsRefusalCode } from '../../domain/pds/refusals.ts';
import { MAX_QUOTED_CHARACTERS } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, PLAIN_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { EdgeRefusalCode, RefusalForm, RefusalTable, WireRefusal } from '../service.ts';

const error = (status: number, code: string, display: string, issueCode: string): RefusalForm => ({
  status,
  code,
  display,
  issueCode,
  severity: 'error',
});

const information = (status: number, code: string, display: string, issueCode: string): RefusalForm => ({
  ...error(status, code, display, issueCode),
  severity: 'information',
});

const NO_ACCESS = 'Access Denied - Unauthorised';
const NOT_IN_TIME =
  "The downstream domain processing has not completed within the configured timeout period. Using the same 'X-Request-ID' header, retry your request after the time specified by the 'Retry-After' response header.";
const UNAVAILABLE: RefusalForm = {
  ...error(503, 'SERVICE_UNAVAILABLE', 'Service unavailable', 'timeout'),
  diagnostics: NOT_IN_TIME,
};
const NOT_SUPPORTED = 'The request is not one that is supported.';
const MISMATCH = error(
  409,
  'RESOURCE_VERSION_MISMATCH',
  'Resource version supplied does not match actual version',
  'conflict',
);

/** Refusals that the PDS routes make themselves. */
type PdsEdgeCode = 'one-result-only';

export const REFUSALS: RefusalTable<PdsRefusalCode | PdsEdgeCode> = {
  ACCESS_DENIED: error(403, 'ACCESS_DENIED', NO_ACCESS, 'forbidden'),
  PATIENT_ACCESS_DENIED: {
    ...error(403, 'ACCESS_DENIED', 'Patient cannot perform this action', 'forbidden'),
    diagnostics:
      'Your access token has insufficient permissions. See documentation regarding Patient access restrictions https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir',
  },
  INVALID_METHOD: error(403, 'INVALID_METHOD', 'Cannot update resource with this access token', 'forbidden'),
  MISSING_VALUE: error(400, 'MISSING_VALUE', 'Required value is missing', 'required'),
  INVALID_VALUE: error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  INVALID_RESOURCE_ID: error(400, 'INVALID_RESOURCE_ID', 'Resource Id is invalid', 'value'),
  RESOURCE_NOT_FOUND: information(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  INVALIDATED_RESOURCE: error(
    404,
    'INVALIDATED_RESOURCE',
    'Resource that has been marked as invalid was requested - invalid resources cannot be retrieved',
    'processing',
  ),
  UNSUPPORTED_SERVICE: error(400, 'UNSUPPORTED_SERVICE', 'Unsupported Service', 'processing'),
  UNSUPPORTED_REQUEST: error(400, 'UNSUPPORTED_REQUEST', NOT_SUPPORTED, 'value'),
  ADDITIONAL_PROPERTIES: error(
    400,
    'ADDITIONAL_PROPERTIES',
    'Additional properties should not be included',
    'invariant',
  ),
  INVALID_SEARCH_DATA: error(400, 'INVALID_SEARCH_DATA', 'Search data is invalid', 'value'),
  TOO_MANY_MATCHES: information(200, 'TOO_MANY_MATCHES', 'Too Many Matches', 'multiple-matches'),
  PRECONDITION_FAILED: {
    ...error(412, 'PRECONDITION_FAILED', 'Required condition was not fulfilled', 'structure'),
    diagnostics: 'Invalid request with error - If-Match header must be supplied to update this resource',
  },
  RESOURCE_VERSION_MISMATCH: MISMATCH,
  INVALID_UPDATE: error(400, 'INVALID_UPDATE', 'Update is invalid', 'structure'),
  FORBIDDEN_UPDATE: information(403, 'FORBIDDEN_UPDATE', 'Update is forbidden', 'forbidden'),
  INVALID_CREATE: error(400, 'INVALID_CREATE', 'Patient create data is invalid', 'value'),
  TOO_MANY_VALUES_SUBMITTED: error(400, 'TOO_MANY_VALUES_SUBMITTED', 'Too many values submitted', 'value'),
  TOO_FEW_VALUES_SUBMITTED: error(400, 'TOO_FEW_VALUES_SUBMITTED', 'Too few values submitted', 'value'),
  SINGLE_MATCH: error(200, 'SINGLE_MATCH', 'Single match found', 'value'),
  MULTIPLE_MATCHES: error(200, 'MULTIPLE_MATCHES', 'Multiple matches found', 'value'),
  INSERT_BIRTH_DEATH_STATUS_INCONSISTENT: {
    ...error(400, 'INSERT_BIRTH_DEATH_STATUS_INCONSISTENT', 'INSERT_BIRTH_DEATH_STATUS_INCONSISTENT', 'processing'),
    diagnostics: 'Insert Birth - Death Status Inconsistent',
  },
  // Only a registration meets this one, and tries the next number; should it ever get out, a retry helps.
  'number-in-use': UNAVAILABLE,
  UNSUPPORTED_VALUE: error(400, 'UNSUPPORTED_VALUE', 'Unsupported value', 'value'),
  UNSUPPORTED_CHARACTERS_IN_FIELD: error(
    400,
    'UNSUPPORTED_CHARACTERS_IN_FIELD',
    'Unsupported characters in field',
    'value',
  ),

  'version-mismatch': MISMATCH,
  'request-id-reused': error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  'not-ours': UNAVAILABLE,
  'read-only': UNAVAILABLE,
  'too-large': {
    ...error(400, 'INVALID_UPDATE', 'Update is invalid', 'structure'),
    diagnostics: 'Invalid update with error - the resulting record is too large',
  },

  'one-result-only': error(
    403,
    'INVALID_VALUE',
    'Cannot retrieve more than one result with this access token',
    'token',
  ),

  unauthorised: error(401, 'ACCESS_DENIED', NO_ACCESS, 'forbidden'),
  'invalid-api-key': { ...error(401, 'ACCESS_DENIED', NO_ACCESS, 'forbidden'), diagnostics: 'Invalid Api Key' },
  'rate-limited': error(429, 'TOO_MANY_REQUESTS', 'Too many requests', 'value'),
  'url-too-long': error(414, 'UNSUPPORTED_REQUEST', NOT_SUPPORTED, 'too-long'),
  'body-too-large': error(413, 'UNSUPPORTED_REQUEST', NOT_SUPPORTED, 'too-long'),
  'body-too-slow': error(408, 'UNABLE_TO_CALL_SERVICE', 'Unable to call service', 'timeout'),
  timeout: UNAVAILABLE,
  'preflight-expected': error(502, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
  'unknown-error': error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
};

type PdsWireCode = PdsRefusalCode | PdsEdgeCode | EngineRefusalCode | EdgeRefusalCode;

const isKnown = (code: string): code is PdsWireCode => Object.hasOwn(REFUSALS, code);

/** A code from nowhere is a bug of ours, and looks like one. */
const formOf = (code: string): RefusalForm => (isKnown(code) ? REFUSALS[code] : REFUSALS['unknown-error']);

const quoted = (value: string): string =>
  value.length > MAX_QUOTED_CHARACTERS ? `${value.slice(0, MAX_QUOTED_CHARACTERS)}...` : value;

/** The text for a request id that the API cannot take. */
export const badRequestId = (value: string): string => `Invalid value - '${quoted(value)}' in header 'X-Request-ID'`;

export const unknownError = (reference: string): string =>
  `An unknown error occurred processing this request. Contact us for assistance diagnosing this issue: https://digital.nhs.uk/developer/help-and-support. (Message ID: ${reference})`;

function diagnosticsOf(context: RequestContext, refusal: WireRefusal, form: RefusalForm): string | undefined {
  if (refusal.code === 'request-id-reused') return badRequestId(context.requestId ?? '');
  if (refusal.diagnostics !== undefined) return refusal.diagnostics;
  if (form.diagnostics !== undefined) return form.diagnostics;
  return form.code === 'UNKNOWN_ERROR' ? unknownError(context.requestId ?? '') : undefined;
}

/** The status and the OperationOutcome that tell a refusal. */
export function outcomeOf(context: RequestContext, refusal: WireRefusal): { status: number; body: string } {
  const form = formOf(refusal.code);
  const diagnostics = diagnosticsOf(context, refusal, form);
  const body = operationOutcome({
    code: form.code,
    display: refusal.display ?? form.display,
    issueCode: form.issueCode,
    severity: form.severity,
    ...(diagnostics === undefined ? {} : { diagnostics }),
    ...(refusal.expression === undefined ? {} : { expression: refusal.expression }),
  });
  return { status: form.status, body };
}

export function refused(context: RequestContext, refusal: WireRefusal): Outgoing {
  const { status, body } = outcomeOf(context, refusal);
  const retry = refusal.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  return respond(context, {
    status,
    body,
    contentType: refusal.gateway === true ? PLAIN_JSON : FHIR_JSON,
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
  });
}
