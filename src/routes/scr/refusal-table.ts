/** How the summary care record says no: every code of the domain, the engine and the edge with its form on the wire. */
import type { ScrRefusalCode } from '../../domain/scr/refusals.ts';
import type { EngineRefusalCode } from '../../engine/envelope.ts';
import type { RecordCallCode } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON, PLAIN_JSON, respond } from '../respond.ts';
import type { Outgoing } from '../respond.ts';
import type { EdgeRefusalCode, WireRefusal } from '../service.ts';

/** The service itself answers with a text, the gateway before it with a coding. */
type Form =
  | { readonly status: number; readonly issueCode: string; readonly text: string }
  | { readonly status: number; readonly issueCode: string; readonly code: string; readonly display: string };

type ScrEdgeCode = 'not-found' | 'method-not-allowed' | 'unsupported-media-type' | 'INVALID_METHOD' | 'INVALID_VALUE';

type Code = ScrRefusalCode | ScrEdgeCode | RecordCallCode | EngineRefusalCode | EdgeRefusalCode;

const DISSENT =
  'Code: 420, Display: Business condition related to access control  which prevents the action being performed by PSIS;Code: 30418, Display: [PSIS-30418] - ACF does not permit access to resource';
const UNAVAILABLE: Form = { status: 503, issueCode: 'transient', text: 'Code: 503, Display: Service Not Available' };

const forbidden = (code: string, display: string): Form => ({ status: 403, issueCode: 'forbidden', code, display });
const DENIED = forbidden('ACCESS_DENIED', 'Access Denied - Unauthorised');

const FORMS: Readonly<Record<Code, Form>> = {
  value: { status: 400, issueCode: 'value', text: '' },
  dissent: { status: 403, issueCode: 'forbidden', text: DISSENT },
  'not-found': { status: 404, issueCode: 'not-found', text: '' },
  'method-not-allowed': { status: 405, issueCode: 'not-supported', text: '' },
  'unsupported-media-type': { status: 415, issueCode: 'not-supported', text: '' },

  overloaded: UNAVAILABLE,
  'not-ours': UNAVAILABLE,
  'read-only': UNAVAILABLE,
  timeout: {
    status: 504,
    issueCode: 'transient',
    text: 'Request processing timed out. Spine POST + polling GET has timed out',
  },
  'too-large': { status: 413, issueCode: 'invalid', text: 'The summary is too large' },
  'version-mismatch': { status: 500, issueCode: 'exception', text: 'The record changed meanwhile' },
  'request-id-reused': { status: 400, issueCode: 'value', text: 'The X-Request-ID was used for another request' },

  'level-too-low': DENIED,
  'activity-missing': DENIED,
  'not-own-record': DENIED,
  'apps-read-demographics-only': DENIED,
  'opted-out': DENIED,
  invalidated: DENIED,
  'no-relationship': forbidden('NO_RELATIONSHIP', 'There is no legitimate relationship with the patient'),
  'no-consent': forbidden('NO_PATIENT_CONSENT', 'The patient has not been asked'),
  'patient-sensitive': forbidden('PATIENT_SENSITIVE', 'The record is sealed'),

  INVALID_METHOD: {
    status: 403,
    issueCode: 'forbidden',
    code: 'INVALID_METHOD',
    display: 'Cannot update resource with Application-Restricted access token',
  },
  INVALID_VALUE: { status: 400, issueCode: 'value', code: 'INVALID_VALUE', display: 'Provided value is invalid' },
  unauthorised: { status: 401, issueCode: 'forbidden', code: 'ACCESS_DENIED', display: 'Invalid access token' },
  'invalid-api-key': { status: 401, issueCode: 'forbidden', code: 'ACCESS_DENIED', display: 'Invalid api key' },
  'rate-limited': { status: 429, issueCode: 'throttled', code: 'TOO_MANY_REQUESTS', display: 'Too many requests' },
  'url-too-long': { status: 414, issueCode: 'too-long', text: 'The address is too long' },
  'body-too-large': { status: 413, issueCode: 'invalid', text: 'The body is larger than 5242880 bytes' },
  'body-too-slow': { status: 408, issueCode: 'timeout', text: 'The body did not arrive in time' },
  'preflight-expected': { status: 502, issueCode: 'unknown', code: 'UNKNOWN_ERROR', display: 'Unknown Error' },
  'unknown-error': { status: 500, issueCode: 'unknown', code: 'UNKNOWN_ERROR', display: 'Unknown Error' },
};

const isKnown = (code: string): code is Code => Object.hasOwn(FORMS, code);

/** A code from nowhere is a bug of ours, and looks like one. */
const formOf = (code: string): Form => (isKnown(code) ? FORMS[code] : FORMS['unknown-error']);

const UNKNOWN =
  'An unknown error occurred processing this request. Contact us for assistance diagnosing this issue: https://digital.nhs.uk/developer/help-and-support.';

export const unknownError = (reference: string): string => `${UNKNOWN} (Message ID: ${reference})`;

function issueOf(refusal: WireRefusal, form: Form) {
  const head = { severity: 'error', code: form.issueCode };
  if ('text' in form) return { ...head, details: { text: refusal.diagnostics ?? form.text } };
  const coding = {
    system: 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode',
    version: '1',
    code: form.code,
    display: refusal.display ?? (refusal.code === 'unauthorised' ? refusal.diagnostics : undefined) ?? form.display,
  };
  const diagnostics = refusal.code === 'unauthorised' ? undefined : refusal.diagnostics;
  return { ...head, details: { coding: [coding] }, ...(diagnostics === undefined ? {} : { diagnostics }) };
}

export function refused(context: RequestContext, refusal: WireRefusal, allow?: string): Outgoing {
  const form = formOf(refusal.code);
  const retry = refusal.retryAfterSeconds ?? (form.status === 503 ? 5 : undefined);
  return respond(context, {
    status: form.status,
    body: JSON.stringify({ resourceType: 'OperationOutcome', issue: [issueOf(refusal, form)] }),
    contentType: refusal.gateway === true ? PLAIN_JSON : FHIR_JSON,
    ...(retry === undefined ? {} : { retryAfterSeconds: retry }),
    ...(allow === undefined ? {} : { headers: { Allow: allow } }),
  });
}
