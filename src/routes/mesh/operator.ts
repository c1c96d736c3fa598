/** The administration of MESH: mailboxes and workflows one by one or in bulk, and what the shards are at. Operator key only. */
import type { DirectoryEntry, MailboxAnswer } from '../../actors/stubs.ts';
import type { Workflow } from '../../domain/mesh/commands.ts';
import { MAILBOX, mailboxKey, WORKFLOW, workflowKey } from '../../domain/mesh/mailbox.ts';
import { registryEntry, registryLine, workflowLine } from '../../domain/mesh/registry-lines.ts';
import type { RegistryEntry } from '../../domain/mesh/registry-lines.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { readText } from '../body.ts';
import { parseGuarded } from '../json-guard.ts';
import { IMPORT_TIMEOUT_MS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { json, respond } from '../respond.ts';
import type { Answer, Outgoing } from '../respond.ts';
import { sameSecret } from '../secrets.ts';
import type { Service } from '../service.ts';
import { matchRoute, routeTable } from './route-table.ts';

const BASE = '/operator/mesh';
const OPERATOR: Agent = { client: 'operator', mode: 'administration', rights: [] };

interface OperatorCall {
  readonly context: RequestContext;
  readonly parameters: readonly string[];
}

const ROUTES = routeTable<(call: OperatorCall) => Promise<Answer>>([
  ['POST', 'import', importRegistry],
  ['GET', 'status', status],
  ['GET', 'mailboxes', listMailboxes],
  ['GET', 'mailboxes/*', getMailbox],
  ['PUT', 'mailboxes/*', putMailbox],
  ['DELETE', 'mailboxes/*', deactivateMailbox],
  ['GET', 'workflows', listWorkflows],
  ['GET', 'workflows/*', getWorkflow],
  ['PUT', 'workflows/*', putWorkflow],
]);

async function handle(context: RequestContext): Promise<Outgoing> {
  if (!isOperator(context)) return respond(context, json(401, { error: 'The operator key is missing or wrong' }));
  context.trace.agent = OPERATOR;
  const segments = new URL(context.request.url).pathname
    .slice(BASE.length + 1)
    .split('/')
    .map(decoded);
  const match = matchRoute(ROUTES, context.method, segments);
  if (match.kind === 'found') return respond(context, await match.handler({ context, parameters: match.parameters }));
  return respond(
    context,
    match.kind === 'no-path' ? json(404, { error: 'Not found' }) : json(405, { error: 'Method not allowed' }),
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const BEARER = 'bearer ';

function isOperator({ request, settings }: RequestContext): boolean {
  const header = request.headers.get('Authorization') ?? '';
  if (header.slice(0, BEARER.length).toLowerCase() !== BEARER) return false;
  return sameSecret(header.slice(BEARER.length).trim(), settings.operatorKey);
}

/** Mailboxes in the order of their lines; time first, so that later imports come later. */
const registered = (now: number, line: number): string =>
  `${String(now).padStart(15, '0')}-${String(line).padStart(7, '0')}`;

async function importRegistry({ context }: OperatorCall): Promise<Answer> {
  const body = await readText(context.request, { bytes: MAX_IMPORT_BYTES, milliseconds: IMPORT_TIMEOUT_MS });
  if (body.kind === 'fault')
    return json(body.fault === 'too-large' ? 413 : 400, { error: `The body is ${body.fault}` });
  const lines = body.text.split('\n');
  if (lines.length > MAX_IMPORT_LINES + 1)
    return json(413, { error: `An import has at most ${MAX_IMPORT_LINES} lines` });
  const failures: { line: number; reason: string }[] = [];
  const entries: RegistryEntry[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const entry = registryEntry(parseGuarded(line), registered(context.now, index));
    if (typeof entry === 'string') failures.push({ line: index + 1, reason: entry });
    else entries.push(entry);
  }
  const answer = await register(context, entries);
  if (answer.kind === 'unavailable') return unavailable(answer);
  const mailboxes = entries.filter(({ kind }) => kind === 'mailbox').length;
  return json(200, { mailboxes, workflows: entries.length - mailboxes, failures });
}

async function register(context: RequestContext, entries: readonly RegistryEntry[]): Promise<MailboxAnswer> {
  const wishes = entries.map((entry) =>
    entry.kind === 'mailbox'
      ? {
          kind: MAILBOX,
          key: mailboxKey(entry.mailbox.mailboxId),
          command: { name: 'register-mailbox', mailbox: entry.mailbox },
        }
      : {
          kind: WORKFLOW,
          key: workflowKey(entry.workflow.workflowId),
          command: { name: 'register-workflow', workflow: entry.workflow },
        },
  );
  return context.spine.mailboxes.register(wishes, OPERATOR, crypto.randomUUID());
}

const unavailable = ({ retryAfterSeconds }: { retryAfterSeconds: number }): Answer => ({
  ...json(503, { error: 'Busy: the same request may be sent again' }),
  retryAfterSeconds,
});

async function status({ context }: OperatorCall): Promise<Answer> {
  return json(200, { counters: await context.spine.mailboxes.counters() });
}

const shown = (entry: DirectoryEntry) => ({
  ...registryLine(entry),
  inbox_count: entry.inboxCount,
  connections: entry.connections,
});

async function listMailboxes({ context }: OperatorCall): Promise<Answer> {
  const { mailboxes } = await context.spine.mailboxes.registry();
  return json(200, {
    mailboxes: mailboxes.map((entry) => ({ ...registryLine(entry), inbox_count: entry.inboxCount })),
  });
}

const mailboxIdOf = (parameters: readonly string[]): string => (parameters[0] ?? '').trim().toUpperCase();

async function getMailbox({ context, parameters }: OperatorCall): Promise<Answer> {
  const [known] = await context.spine.mailboxes.directory([mailboxIdOf(parameters)]);
  return known === undefined ? json(404, { error: 'No such mailbox' }) : json(200, shown(known));
}

async function putMailbox({ context, parameters }: OperatorCall): Promise<Answer> {
  return putEntry(context, { mailbox_id: mailboxIdOf(parameters) });
}

async function putWorkflow({ context, parameters }: OperatorCall): Promise<Answer> {
  return putEntry(context, { workflow_id: (parameters[0] ?? '').trim() });
}

/** The id of the address wins over one in the body. */
async function putEntry(context: RequestContext, id: Readonly<Record<string, string>>): Promise<Answer> {
  const body = await readText(context.request);
  const value = body.kind === 'text' ? parseGuarded(body.text) : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return json(400, { error: 'The body must be a JSON object' });
  const { mailbox_id: _mailbox, workflow_id: _workflow, ...rest } = value as Readonly<Record<string, unknown>>;
  const entry = registryEntry({ ...rest, ...id }, registered(context.now, 0));
  if (typeof entry === 'string') return json(400, { error: entry });
  const answer = await register(context, [entry]);
  return answer.kind === 'unavailable' ? unavailable(answer) : json(200, id);
}

/** Mailboxes are never removed: their messages and their reports still need them. */
async function deactivateMailbox({ context, parameters }: OperatorCall): Promise<Answer> {
  const mailboxId = mailboxIdOf(parameters);
  const answer = await context.spine.mailboxes.deactivate(mailboxId, OPERATOR, crypto.randomUUID());
  if (answer.kind === 'refused') return json(404, { error: 'No such mailbox' });
  return answer.kind === 'unavailable' ? unavailable(answer) : json(200, { mailbox_id: mailboxId, active: false });
}

async function listWorkflows({ context }: OperatorCall): Promise<Answer> {
  const { workflows } = await context.spine.mailboxes.registry();
  return json(200, { workflows: workflows.map(workflowLine) });
}

async function getWorkflow({ context, parameters }: OperatorCall): Promise<Answer> {
  const known: Workflow | null = await context.spine.mailboxes.workflow((parameters[0] ?? '').trim());
  return known === null ? json(404, { error: 'No such workflow' }) : json(200, workflowLine(known));
}

export const meshOperator: Service = {
  basePath: BASE,
  handle,
  broken: (context, reference) => respond(context, json(500, { error: 'Something broke', reference })),
};
