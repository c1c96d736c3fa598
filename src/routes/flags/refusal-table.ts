/** How the patient flags say no: every code of the domain, the engine and the edge with its form on the wire. */
import type { FlagsRefusalCode } from '../../domain/flags/refusals.ts';
import { operationOutcome } from '../../fhir/operation-outcome.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, PLAIN_JSON, respond } from '../respond.ts';
import type { RefusalForm, RefusalTable, WireRefusal } from '../service.ts';

const error = (status: number, code: string, display: string, issueCode: string): RefusalForm => ({
  status,
  code,
  display,
  issueCode,
  severity: 'error',
});

type FlagsEdgeCode = 'UNSUPPORTED_SERVICE';

const UNAVAILABLE = error(503, 'SERVICE_UNAVAILABLE', 'Service unavailable', 'timeout');
const TOO_LARGE = error(413, 'UNSUPPORTED_REQUEST', 'The request is not one that is supported.', 'too-long');
const NOT_SUPPORTED = 'The request is not one that is supported.';

const DENIED = error(403, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden');

const FORMS: RefusalTable<FlagsRefusalCode | FlagsEdgeCode | RecordCallCode> = {
  ACCESS_DENIED: error(403, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden'),
  DUPLICATE_RESOURCE: error(409, 'DUPLICATE_RESOURCE', 'Resource already exists', 'duplicate'),
  FORBIDDEN_UPDATE: error(403, 'FORBIDDEN_UPDATE', 'Update is forbidden', 'forbidden'),
  INVALID_RESOURCE_ID: error(400, 'INVALID_RESOURCE_ID', 'Resource Id is invalid', 'value'),
  INVALID_VALUE: error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  MISSING_VALUE: error(400, 'MISSING_VALUE', 'Required value is missing', 'required'),
  RESOURCE_NOT_FOUND: error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  UNSUPPORTED_SERVICE: error(400, 'UNSUPPORTED_SERVICE', 'Unsupported Service', 'processing'),

  'level-too-low': DENIED,
  'activity-missing': DENIED,
  'not-own-record': DENIED,
  'apps-read-demographics-only': DENIED,
  'opted-out': DENIED,
  invalidated: DENIED,
  'no-relationship': error(403, 'NO_RELATIONSHIP', 'There is no legitimate relationship', 'forbidden'),
  'no-consent': error(403, 'NO_PATIENT_CONSENT', 'The patient has not been asked', 'forbidden'),
  'patient-sensitive': error(403, 'PATIENT_SENSITIVE', 'The record is sealed', 'forbidden'),

  overloaded: UNAVAILABLE,
  timeout: UNAVAILABLE,
  'not-ours': UNAVAILABLE,
  'read-only': UNAVAILABLE,
  'too-large': TOO_LARGE,
  'version-mismatch': error(409, 'RESOURCE_VERSION_MISMATCH', 'Resource version supplied does not match', 'conflict'),
  'request-id-reused': error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),

  unauthorised: error(401, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden'),
  'invalid-api-key': error(401, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden'),
  'rate-limited': error(429, 'TOO_MANY_REQUESTS', 'Too many requests', 'throttled'),
  'url-too-long': error(414, 'UNSUPPORTED_REQUEST', NOT_SUPPORTED, 'too-long'),
  'body-too-large': TOO_LARGE,
  'body-too-slow': error(408, 'UNABLE_TO_CALL_SERVICE', 'Unable to call service', 'timeout'),
  'preflight-expected': error(502, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
  'unknown-error': error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
};

type Code = keyof typeof FORMS;

const isKnown = (code: string): code is Code => Object.hasOwn(FORMS, code);

/** A code from nowhere is a bug of ours, and looks like one. */
const formOf = (code: string): RefusalForm => (isKnown(code) ? FORMS[code] : FORMS['unknown-error']);

export function refused(context: RequestContext, refusal: WireRefusal): Response {
  const { code, display, issueCode, severity, status } = formOf(refusal.code);
  const { diagnostics } = refusal;
  const retry = refusal.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  return respond(context, {
    status,
    body: operationOutcome({
      code,
      display: refusal.display ?? display,
      issueCode,
      severity,
      ...(diagnostics === undefined ? {} : { diagnostics }),
    }),
    contentType: refusal.gateway === true ? PLAIN_JSON : FHIR_JSON,
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
  });
}
