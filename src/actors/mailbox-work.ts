/** The acts of mailboxes and their messages, each as steps of one turn. */
import type { Mailbox, MessageCommand, Workflow } from '../domain/mesh/commands.ts';
import { MAILBOX, mailboxKey, partyOf, WORKFLOW, workflowKey } from '../domain/mesh/mailbox.ts';
import { inboxOf, MESSAGE } from '../domain/mesh/message.ts';
import { messageIdOf } from '../domain/mesh/message-id.ts';
import type { KeptMessage, Party } from '../domain/mesh/message-state.ts';
import { workflowFilter } from '../domain/mesh/workflow-filter.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Outcome } from '../engine/envelope.ts';
import type { Command, Refusal } from '../engine/record-kind.ts';
import type { Steps } from '../engine/transact.ts';
import { withoutEntry } from '../engine/untold.ts';
import type { Done } from './token-memory.ts';
import type { InboxPage, MailboxAnswer, MailboxCall, MailboxWork } from './mailbox-call.ts';

export interface Workplace {
  readonly steps: Steps;
  /** The token of the call is new, so nothing was done under it yet. */
  readonly fresh: boolean;
  /** What was done under it before, where that is known. */
  readonly done: Done | null;
  /** Remembers what was done under the token of the call; null where the token is remembered in another shard. */
  readonly note: ((done: Done) => void) | null;
  readonly shard: number;
  /** The next place in the order of acceptance. */
  stamp(): string;
  /** Three hexadecimal digits or more. */
  chance(): string;
  /** Makes sure that what is kept here is looked at when its time is up. */
  watch(): void;
  count(name: string): void;
}

type Of<Kind extends MailboxWork['kind']> = Extract<MailboxWork, { kind: Kind }>;

/** Ids are unique by their stamps; chance beside them makes a second try more than enough. */
const ID_TRIES = 3;
/** Entries one filtered page may look at; behind them the page ends, and the next begins there. */
const SCAN_MAX = 20_000;
const SCAN_STEP = 1_000;

export function perform(place: Workplace, call: MailboxCall, work: MailboxWork, caller: Party): MailboxAnswer {
  switch (work.kind) {
    case 'handshake': {
      const command = { name: 'handshake', connection: work.connection };
      return answerOf(submit(place, call, { kind: MAILBOX, key: mailboxKey(work.mailboxId), command }), caller);
    }
    case 'inbox':
      return { kind: 'done', caller, body: '', attributes: {}, page: inboxPage(place.steps, call, work) };
    case 'read':
      return readMessage(place, call, work, caller);
    case 'acknowledge': {
      const command: MessageCommand = { name: 'acknowledge', recipientId: work.mailboxId };
      place.count('meshAcknowledged');
      return answerOf(submit(place, call, { kind: MESSAGE, key: work.messageId, command }), caller);
    }
    case 'send':
      return send(place, call, work, caller);
    case 'chunk': {
      const { chunk, total, contentEncoding } = work;
      const command: MessageCommand = {
        name: 'add-chunk',
        senderId: caller.mailboxId,
        contentEncoding,
        total,
        chunk,
        order: place.stamp(),
      };
      place.count('meshChunks');
      return answerOf(submit(place, call, { kind: MESSAGE, key: work.messageId, command }), caller);
    }
  }
}

function send(place: Workplace, call: MailboxCall, { draft, fingerprint }: Of<'send'>, sender: Party): MailboxAnswer {
  const { steps, done } = place;
  if (done !== null) return sentBefore(steps, call, { done, fingerprint, sender });
  const recipient = steps.state(MAILBOX, mailboxKey(draft.recipientId)) as Mailbox | null;
  const workflow = steps.state(WORKFLOW, workflowKey(draft.workflowId)) as Workflow | null;
  for (let tries = 1; ; tries++) {
    const order = place.stamp();
    const command: MessageCommand = {
      name: 'send-message',
      draft,
      sender,
      recipient: recipient === null ? null : partyOf(recipient),
      workflow,
      order,
    };
    const key = messageIdOf(order, place.shard, place.chance());
    const outcome = submit(place, call, { kind: MESSAGE, key, command, fingerprint });
    if (outcome.kind === 'refused' && outcome.code === 'id-taken' && tries < ID_TRIES) continue;
    if (outcome.kind === 'replied') {
      place.watch();
      place.note?.({ fingerprint, body: outcome.body });
      place.count('meshSent');
    }
    return answerOf(outcome, sender);
  }
}

interface Repeat {
  readonly done: Done;
  readonly fingerprint: string;
  readonly sender: Party;
}

/** The token was given back, but its message had been taken: the same answer once more. */
function sentBefore(steps: Steps, call: MailboxCall, { done, fingerprint, sender }: Repeat): MailboxAnswer {
  const same = done.fingerprint === fingerprint;
  const { agent, requestId } = call;
  const outcome = same ? 'replayed' : 'request-id-reused';
  steps.note({ kind: MESSAGE, key: done.body, action: 'send-message', outcome, version: 0, requestId, agent });
  if (!same) return { kind: 'refused', code: 'request-id-reused' };
  return { kind: 'done', caller: sender, body: done.body, attributes: {}, page: null };
}

function readMessage({ steps, count }: Workplace, call: MailboxCall, work: Of<'read'>, caller: Party): MailboxAnswer {
  const { agent, requestId } = call;
  const { messageId: key, query } = work;
  if (query.name === 'download') count('meshDownloads');
  return answerOf(
    steps.read({ v: ENVELOPE_VERSION, kind: MESSAGE, key, query, agent, requestId, purpose: 'access' }),
    caller,
  );
}

interface Wish {
  readonly kind: string;
  readonly key: string;
  readonly command: Command;
  readonly fingerprint?: string;
}

/** A refused wish leaves an access fact; an accepted one its journal entry. */
export function submit(
  { steps, fresh, note }: Pick<Workplace, 'steps'> & Partial<Pick<Workplace, 'fresh' | 'note'>>,
  call: MailboxCall,
  wish: Wish,
): Outcome {
  const { agent, requestId } = call;
  const { kind, key, command, fingerprint = '' } = wish;
  const outcome = steps.submit(
    {
      v: ENVELOPE_VERSION,
      kind,
      key,
      command,
      agent,
      requestId: `${requestId}/${command.name}`,
      fingerprint,
    },
    {
      first: fresh === true,
      // A second acknowledgement finds the message acknowledged and says so in the same words; a send stands with its token.
      harmless: command.name === 'acknowledge' || (command.name === 'send-message' && (note ?? null) !== null),
    },
  );
  const untold = withoutEntry(outcome);
  if (untold !== null) steps.note({ kind, key, action: command.name, outcome: untold, version: 0, requestId, agent });
  return outcome;
}

export function answerOf(outcome: Outcome, caller: Party | null): MailboxAnswer {
  if (outcome.kind === 'replied') {
    return { kind: 'done', caller, body: outcome.body, attributes: outcome.attributes ?? {}, page: null };
  }
  if (outcome.kind === 'refused') return outcome;
  throw new Error(`a message record answered ${outcome.kind}`);
}

function inboxPage(steps: Steps, call: MailboxCall, work: Of<'inbox'>): InboxPage {
  const { mailboxId, maxResults } = work;
  const list = inboxOf(mailboxId);
  const wanted = workflowFilter(work.filter);
  const messageIds: string[] = [];
  let position = placeOf(steps, work.after);
  const step = work.filter === '' ? maxResults + 1 : SCAN_STEP;
  let more = true;
  for (let scanned = 0; more && messageIds.length < maxResults && scanned < SCAN_MAX;) {
    const rows = steps.listed(list, position, step);
    more = rows.length === step;
    scanned += rows.length;
    for (const row of rows) {
      if (messageIds.length === maxResults) break;
      position = row.position;
      if (wanted(row.note)) messageIds.push(row.key);
    }
  }
  more = steps.listed(list, position, 1).length > 0;
  steps.note({
    kind: MAILBOX,
    key: mailboxKey(mailboxId),
    action: 'list-inbox',
    outcome: 'found',
    version: 0,
    requestId: call.requestId,
    agent: call.agent,
  });
  return { messageIds, inboxCount: steps.listLength(list), next: more ? position : '' };
}

/** Clients of the first version go on from the last message they saw; one we do not know means the start. */
function placeOf(steps: Steps, after: string): string {
  if (after === '' || /^\d{20}$/.test(after)) return after;
  const kept = steps.state(MESSAGE, after) as KeptMessage | null;
  return kept?.message.order ?? '';
}

/** Puts a refused admission into the audit: somebody knocked and was turned away. */
export function noteRefusal(steps: Steps, call: MailboxCall, refusal: Refusal): Refusal {
  const mailboxId = call.admission?.claim.mailboxId ?? '';
  const { agent, requestId } = call;
  steps.note({
    kind: MAILBOX,
    key: mailboxKey(mailboxId),
    action: 'authorise',
    outcome: refusal.code,
    version: 0,
    requestId,
    agent,
  });
  return refusal;
}
