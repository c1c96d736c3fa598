/** GET …/inbox/rich and …/outbox/rich: everything of the last days, whatever its status, newest first. */
import { stampFrom } from '../../domain/mesh/message-id.ts';
import { DAY_MS } from '../../domain/mesh/message-state.ts';
import type { Message } from '../../domain/mesh/message-state.ts';
import type { HeaderFault } from '../../domain/mesh/mex-headers.ts';
import { richEntry } from '../../domain/mesh/tracking-view.ts';
import { NEWEST, searchMessages } from '../../storage/national/mesh-messages.ts';
import { act, BASE_PATH, queryText, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { encoded, linkTo, placeOf, textLength, tokenOf, wholeNumber } from './query-checks.ts';
import { answer, faultResponse, MESH_V2 } from './refusal-table.ts';

interface RichList {
  readonly name: 'inbox' | 'outbox';
  readonly party: 'sender' | 'recipient';
  readonly bounds: { readonly least: number; readonly most: number };
  /** Entries a page has at most, whatever was asked for. */
  readonly page: number;
}

const STANDARD_RESULTS = 100;
const STANDARD_DAYS = 30;

const INBOX: RichList = { name: 'inbox', party: 'recipient', bounds: { least: 1, most: 2_000 }, page: 2_000 };
const OUTBOX: RichList = { name: 'outbox', party: 'sender', bounds: { least: 10, most: 5_000 }, page: 100 };

export const richInbox = (call: MeshCall): Promise<Response> => richList(call, INBOX);
export const richOutbox = (call: MeshCall): Promise<Response> => richList(call, OUTBOX);

async function richList(call: MeshCall, { name, party, bounds, page }: RichList): Promise<Response> {
  const { query, context, mailboxId } = call;
  const asked = wholeNumber('max_results', queryText(query, 'max_results'), STANDARD_RESULTS, bounds);
  const start = startTime(queryText(query, 'start_time'), context.now);
  const token = queryText(query, 'continue_from') || undefined;
  const before = token === undefined ? NEWEST : placeOf(token);
  const length = textLength('continue_from', token, { least: 24, most: 1_000 });
  const faults: HeaderFault[] = length === null ? [] : [length];
  if (typeof asked !== 'number') faults.push(asked);
  if (start === null)
    faults.push({ loc: ['query', 'start_time'], msg: 'invalid datetime format', type: 'value_error.datetime' });
  if (before === null)
    faults.push({ loc: ['query', 'continue_from'], msg: 'not a place in this list', type: 'value_error' });
  if (faults.length > 0 || typeof asked !== 'number' || start === null || before === null) {
    return refusedAfterAdmission(call, faultResponse(faults));
  }
  const acted = await act(call);
  if (acted.kind === 'answered') return acted.response;
  await context.spine.mailboxes.settle();
  const limit = Math.min(asked, page);
  const bodies = await searchMessages(context.spine.national, {
    party,
    mailboxId,
    from: stampFrom(start),
    before,
    limit: limit + 1,
  });
  const messages = bodies.slice(0, limit).map((body) => JSON.parse(body) as Message);
  const path = `${BASE_PATH}/${encoded(mailboxId)}/${name}/rich`;
  const parameters = [
    ['start_time', new Date(start).toISOString()],
    ['max_results', String(asked)],
  ] as const;
  const last = bodies.length > limit ? messages.at(-1) : undefined;
  const next =
    last === undefined ? {} : { next: linkTo(path, [...parameters, ['continue_from', tokenOf(last.messageId)]]) };
  return answer(
    200,
    {
      valid_at: new Date(context.now).toISOString(),
      messages: messages.map(richEntry),
      links: { self: linkTo(path, parameters), ...next },
    },
    MESH_V2,
  );
}

function startTime(text: string | undefined, now: number): number | null {
  if (text === undefined || text === '') return now - STANDARD_DAYS * DAY_MS;
  // Without a zone it is UTC, as all times here.
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) || at < 0 ? null : at;
}
