/** Status updates of pharmacies: read, and written for all entries or for none. */
import { STATUS_UPDATES } from '../../domain/eps/status-updates.ts';
import type { StatusUpdate } from '../../domain/eps/status-updates.ts';
import { readStatusUpdate } from '../../domain/eps/wire/read-status-update.ts';
import type { ReadUpdate } from '../../domain/eps/wire/read-status-update.ts';
import type { Agent } from '../../engine/record-kind.ts';
import type { RequestContext } from '../request-context.ts';
import type { Answer } from '../respond.ts';
import { WAIT_MS } from './limits.ts';
import * as told from './status-update-answer.ts';

export interface Updating {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly requestId: string;
}

export async function recordStatusUpdates(updating: Updating, entries: readonly unknown[]): Promise<Answer> {
  const { now } = updating.context;
  if (entries.length === 0) return told.transactionAnswer(200, []);
  const read = entries.map((entry) => readStatusUpdate(entry, now));
  const good = read.filter((entry) => entry.kind === 'update');
  if (good.length < read.length) {
    const answers = read.map((entry) =>
      entry.kind === 'bad' ? told.badEntry(entry.text, entry.fullUrl, now) : told.goodAmongBad(entry.fullUrl, now),
    );
    return told.transactionAnswer(400, answers);
  }
  const stored = await store(updating, good);
  switch (stored.kind) {
    case 'stored':
      return told.transactionAnswer(
        201,
        good.map(({ fullUrl }) => told.createdEntry(fullUrl, now)),
      );
    case 'duplicate':
      return told.transactionAnswer(
        409,
        good.map(({ fullUrl, update: { taskId } }) =>
          stored.taskIds.includes(taskId) ? told.duplicateEntry(taskId, now) : told.goodAmongBad(fullUrl, now),
        ),
      );
    case 'timeout':
      return told.transactionAnswer(504, [told.timedOut(now)]);
    case 'broken':
      return told.transactionAnswer(500, [told.serverError(now)]);
  }
}

type Stored =
  | { readonly kind: 'stored' | 'timeout' | 'broken' }
  | { readonly kind: 'duplicate'; readonly taskIds: readonly string[] };

/** Each patient's record takes his; of several patients, all records do or none. Every request counts anew: a repeat is a duplicate. */
async function store({ agent, context, requestId }: Updating, read: readonly ReadUpdate[]): Promise<Stored> {
  const commands = [...Map.groupBy(read, ({ nhsNumber }) => nhsNumber)].map(([key, group]) => ({
    kind: STATUS_UPDATES,
    key,
    command: {
      name: 'record-status-updates',
      updates: group.map(({ update }): StatusUpdate => ({ ...update, application: agent.client, requestId })),
    },
  }));
  const options = { agent, requestId: crypto.randomUUID(), fingerprint: '', waitMs: WAIT_MS };
  const { patients, transactions } = context.spine;
  const [only] = commands;
  const outcome =
    commands.length === 1 && only !== undefined
      ? await patients.submit(only.kind, only.key, only.command, options)
      : await transactions.transact(commands, options);
  switch (outcome.kind) {
    case 'replied':
    case 'committed':
      return { kind: 'stored' };
    case 'refused':
      return outcome.code === 'duplicate'
        ? { kind: 'duplicate', taskIds: JSON.parse(outcome.diagnostics ?? '[]') as readonly string[] }
        : { kind: 'broken' };
    case 'unavailable':
      return { kind: outcome.reason === 'timeout' ? 'timeout' : 'broken' };
    case 'moved':
      return { kind: 'broken' };
  }
}
