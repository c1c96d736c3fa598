/** One change of one patient: the request with the version it expects, and what its reply means for the book. */
import type { Reply } from '../generator/response-parser.ts';
import type { Random } from '../random.ts';
import { newRequestId } from '../request-ids.ts';
import type { KnownPatient } from './patient-book.ts';
import { applyToBook, type Change, changeOf, RIVAL_CHANGE_SHARES } from './patient-changes.ts';
import { learnPatient, versionOf } from './patient-reading.ts';
import { type BenchRequest, errorOf, type Exchange, NO_REPLY, OK, type Verdict } from './scenario.ts';

export const PDS_BASE = '/personal-demographics/FHIR/R4';
const PATCH_TYPE = 'Content-Type: application/json-patch+json\r\n';

export interface PatchExchange {
  readonly request: BenchRequest;
  settle(reply: Reply | null): Verdict;
}

export function patchExchange(patient: KnownPatient, random: Random): PatchExchange {
  const change = changeOf(patient, random);
  const expected = patient.version;
  const request = patchRequest(patient, change);
  const settle = (reply: Reply | null): Verdict => {
    if (reply === null || reply.status !== 200) {
      patient.stale = true;
      return reply === null ? NO_REPLY : errorOf(reply);
    }
    const version = versionOf(reply.etag);
    if (version !== expected + 1) {
      patient.stale = true;
      return { kind: 'broken', code: 'VERSION_NOT_NEXT' };
    }
    patient.version = version;
    applyToBook(patient, change);
    if (change.relearn && reply.body !== null) learnPatient(patient, reply.body);
    return OK;
  };
  return { request, settle };
}

function patchRequest(patient: KnownPatient, change: Change): BenchRequest {
  return {
    method: 'PATCH',
    path: `${PDS_BASE}/Patient/${patient.nhsNumber}`,
    requestId: newRequestId(),
    headers: `If-Match: W/"${patient.version}"\r\n${PATCH_TYPE}`,
    body: change.body,
    keepBody: change.relearn,
  };
}

/** A write among rivals: nobody owns the patient, and losing to another version is a right answer, in a row of its own. */
export function rivalExchange(patient: KnownPatient, random: Random): Exchange {
  const expected = patient.version;
  const request = patchRequest(patient, changeOf(patient, random, RIVAL_CHANGE_SHARES));
  const check = (reply: Reply | null): Verdict => {
    if (reply === null) return NO_REPLY;
    const verdict = errorOf(reply);
    if (reply.status === 409 && verdict.kind === 'error' && verdict.code.endsWith(VERSION_MISMATCH)) return CONFLICT;
    if (reply.status !== 200) return verdict;
    if (versionOf(reply.etag) !== expected + 1) return { kind: 'broken', code: 'VERSION_NOT_NEXT' };
    if (patient.won.has(expected + 1)) return { kind: 'broken', code: 'VERSION_GIVEN_TWICE' };
    patient.won.add(expected + 1);
    patient.version = Math.max(patient.version, expected + 1);
    return OK;
  };
  return { operation: 'PATCH', request, check };
}

const VERSION_MISMATCH = 'RESOURCE_VERSION_MISMATCH';
const CONFLICT: Verdict = { kind: 'ok', as: 'CONFLICT' };
