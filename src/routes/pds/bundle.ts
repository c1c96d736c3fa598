/** POST at the FHIR base: a batch of independent calls, or a transaction in which all changes happen or none. */
import type { TransactionOutcome } from '../../actors/transactions.ts';
import { responseBundle } from '../../fhir/bundle.ts';
import type { EntryResponse } from '../../fhir/bundle.ts';
import { FHIR_JSON } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { changedTwice, entryCall, readBundle } from './bundle-entries.ts';
import type { EntryCall, ReadBundle } from './bundle-entries.ts';
import { DEMOGRAPHICS, isRefused } from './call.ts';
import type { PdsCall, Result } from './call.ts';
import { patchWish } from './patch-patient.ts';
import type { PatchWish } from './patch-patient.ts';
import { badNhsNumber, bodyOf, RESOURCE_TYPES, submitOptions, wrongContentType } from './preconditions.ts';
import { recentWrites } from './recent-writes.ts';
import { outcomeOf } from './refusal-table.ts';

const MALFORMED: WireRefusal = {
  kind: 'refused',
  code: 'INVALID_VALUE',
  diagnostics: 'Invalid payload received - incorrect format',
};

export async function processBundle(call: PdsCall): Promise<Result> {
  const wrongType = wrongContentType(call.context, RESOURCE_TYPES);
  if (wrongType !== null) return wrongType;
  const body = await bodyOf(call.context, MALFORMED);
  if (isRefused(body)) return body;
  const bundle = readBundle(body.value);
  if (isRefused(bundle)) return bundle;
  // The request itself was counted at the door.
  await call.charge(bundle.entries.length - 1);
  return bundle.type === 'batch' ? batch(call, bundle) : transaction(call, bundle, body.text);
}

const answer = (type: 'batch-response' | 'transaction-response', entries: readonly EntryResponse[]): Result => ({
  status: 200,
  body: responseBundle(type, entries),
  contentType: FHIR_JSON,
});

/** The fate of one entry is nothing to the others; those for one shard reach it in one call. */
async function batch(asked: PdsCall, bundle: ReadBundle): Promise<Result> {
  const { spine } = asked.context;
  const context = { ...asked.context, spine: { ...spine, patients: spine.patients.together() } };
  const call = { ...asked, context };
  const entries = bundle.entries.map(async (_entry, index) => {
    const entry = entryCall(call, bundle, index);
    return entryResponse(call, isRefused(entry) ? entry : await entry.handler(entry.call));
  });
  return answer('batch-response', await Promise.all(entries));
}

function entryResponse(call: PdsCall, result: Result): EntryResponse {
  if (isRefused(result)) {
    const { status, body } = outcomeOf(call.context, result);
    return { status, outcome: body };
  }
  const { status, body, version } = result;
  return { status, ...(body === null ? {} : { resource: body }), ...(version === undefined ? {} : { version }) };
}

/** An entry of a transaction that may be carried out: a change, or a look at a record. */
interface Planned {
  readonly entry: EntryCall;
  readonly index: number;
  /** Null: a look. */
  readonly wish: PatchWish | null;
}

interface Change extends Planned {
  readonly wish: PatchWish;
}

const at = (index: number, refusal: WireRefusal): WireRefusal => ({ ...refusal, expression: `Bundle.entry[${index}]` });

async function transaction(call: PdsCall, bundle: ReadBundle, text: string): Promise<Result> {
  const planned = await plan(call, bundle);
  if ('kind' in planned) return planned;
  const changes = planned.filter((one): one is Change => one.wish !== null);
  const outcome = await transact(call, changes, text);
  if (outcome.kind === 'unavailable') {
    return { kind: 'refused', code: 'timeout', retryAfterSeconds: outcome.retryAfterSeconds };
  }
  if (outcome.kind === 'refused') {
    const { position, ...refusal } = outcome;
    return at(changes[position]?.index ?? 0, refusal);
  }
  const responses = new Map<number, EntryResponse>();
  for (const { position, body, version } of outcome.replies) {
    const change = changes[position];
    if (change === undefined) continue;
    responses.set(change.index, { status: 200, resource: body, version });
    recentWrites.note(call.agent.client, change.entry.call.id, body, call.context.now);
  }
  // Looks come last, as FHIR has it: they see what the transaction did.
  const looks = planned.filter(({ wish }) => wish === null);
  const seen = await Promise.all(looks.map(({ entry }) => entry.handler(entry.call)));
  for (const [i, { index }] of looks.entries()) {
    const result = seen[i];
    if (result !== undefined) responses.set(index, entryResponse(call, result));
  }
  return answer(
    'transaction-response',
    [...responses].toSorted(([a], [b]) => a - b).map(([, response]) => response),
  );
}

/** Every entry is looked at before anything happens; the first that cannot be is the answer to all. */
async function plan(call: PdsCall, bundle: ReadBundle): Promise<readonly Planned[] | WireRefusal> {
  const planned: Planned[] = [];
  const changed = new Set<string>();
  for (const index of bundle.entries.keys()) {
    const entry = entryCall(call, bundle, index);
    if (isRefused(entry)) return at(index, entry);
    const wish = entry.operation === 'PATCH patient' ? await patchWish(entry.call) : await lookable(entry.call);
    if (wish !== null && isRefused(wish)) return at(index, wish);
    if (wish !== null && changed.has(entry.call.id)) return at(index, changedTwice(entry.url));
    if (wish !== null) changed.add(entry.call.id);
    planned.push({ entry, index, wish });
  }
  return planned;
}

/** A look that would be refused spoils the transaction while nothing has happened yet. Not an access: nothing is shown. */
async function lookable({ context, agent, id, requestId }: PdsCall): Promise<WireRefusal | null> {
  const invalid = badNhsNumber(id);
  if (invalid !== null) return invalid;
  const options = { agent, requestId, purpose: 'mirror' } as const;
  const outcome = await context.spine.patients.read(DEMOGRAPHICS, id, { name: 'get-patient' }, options);
  if (outcome.kind === 'refused') return outcome;
  if (outcome.kind !== 'unavailable') return null;
  return { kind: 'refused', code: 'timeout', retryAfterSeconds: outcome.retryAfterSeconds };
}

function transact(call: PdsCall, changes: readonly Change[], text: string): Promise<TransactionOutcome> {
  if (changes.length === 0) return Promise.resolve({ kind: 'committed', replies: [] });
  const commands = changes.map(({ entry, wish }) => ({
    kind: DEMOGRAPHICS,
    key: entry.call.id,
    command: wish.command,
    expectedVersion: wish.version,
  }));
  return call.context.spine.transactions.transact(commands, submitOptions(call, text));
}
