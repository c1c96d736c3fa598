/** One admitted PDS request, and the ways its handlers speak to the shards and answer. */
import type { Agent, Query as RecordQuery } from '../../engine/record-kind.ts';
import type { Outcome } from '../../engine/envelope.ts';
import { MAX_MOVES } from '../limits.ts';
import { answering } from '../record-call.ts';
import type { Replied, Result } from '../record-call.ts';
import type { RequestContext } from '../request-context.ts';
import { FHIR_JSON } from '../respond.ts';
import type { Answer } from '../respond.ts';
import type { Query, WireRefusal } from '../service.ts';
import type { AccessMode, Wish } from './access-modes.ts';

export { isRefused } from '../record-call.ts';
export type { Replied, Result } from '../record-call.ts';

export interface PdsCall {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly mode: AccessMode;
  /** Present and well formed: checked before any handler runs. */
  readonly requestId: string;
  /** The id in the path; '' where the path has none. */
  readonly id: string;
  readonly query: Query;
  /** Whether the caller's mode forbids a wish; for requests that carry several. */
  forbids(wish: Wish): WireRefusal | null;
  /** Counts further calls against the application's quota, for the same requests. */
  charge(calls: number): Promise<void>;
}

export type Handler = (call: PdsCall) => Promise<Result>;

export const DEMOGRAPHICS = 'demographics';
export const RELATED_PERSONS = 'related-persons';

export const BASE_PATH = '/personal-demographics/FHIR/R4';

export const addressOf = (context: RequestContext, rest: string): string => `${context.origin}${BASE_PATH}${rest}`;

/** PDS has one word for everything that takes too long. */
export const answered = answering({ overloaded: 'timeout', moved: 'RESOURCE_NOT_FOUND' });

/** 200 with the body as it is and its version as ETag. */
export const found = (replied: Replied): Answer => ({
  status: 200,
  body: replied.body,
  contentType: FHIR_JSON,
  version: replied.version,
});

/** A patient who signed in with a superseded number is led to the surviving record, and may see that one then. */
const ledOn = (agent: Agent, from: string, to: string): Agent =>
  agent.subject === from ? { ...agent, subject: to } : agent;

export interface Reached {
  readonly key: string;
  readonly agent: Agent;
  readonly outcome: Outcome;
}

/** Reads a record; where it lives on under another number, reads there. */
export async function readFollowing(call: PdsCall, kind: string, query: RecordQuery): Promise<Reached> {
  let { agent, id: key } = call;
  const { requestId } = call;
  call.context.trace.noted = true;
  for (let moves = 0; moves < MAX_MOVES; moves++) {
    const outcome = await call.context.spine.patients.read(kind, key, query, { agent, requestId, purpose: 'access' });
    if (outcome.kind !== 'moved') return { key, agent, outcome };
    agent = ledOn(agent, key, outcome.key);
    key = outcome.key;
  }
  return { key, agent, outcome: { kind: 'refused', code: 'unknown-error' } };
}
