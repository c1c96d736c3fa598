/** How the audit service says no: every code of the domain, the engine and the edge with its form on the wire. */
import type { AlertRefusalCode } from '../../domain/audit/privacy-alerts.ts';
import type { AuditRefusal } from '../../domain/audit/audit-rights.ts';
import { operationOutcome } from '../../fhir/operation-outcome.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { RefusalForm, RefusalTable, WireRefusal } from '../service.ts';

const error = (status: number, code: string, display: string, issueCode: string): RefusalForm => ({
  status,
  code,
  display,
  issueCode,
  severity: 'error',
});

type AuditEdgeCode =
  | 'level-too-low'
  | 'no-such-role'
  | 'not-own-record'
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'not-found'
  | 'method-not-allowed';

const denied = (display: string) => error(403, 'ACCESS_DENIED', display, 'forbidden');
const UNAVAILABLE = error(503, 'SERVICE_UNAVAILABLE', 'Service unavailable', 'timeout');
const TOO_LARGE = error(413, 'UNSUPPORTED_REQUEST', 'The request is too large', 'too-long');

const FORMS: RefusalTable<AuditEdgeCode | AuditRefusal | AlertRefusalCode | 'overloaded'> = {
  'level-too-low': denied('A log-in of aal3 is needed'),
  'no-such-role': denied('NHSD-Session-URID must name a role of the user'),
  'not-an-auditor': denied('The role is not one of an auditor'),
  'not-a-privacy-officer': denied('The role does not receive alerts'),
  'other-organisation': denied('The role is of another organisation'),
  'not-own-record': denied('Patient cannot perform this action'),
  'own-alert': denied('Nobody handles an alert about himself'),
  'not-acknowledged': error(409, 'FORBIDDEN_UPDATE', 'The alert has not been acknowledged', 'conflict'),
  'unknown-alert': error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  'wrong-key': error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
  INVALID_VALUE: error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),
  MISSING_VALUE: error(400, 'MISSING_VALUE', 'Required value is missing', 'required'),
  'not-found': error(404, 'RESOURCE_NOT_FOUND', 'Resource not found', 'not-found'),
  'method-not-allowed': error(405, 'UNSUPPORTED_SERVICE', 'Unsupported Service', 'not-supported'),

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
  'url-too-long': error(414, 'UNSUPPORTED_REQUEST', 'The address is too long', 'too-long'),
  'body-too-large': TOO_LARGE,
  'body-too-slow': error(408, 'UNABLE_TO_CALL_SERVICE', 'Unable to call service', 'timeout'),
  'preflight-expected': error(502, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
  'unknown-error': error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown'),
};

type Code = keyof typeof FORMS;

const isKnown = (code: string): code is Code => Object.hasOwn(FORMS, code);

export function refused(context: RequestContext, refusal: WireRefusal, allow?: string): Outgoing {
  const form = isKnown(refusal.code) ? FORMS[refusal.code] : FORMS['unknown-error'];
  const { code, display, issueCode, severity, status } = form;
  const retry = refusal.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
  const { diagnostics } = refusal;
  return respond(context, {
    status,
    body: operationOutcome({
      code,
      display,
      issueCode,
      severity,
      ...(diagnostics === undefined ? {} : { diagnostics }),
    }),
    contentType: FHIR_JSON,
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
    ...(allow === undefined ? {} : { headers: { Allow: allow } }),
  });
}
