/** How a FHIR service says no where nothing else is told: forms of the codes that engine and edge have, and the answer made of one. */
import { operationOutcome } from '../fhir/operation-outcome.ts';
import type { RecordCallCode } from './record-call.ts';
import type { RequestContext } from './request-context.ts';
import { FHIR_JSON, PLAIN_JSON, respond } from './respond.ts';
import type { Outgoing } from './respond.ts';
import type { RefusalForm, RefusalTable, WireRefusal } from './service.ts';

export const error = (status: number, code: string, display: string, issueCode: string): RefusalForm => ({
  status,
  code,
  display,
  issueCode,
  severity: 'error',
});

const UNAVAILABLE = error(503, 'SERVICE_UNAVAILABLE', 'Service unavailable', 'timeout');
const DENIED = error(401, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden');
const FORBIDDEN = error(403, 'ACCESS_DENIED', 'Access Denied - Unauthorised', 'forbidden');
const UNKNOWN = error(500, 'UNKNOWN_ERROR', 'Unknown Error', 'unknown');
const tooLong = (status: number) =>
  error(status, 'UNSUPPORTED_REQUEST', 'The request is not one that is supported.', 'too-long');

/** A service spreads these into its table, adds its own codes, and replaces what it says differently. */
export const USUAL_FORMS: RefusalTable<RecordCallCode> = {
  overloaded: UNAVAILABLE,
  timeout: UNAVAILABLE,
  'not-ours': UNAVAILABLE,
  'read-only': UNAVAILABLE,
  'too-large': tooLong(413),
  'version-mismatch': error(409, 'RESOURCE_VERSION_MISMATCH', 'Resource version supplied does not match', 'conflict'),
  'request-id-reused': error(400, 'INVALID_VALUE', 'Provided value is invalid', 'value'),

  unauthorised: DENIED,
  'invalid-api-key': DENIED,
  'rate-limited': error(429, 'TOO_MANY_REQUESTS', 'Too many requests', 'throttled'),
  'url-too-long': tooLong(414),
  'body-too-large': tooLong(413),
  'body-too-slow': error(408, 'UNABLE_TO_CALL_SERVICE', 'Unable to call service', 'timeout'),
  'preflight-expected': { ...UNKNOWN, status: 502 },
  'unknown-error': UNKNOWN,

  'level-too-low': FORBIDDEN,
  'activity-missing': FORBIDDEN,
  'not-own-record': FORBIDDEN,
  'apps-read-demographics-only': FORBIDDEN,
  'opted-out': FORBIDDEN,
  invalidated: FORBIDDEN,
  'no-relationship': error(403, 'NO_RELATIONSHIP', 'There is no legitimate relationship', 'forbidden'),
  'no-consent': error(403, 'NO_PATIENT_CONSENT', 'The patient has not been asked', 'forbidden'),
  'patient-sensitive': error(403, 'PATIENT_SENSITIVE', 'The record is sealed', 'forbidden'),
};

/** `allow`: the methods that are served, for a refusal of any other. */
export type Refused = (context: RequestContext, refusal: WireRefusal, allow?: string) => Outgoing;

/** `forms` is total by type; a code from nowhere is a bug of ours, and looks like one. */
export function refusedBy<Code extends string>(forms: RefusalTable<Code>): Refused {
  const known: Readonly<Record<string, RefusalForm>> = forms;
  return (context, refusal, allow) => {
    const form = Object.hasOwn(known, refusal.code) ? known[refusal.code] : undefined;
    const { code, display, issueCode, severity, status } = form ?? forms['unknown-error'];
    const { diagnostics } = refusal;
    const retry = refusal.retryAfterSeconds ?? (status === 503 ? 5 : undefined);
    const issue = { code, display: refusal.display ?? display, issueCode, severity };
    return respond(context, {
      status,
      body: operationOutcome(diagnostics === undefined ? issue : { ...issue, diagnostics }),
      contentType: refusal.gateway === true ? PLAIN_JSON : FHIR_JSON,
      ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
      ...(allow === undefined ? {} : { headers: { Allow: allow } }),
    });
  };
}
