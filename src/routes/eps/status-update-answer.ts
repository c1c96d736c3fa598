/** The answers to status updates: one response for each entry, all in one Bundle. */
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';

interface Told {
  readonly severity: 'information' | 'error' | 'fatal';
  readonly code: string;
  readonly diagnostics: string;
  readonly details?: object;
}

const isoOf = (now: number): string => new Date(now).toISOString();

function response(status: string, issue: Told, now: number, more: object = {}): object {
  const outcome = { resourceType: 'OperationOutcome', meta: { lastUpdated: isoOf(now) }, issue: [issue] };
  return { ...more, response: { status, outcome } };
}

const under = (fullUrl: string): object => (fullUrl === '' ? {} : { fullUrl });

export const badEntry = (diagnostics: string, fullUrl: string, now: number): object =>
  response('400 Bad Request', { severity: 'error', code: 'value', diagnostics }, now, under(fullUrl));

const NOT_COMMITTED = 'Data not committed due to issues in other entries.';
const CREATED = 'No issues detected during validation.';
const DUPLICATE = 'Request contains a task id and prescription id identical to a record already in the data store.';

export const goodAmongBad = (fullUrl: string, now: number): object =>
  response(
    '200 OK',
    { severity: 'information', code: 'informational', diagnostics: NOT_COMMITTED },
    now,
    under(fullUrl),
  );

export const createdEntry = (fullUrl: string, now: number): object =>
  response('201 Created', { severity: 'information', code: 'success', diagnostics: CREATED }, now, under(fullUrl));

export function duplicateEntry(taskId: string, now: number): object {
  const coding = {
    system: 'https://fhir.nhs.uk/CodeSystem/http-error-codes',
    code: 'REC_CONFLICT',
    display: '409: The Receiver identified a conflict.',
  };
  const issue: Told = { severity: 'error', code: 'duplicate', details: { coding: [coding] }, diagnostics: DUPLICATE };
  const outcome = { resourceType: 'OperationOutcome', meta: { lastUpdated: isoOf(now) }, issue: [issue] };
  const facts = { status: '409 Conflict', location: `Task/${taskId}`, lastModified: isoOf(now) };
  return { fullUrl: `urn:uuid:${taskId}`, response: { ...facts, outcome } };
}

export const serverError = (now: number): object =>
  response(
    '500 Internal Server Error',
    {
      severity: 'fatal',
      code: 'exception',
      diagnostics: 'The Server has encountered an error processing the request.',
    },
    now,
  );

export const timedOut = (now: number): object =>
  response(
    '504 The request timed out',
    {
      severity: 'fatal',
      code: 'timeout',
      diagnostics: 'The Server has timed out while processing the request sent by the client.',
    },
    now,
  );

export const transactionAnswer = (status: number, entry: readonly object[]): Answer => ({
  status,
  body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry }),
  contentType: FHIR_JSON,
});
