/** One admitted request to records of patients, and the two ways to the shards that every service goes. */
import type { SubmitOptions } from '../actors/stubs.ts';
import type { Outcome } from '../engine/envelope.ts';
import type { Agent, Query as RecordQuery } from '../engine/record-kind.ts';
import type { AuditedAgent } from './agent.ts';
import { fingerprint } from './fingerprint.ts';
import { MAX_MOVES } from './limits.ts';
import { actingProfile } from './grant.ts';
import type { Grant } from './grant.ts';
import type { RequestContext } from './request-context.ts';
import type { Answer } from './respond.ts';
import type { Query, WireRefusal } from './service.ts';

/** What the token and the registration say about who asks, for the access decision in the shard. */
export interface CallerFacts {
  readonly level: string;
  readonly activities: readonly string[];
  readonly workgroups: readonly string[];
  readonly permissionAsked?: boolean;
}

/** `NHSD-Permission-To-View: granted`: the patient said yes, here and now. */
export function callerFacts({ request }: RequestContext, grant: Grant, role: string | undefined): CallerFacts {
  const { activities = [], workgroups = [] } = actingProfile(grant, role) ?? {};
  const asked = request.headers.get('NHSD-Permission-To-View') === 'granted';
  const level = grant.authentication?.split(' ').at(-1)?.toLowerCase() ?? '';
  return { level, activities, workgroups, ...(asked ? { permissionAsked: true } : {}) };
}

export interface RecordCall {
  readonly context: RequestContext;
  readonly agent: AuditedAgent;
  /** As sent, or made for a request that brought none. */
  readonly requestId: string;
  readonly query: Query;
  readonly caller: CallerFacts;
}

export type Result = Answer | WireRefusal;

/** What `answered` says no with beside the codes of records, engine and edge: a service's table holds it too. */
export type RecordCallCode = 'overloaded' | AccessControlCode;

/** What the access decision in the shard says no with. */
export type AccessControlCode =
  | 'level-too-low'
  | 'activity-missing'
  | 'not-own-record'
  | 'no-relationship'
  | 'no-consent'
  | 'invalidated'
  | 'opted-out'
  | 'apps-read-demographics-only'
  | 'patient-sensitive';

export type Replied = Extract<Outcome, { kind: 'replied' }>;

export const isRefused = (result: object): result is WireRefusal => 'kind' in result && result.kind === 'refused';

/** A service's words for outcomes that are no one's fault. */
interface OutcomeCodes {
  /** No shard took the request. */
  readonly overloaded: string;
  /** A command met a record that lives on elsewhere, or a read did not follow. */
  readonly moved: string;
}

/** How a service turns what a shard answered into an answer on the wire. */
export const answering =
  ({ overloaded, moved }: OutcomeCodes) =>
  (outcome: Outcome, success: (replied: Replied) => Answer): Result => {
    switch (outcome.kind) {
      case 'replied':
        return success(outcome);
      case 'refused':
        return outcome;
      case 'unavailable': {
        const { reason, retryAfterSeconds } = outcome;
        return { kind: 'refused', code: reason === 'timeout' ? 'timeout' : overloaded, retryAfterSeconds };
      }
      case 'moved':
        return { kind: 'refused', code: moved };
    }
  };

export const answered = answering({ overloaded: 'overloaded', moved: 'unknown-error' });

/**
 * The id under which an effect is remembered. Where access is open everybody is one client and public example packs send
 * one fixed id with every request, so there an id counts together with what was asked.
 */
export const effectId = (agent: Pick<Agent, 'mode'>, requestId: string, print: string): string =>
  agent.mode === 'open' ? `${requestId}/${print}` : requestId;

/** Everything that stands beside a command; a retry of the same request gives the same. */
export function submitOptions({ agent, context, requestId }: RecordCall, body: string, waitMs: number): SubmitOptions {
  const target = context.request.url.slice(context.origin.length);
  context.trace.noted = true;
  const print = fingerprint({ method: context.method, target, ifMatch: null, body });
  return { agent, requestId: effectId(agent, requestId, print), fingerprint: print, bytes: body.length, waitMs };
}

export interface Reached {
  readonly key: string;
  readonly outcome: Outcome;
}

/** Reads a record; where it lives on under another number, reads there. */
export async function readFollowing(
  call: RecordCall,
  kind: string,
  at: { key: string; query: RecordQuery },
): Promise<Reached> {
  const { agent, caller, context, requestId } = call;
  const query = { ...at.query, caller };
  let { key } = at;
  context.trace.noted = true;
  for (let moves = 0; moves < MAX_MOVES; moves++) {
    const outcome = await context.spine.patients.read(kind, key, query, { agent, requestId, purpose: 'access' });
    if (outcome.kind !== 'moved') return { key, outcome };
    key = outcome.key;
  }
  return { key, outcome: { kind: 'refused', code: 'unknown-error' } };
}
