/**
 * POST /operator/merge {"from", "into", "requestId"}: supersedes one NHS number by another. The old Spine's own back
 * office did this; no public API does.
 */
import type { TransactionOutcome } from '../../actors/transactions.ts';
import type { Demographics } from '../../domain/pds/demographics-state.ts';
import { MERGER_MODE, planMerge, readMerge } from '../../domain/pds/merge-patients.ts';
import type { MergeFacts, MergeWish } from '../../domain/pds/merge-patients.ts';
import type { RelatedPersons } from '../../domain/pds/related-persons.ts';
import type { Outcome } from '../../engine/envelope.ts';
import type { Agent } from '../../engine/record-kind.ts';
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

const isOutdated = (outcome: Failed): boolean =>
  outcome.kind === 'refused' && (outcome.code === 'version-mismatch' || outcome.code === 'RESOURCE_VERSION_MISMATCH');

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
  const facts = await look(context, wish);
  if ('kind' in facts) return facts;
  const { from, into, requestId } = wish;
  const asked = { method: 'POST', target: '/operator/merge', ifMatch: null, body: JSON.stringify([from, into]) };
  return context.spine.transactions.transact(planMerge(wish, facts), {
    agent: MERGER,
    requestId: `merge/${requestId}`,
    fingerprint: fingerprint(asked),
    waitMs: DEFAULT_SYNC_WAIT_MS,
  });
}

/** What the plan stands on. Looking is not an access: nobody is shown anything. */
async function look(context: RequestContext, { from, into, requestId }: MergeWish): Promise<MergeFacts | Failed> {
  const read = (kind: string, key: string): Promise<Outcome> =>
    context.spine.patients.read(kind, key, { name: 'get-merge-state' }, { agent: MERGER, requestId, purpose: 'sweep' });
  const [former, formerPersons, persons] = await Promise.all([
    read('demographics', from),
    read('related-persons', from),
    read('related-persons', into),
  ]);
  if (former.kind !== 'replied') return unread(former);
  const absent = [formerPersons, persons].find((one) => one.kind === 'unavailable');
  if (absent !== undefined) return unread(absent);
  const list = ({ body }: { body: string }): RelatedPersons => JSON.parse(body) as RelatedPersons;
  return {
    former: { version: former.version, state: JSON.parse(former.body) as Demographics },
    formerPersons:
      formerPersons.kind === 'replied' ? { version: formerPersons.version, state: list(formerPersons) } : null,
    survivorHasPersons: persons.kind === 'replied' && list(persons).resources.length > 0,
  };
}

function unread(outcome: Exclude<Outcome, { kind: 'replied' }>): Failed {
  if (outcome.kind === 'unavailable') return outcome;
  if (outcome.kind === 'refused') return { ...outcome, position: 0 };
  return { kind: 'refused', position: 0, code: 'RESOURCE_NOT_FOUND' };
}
