/** The import format of the registry: JSON lines, each a mailbox (`mailbox_id`) or a workflow (`workflow_id`). */
import type { Mailbox, Workflow } from './commands.ts';

export type RegistryEntry =
  | { readonly kind: 'mailbox'; readonly mailbox: Omit<Mailbox, 'connections'> }
  | { readonly kind: 'workflow'; readonly workflow: Workflow };

const MAILBOX_ID = /^[A-Z0-9][A-Z0-9_-]{0,99}$/;
const LONGEST_TEXT = 300;

type Line = Readonly<Record<string, unknown>>;

const isLine = (value: unknown): value is Line => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string says what is wrong. `registered` orders mailboxes in the registry. */
export function registryEntry(value: unknown, registered: string): RegistryEntry | string {
  if (!isLine(value)) return 'not an object';
  if ('mailbox_id' in value) return mailboxEntry(value, registered);
  if ('workflow_id' in value) return workflowEntry(value);
  return 'neither mailbox_id nor workflow_id';
}

function mailboxEntry(line: Line, registered: string): RegistryEntry | string {
  const mailboxId = text(line, 'mailbox_id')?.trim().toUpperCase();
  const password = text(line, 'password');
  const active = line['active'] ?? true;
  if (mailboxId === undefined || !MAILBOX_ID.test(mailboxId)) return 'mailbox_id must be 1 to 100 of A-Z, 0-9, - and _';
  if (password === undefined || password === '') return 'password must be a text';
  if (typeof active !== 'boolean') return 'active must be true or false';
  const names = ['mailbox_name', 'billing_entity', 'ods_code', 'org_code', 'org_name'];
  const wrong = names.find((name) => line[name] !== undefined && line[name] !== null && text(line, name) === undefined);
  if (wrong !== undefined) return `${wrong} must be a text of at most ${LONGEST_TEXT} characters`;
  const [mailboxName, billingEntity, odsCode, orgCode, orgName] = names.map((name) => text(line, name) ?? '');
  return {
    kind: 'mailbox',
    mailbox: {
      mailboxId,
      password,
      active,
      registered,
      mailboxName: mailboxName ?? '',
      billingEntity: billingEntity ?? '',
      odsCode: odsCode ?? '',
      orgCode: orgCode ?? '',
      orgName: orgName ?? '',
    },
  };
}

function workflowEntry(line: Line): RegistryEntry | string {
  const workflowId = text(line, 'workflow_id')?.trim();
  const restricted = line['restricted'] ?? false;
  const senders = mailboxIds(line['senders']);
  const receivers = mailboxIds(line['receivers']);
  if (workflowId === undefined || workflowId === '') return 'workflow_id must be a text';
  if (typeof restricted !== 'boolean') return 'restricted must be true or false';
  if (senders === null || receivers === null) return 'senders and receivers must be lists of mailbox ids';
  return { kind: 'workflow', workflow: { workflowId, senders, receivers, restricted } };
}

function text(line: Line, name: string): string | undefined {
  const value = line[name];
  return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : undefined;
}

function mailboxIds(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const ids = (value as readonly unknown[]).map((id) => (typeof id === 'string' ? id.trim().toUpperCase() : ''));
  return ids.every((id) => MAILBOX_ID.test(id)) ? ids : null;
}

/** The same entry as it came in, for the administrator; a password never comes back. */
export function registryLine(entry: Omit<Mailbox, 'connections' | 'registered' | 'password'>): Line {
  return {
    mailbox_id: entry.mailboxId,
    mailbox_name: entry.mailboxName,
    billing_entity: entry.billingEntity,
    ods_code: entry.odsCode,
    org_code: entry.orgCode,
    org_name: entry.orgName,
    active: entry.active,
  };
}

export const workflowLine = ({ workflowId, senders, receivers, restricted }: Workflow): Line => ({
  workflow_id: workflowId,
  senders,
  receivers,
  restricted,
});
