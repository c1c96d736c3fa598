/** GET /messageexchange/{mailbox}/inbox and /count: what waits to be collected, oldest first. */
import { shardOfId } from '../../domain/mesh/message-id.ts';
import { act, BASE_PATH, queryText, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { encoded, linkTo, placeOf, textLength, tokenOf, wholeNumber } from './query-checks.ts';
import { answer, faultResponse, JSON_TYPE, MESH_V2 } from './refusal-table.ts';
import type { HeaderFault } from '../../domain/mesh/mex-headers.ts';

const STANDARD_RESULTS = 500;
const RESULTS = { least: 10, most: 5_000 };

interface Wish {
  readonly maxResults: number;
  readonly after: string;
  readonly filter: string;
}

export async function listInbox(call: MeshCall): Promise<Response> {
  const wish = wishOf(call);
  if (Array.isArray(wish)) return refusedAfterAdmission(call, faultResponse(wish as readonly HeaderFault[]));
  const { maxResults, after, filter } = wish as Wish;
  const acted = await act(call, { kind: 'inbox', mailboxId: call.mailboxId, maxResults, after, filter });
  if (acted.kind === 'answered') return acted.response;
  const { page } = acted.done;
  if (page === null) throw new Error('the shard answered without a page');
  const messages = page.messageIds;
  if (call.version === 1) return answer(200, { messages }, JSON_TYPE);
  const path = `${BASE_PATH}/${encoded(call.mailboxId)}/inbox`;
  const parameters = [
    ['max_results', maxResults === STANDARD_RESULTS ? undefined : String(maxResults)],
    ['workflow_filter', filter === '' ? undefined : filter],
  ] as const;
  const self = linkTo(path, parameters);
  const next = page.next === '' ? {} : { next: linkTo(path, [...parameters, ['continue_from', tokenOf(page.next)]]) };
  return answer(200, { messages, links: { self, ...next }, approx_inbox_count: page.inboxCount }, MESH_V2);
}

function wishOf({ query, version }: MeshCall): Wish | readonly HeaderFault[] {
  const maxResults = wholeNumber('max_results', queryText(query, 'max_results'), STANDARD_RESULTS, RESULTS);
  const from = queryText(query, 'continue_from') || undefined;
  const filter = queryText(query, 'workflow_filter') || undefined;
  const faults: HeaderFault[] = [];
  if (typeof maxResults !== 'number') faults.push(maxResults);
  for (const fault of [
    textLength('continue_from', from, { least: 24, most: 1_000 }),
    textLength('workflow_filter', filter, { least: 2, most: 255 }),
  ]) {
    if (fault !== null) faults.push(fault);
  }
  const after = from === undefined ? '' : (placeOf(from) ?? from.trim().toUpperCase());
  const strange = version === 2 && after !== '' && !/^\d{20}$/.test(after) && shardOfId(after) === null;
  if (strange) faults.push({ loc: ['query', 'continue_from'], msg: 'not a place in this list', type: 'value_error' });
  return faults.length > 0 || typeof maxResults !== 'number' ? faults : { maxResults, after, filter: filter ?? '' };
}

export async function countInbox(call: MeshCall): Promise<Response> {
  const acted = await act(call, { kind: 'inbox', mailboxId: call.mailboxId, maxResults: 1, after: '', filter: '' });
  if (acted.kind === 'answered') return acted.response;
  const count = acted.done.page?.inboxCount ?? 0;
  const body = call.version === 1 ? { count, internalID: crypto.randomUUID(), allResultsIncluded: true } : { count };
  return answer(200, body, JSON_TYPE);
}
