/**
 * The operator's pages about journals, one shard a call:
 * GET /operator/journals names the shards; POST /operator/backup, POST /operator/restore, POST /operator/verify-journal act on
 * one {"class", "shard"}; GET /operator/segments and /operator/segment hand out what was shipped.
 */
import type { ActorName, Position, RestoreWish } from '../../actors/durability.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { readJson } from '../body.ts';
import type { RequestContext } from '../request-context.ts';
import { json } from '../respond.ts';
import type { Answer } from '../respond.ts';

const RESTORER: Agent = { client: 'operator', mode: 'restore', rights: [] };

/** A restored record's first change skips at most so many versions. */
const HEADROOM_MAX = 1_000_000_000;

type Fields = Readonly<Record<string, unknown>>;
type Asked = { readonly actor: ActorName; readonly fields: Fields } | Answer;

const problem = (status: number, error: string): Answer => json(status, { error });

const whole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function actorIn({ spine }: RequestContext, className: unknown, shard: unknown): ActorName | null {
  const known = spine.durability.classes.find((one) => one.className === className);
  if (known === undefined || !whole(shard) || shard >= known.shards) return null;
  return { className: known.className, shard };
}

const NO_SHARD = problem(404, 'There is no such shard: see /operator/journals');

async function asked(context: RequestContext): Promise<Asked> {
  const body = await readJson(context.request);
  if (body.kind !== 'json') return problem(400, `The body is ${body.fault}`);
  if (typeof body.value !== 'object' || body.value === null) return problem(400, 'The body is no JSON object');
  const fields = body.value as Fields;
  const actor = actorIn(context, fields['class'], fields['shard']);
  return actor === null ? NO_SHARD : { actor, fields };
}

/** A shard that cannot be reached, or not now: nothing was done that asking again would double. */
async function orBusy(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch {
    return { ...problem(503, 'The shard or its vault did not answer: ask again'), retryAfterSeconds: 2 };
  }
}

export function listJournals(context: RequestContext): Promise<Answer> {
  return Promise.resolve(json(200, { classes: context.spine.durability.classes }));
}

export async function backUp(context: RequestContext): Promise<Answer> {
  const wish = await asked(context);
  if (!('actor' in wish)) return wish;
  const { actor } = wish;
  return orBusy(
    context.spine.durability
      .backUp(actor)
      .then((facts) => json(200, { class: actor.className, shard: actor.shard, ...facts })),
  );
}

export async function restore(context: RequestContext): Promise<Answer> {
  const wish = await asked(context);
  if (!('actor' in wish)) return wish;
  const { wipe, headroom } = wish.fields;
  if (wipe !== undefined && typeof wipe !== 'boolean') return problem(400, 'wipe is true or false');
  if (headroom !== undefined && !(whole(headroom) && headroom <= HEADROOM_MAX))
    return problem(400, `headroom is a whole number up to ${HEADROOM_MAX}`);
  const restoreWish: RestoreWish = {
    agent: RESTORER,
    ...(wipe === undefined ? {} : { wipe }),
    ...(headroom === undefined ? {} : { headroom }),
  };
  return orBusy(
    context.spine.durability
      .restore(wish.actor, restoreWish)
      .then((answer) =>
        'refused' in answer
          ? problem(409, 'This shard holds data: only with "wipe": true is it thrown away')
          : json(200, { class: wish.actor.className, shard: wish.actor.shard, ...answer }),
      ),
  );
}

export async function verifyJournal(context: RequestContext): Promise<Answer> {
  const wish = await asked(context);
  if (!('actor' in wish)) return wish;
  const position = positionIn(wish.fields['after']);
  if (position === null) return problem(400, 'after is a position as the step before answered it');
  return orBusy(context.spine.durability.verify(wish.actor, position).then((step) => json(200, step)));
}

const GENESIS: Position = { seq: 0, hash: '0'.repeat(64) };

function positionIn(value: unknown): Position | null {
  if (value === undefined) return GENESIS;
  if (typeof value !== 'object' || value === null || !('seq' in value) || !('hash' in value)) return null;
  const { seq, hash } = value;
  if (!whole(seq) || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return null;
  const unnamed = 'unnamed' in value ? value.unnamed : [];
  return Array.isArray(unnamed) ? { seq, hash, unnamed: unnamed as NonNullable<Position['unnamed']> } : null;
}

function queried(context: RequestContext): { readonly actor: ActorName; readonly at: number } | null {
  const { searchParams } = new URL(context.request.url);
  const digits = (name: string): number =>
    /^\d{1,15}$/.test(searchParams.get(name) ?? '') ? Number(searchParams.get(name)) : -1;
  const actor = actorIn(context, searchParams.get('class'), digits('shard'));
  return actor === null ? null : { actor, at: Math.max(0, digits('at')) };
}

export async function listSegments(context: RequestContext): Promise<Answer> {
  const wish = queried(context);
  if (wish === null) return NO_SHARD;
  return orBusy(context.spine.durability.segments(wish.actor, wish.at).then((segments) => json(200, { segments })));
}

export async function getSegment(context: RequestContext): Promise<Answer> {
  const wish = queried(context);
  if (wish === null) return NO_SHARD;
  return orBusy(
    context.spine.durability
      .segment(wish.actor, wish.at)
      .then((text) =>
        text === null
          ? problem(404, 'There is no segment that begins there')
          : { status: 200, body: text, contentType: 'application/x-ndjson' },
      ),
  );
}
