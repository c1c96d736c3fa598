/** What a request must bring before a handler acts: a version, a content type, a body that can be read. */
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { Agent } from '../../engine/record-kind.ts';
import type { SubmitOptions } from '../../actors/stubs.ts';
import { mediaType, readJson } from '../body.ts';
import type { BodyFault } from '../body.ts';
import { fingerprint } from '../fingerprint.ts';
import { DEFAULT_SYNC_WAIT_MS, MAX_SYNC_WAIT_MS, MIN_SYNC_WAIT_MS } from '../limits.ts';
import { effectId } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import type { WireRefusal } from '../service.ts';

const refusal = (code: string, diagnostics?: string): WireRefusal =>
  diagnostics === undefined ? { kind: 'refused', code } : { kind: 'refused', code, diagnostics };

const INVALID_ID = refusal('INVALID_RESOURCE_ID');
const WRONG_TYPE = refusal('UNSUPPORTED_SERVICE');
const NO_VERSION = refusal('PRECONDITION_FAILED');

export const badNhsNumber = (value: string): WireRefusal | null => (isNhsNumber(value) ? null : INVALID_ID);

const IF_MATCH = /^W\/"([0-9]{1,15})"$/;

/** The version in If-Match, or the refusal where it is missing or has another form. */
export function expectedVersion(context: RequestContext): number | WireRefusal {
  const digits = IF_MATCH.exec(context.request.headers.get('If-Match') ?? '')?.[1];
  return digits === undefined ? NO_VERSION : Number(digits);
}

export const PATCH_TYPES: ReadonlySet<string> = new Set(['application/json-patch+json', 'application/json']);
export const RESOURCE_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/fhir+json']);
export const COVERAGE_TYPES: ReadonlySet<string> = new Set([...RESOURCE_TYPES, 'application/json-patch+json']);

export const wrongContentType = (context: RequestContext, allowed: ReadonlySet<string>): WireRefusal | null =>
  allowed.has(mediaType(context.request.headers.get('Content-Type'))) ? null : WRONG_TYPE;

export interface ReadBody {
  readonly kind: 'body';
  readonly text: string;
  readonly value: unknown;
}

/** `malformed` is how this operation says that it cannot read the body. */
export async function bodyOf(context: RequestContext, malformed: WireRefusal): Promise<ReadBody | WireRefusal> {
  const body = await readJson(context.request);
  if (body.kind === 'json') return { kind: 'body', text: body.text, value: body.value };
  return refusalOfBody(body.fault, malformed);
}

function refusalOfBody(fault: BodyFault, malformed: WireRefusal): WireRefusal {
  switch (fault) {
    case 'too-large':
      return refusal('body-too-large', 'The body is larger than 1048576 bytes');
    case 'slow':
      return refusal('body-too-slow', 'The body did not arrive in time');
    case 'encoded':
      return WRONG_TYPE;
    case 'malformed':
      return malformed;
  }
}

const SECONDS = /^[0-9]{1,6}(\.[0-9]{1,6})?$/;

/** X-Sync-Wait in milliseconds: kept within bounds, and the default where it is no number. */
export function syncWait(context: RequestContext): number {
  const value = context.request.headers.get('X-Sync-Wait');
  if (value === null || !SECONDS.test(value)) return DEFAULT_SYNC_WAIT_MS;
  return Math.min(MAX_SYNC_WAIT_MS, Math.max(MIN_SYNC_WAIT_MS, Number(value) * 1_000));
}

export interface Submission {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly requestId: string;
}

/** Everything that stands beside a command; a retry of the same request gives the same. */
export function submitOptions(from: Submission, body: string, version?: number): SubmitOptions {
  const { agent, context, requestId } = from;
  const { request } = context;
  const asked = {
    method: context.method,
    target: request.url.slice(context.origin.length),
    ifMatch: request.headers.get('If-Match'),
    body,
  };
  context.trace.noted = true;
  const print = fingerprint(asked);
  const options = {
    agent,
    requestId: effectId(agent, requestId, print),
    fingerprint: print,
    bytes: body.length,
    waitMs: syncWait(context),
  };
  return version === undefined ? options : { ...options, expectedVersion: version };
}
