/**
 * POST /operator/merge {"from", "into", "requestId"}: supersedes one NHS number by another. The old Spine's own back
 * office did this; no public API does.
 */
import type { HandedOver } from '../../actors/stubs.ts';
import type { TransactionOutcome, TransactionWish } from '../../actors/transactions.ts';
import { readMerge } from '../../domain/pds/merge-patients.ts';
import type { MergeWish } from '../../domain/pds/merge-patients.ts';
import type { Agent, KeyPair } from '../../engine/record-kind.ts';
import { MERGER_MODE } from '../../nhs/merger.ts';
import { readJson } from '../body.ts';
import { fingerprint } from '../fingerprint.ts';
import { DEFAULT_SYNC_WAIT_MS } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';

const MERGER: Agent = { client: 'operator', mode: MERGER_MODE, rights: [] };

/** A record that changes between the look and the merge makes the plan void; so often a new one is made. */
const PLANS_MAX = 3;

type Failed = Exclude<TransactionOutcome, { kind: 'committed' }>;

const STATUS: Readonly<Record<string, number>> = {
  RESOURCE_NOT_FOUND: 404,
  INVALIDATED_RESOURCE: 409,
  FORBIDDEN_UPDATE: 409,
  'not-handed-over': 409,
  'request-id-reused': 409,
};

export async function mergePatients(context: RequestContext): Promise<Answer> {
  const body = await readJson(context.request);
  const wish = body.kind === 'json' ? readMerge(body.value) : `The body is ${body.fault}`;
  if (typeof wish === 'string') return json(400, { error: wish });
  for (let plan = 1; ; plan++) {
    const outcome = await merge(context, wish);
    if (outcome.kind === 'committed') return json(200, merged(wish, outcome));
    if (!isOutdated(outcome) || plan === PLANS_MAX) return failed(outcome);
  }
}

const isOutdated = (outcome: Failed): boolean => outcome.kind === 'refused' && outcome.code === 'version-mismatch';

/** The same bytes for a repeat: nothing in it but what the transaction remembers. */
function merged({ from, into }: MergeWish, outcome: Extract<TransactionOutcome, { kind: 'committed' }>): unknown {
  const versionOf = (key: string) => outcome.replies.find(({ body }) => body === key)?.version;
  return { from, into, versions: { from: versionOf(from), into: versionOf(into) } };
}

function failed(outcome: Failed): Answer {
  if (outcome.kind === 'refused') {
    const status = STATUS[outcome.code];
    if (status !== undefined) return json(status, { error: outcome.diagnostics ?? outcome.code, code: outcome.code });
  }
  const retryAfterSeconds = outcome.kind === 'unavailable' ? outcome.retryAfterSeconds : 1;
  return { ...json(503, { error: 'Not merged, or not known to be: send the same request again' }), retryAfterSeconds };
}

async function merge(context: RequestContext, wish: MergeWish): Promise<TransactionOutcome> {
  const { from, into, requestId } = wish;
  const plan = await context.spine.patients.handOver({ from, into });
  if (plan.kind === 'unavailable') return plan;
  if (plan.kind !== 'planned') return { position: 0, code: 'not-ours', ...plan, kind: 'refused' };
  const asked = { method: 'POST', target: '/operator/merge', ifMatch: null, body: JSON.stringify([from, into]) };
  return context.spine.transactions.transact(steps(wish, plan.records), {
    agent: MERGER,
    requestId: `merge/${requestId}`,
    fingerprint: fingerprint(asked),
    waitMs: DEFAULT_SYNC_WAIT_MS,
  });
}

/**
 * The survivor's side first, because the other refers to it. What was read is pinned by its version, also where nothing
 * was there, so that nothing written meanwhile is left behind.
 */
function steps({ from, into }: KeyPair, records: readonly HandedOver[]): readonly TransactionWish[] {
  return [
    ...records.flatMap(({ kind, absorb }) => (absorb === null ? [] : [{ kind, key: into, command: absorb }])),
    ...records.map(({ kind, retire, version }) => ({ kind, key: from, command: retire, expectedVersion: version })),
  ];
}
