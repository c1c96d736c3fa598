/** The registry records: mailboxes with their secrets and connections, workflows with those who take part. */
import type { Decision, DecisionContext, RecordKind, View } from '../../engine/record-kind.ts';
import type { Mailbox, MailboxCommand, RegisterWorkflow, Workflow } from './commands.ts';
import type { Party } from './message-state.ts';
import { refuse } from './refusals.ts';

export const MAILBOX = 'mesh-mailbox';
export const WORKFLOW = 'mesh-workflow';

export const mailboxKey = (mailboxId: string): string => `mb/${mailboxId}`;
export const workflowKey = (workflowId: string): string => `wf/${workflowId}`;

/** How many handshakes are remembered: ten days of clients that do as they are told. */
const CONNECTIONS_KEPT = 10;

export const partyOf = ({ mailboxId, mailboxName, odsCode, orgCode, orgName, billingEntity }: Party): Party => ({
  mailboxId,
  mailboxName,
  odsCode,
  orgCode,
  orgName,
  billingEntity,
});

function decideMailbox(state: Mailbox | null, command: MailboxCommand, { now }: DecisionContext): Decision<Mailbox> {
  if (command.name === 'register-mailbox') {
    const { registered, ...facts } = command.mailbox;
    const next = { ...facts, registered: state?.registered ?? registered, connections: state?.connections ?? [] };
    const { mailboxId } = next;
    if (state !== null && JSON.stringify(state) === JSON.stringify(next))
      return { kind: 'unchanged', reply: { body: mailboxId } };
    return { kind: 'accepted', state: next, outbox: [], reply: { body: mailboxId } };
  }
  if (state === null) return refuse('mailbox-unknown');
  if (command.name === 'deactivate-mailbox') {
    return { kind: 'accepted', state: { ...state, active: false }, outbox: [], reply: { body: state.mailboxId } };
  }
  const connections = [{ at: now, ...command.connection }, ...state.connections].slice(0, CONNECTIONS_KEPT);
  return { kind: 'accepted', state: { ...state, connections }, outbox: [], reply: { body: state.mailboxId } };
}

export const mailbox: RecordKind<Mailbox, MailboxCommand> = {
  name: MAILBOX,
  decode: ({ body }) => JSON.parse(body) as Mailbox,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide: decideMailbox,
  view: (record): View => (record ? { kind: 'found', body: record.body } : refuse('mailbox-unknown')),
};

/** A copy stands in every shard, so that a send finds its workflow where it is decided. */
export const workflow: RecordKind<Workflow, RegisterWorkflow> = {
  name: WORKFLOW,
  decode: ({ body }) => JSON.parse(body) as Workflow,
  encode: (state) => ({ body: JSON.stringify(state), annex: '' }),
  decide: (state, command) =>
    JSON.stringify(state) === JSON.stringify(command.workflow)
      ? { kind: 'unchanged', reply: { body: command.workflow.workflowId } }
      : { kind: 'accepted', state: command.workflow, outbox: [], reply: { body: command.workflow.workflowId } },
  view: (record): View => (record ? { kind: 'found', body: record.body } : refuse('not-found')),
};
