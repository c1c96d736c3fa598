/** Extras of test deployments: no token, and not there at all where the data are real. */
import type { MailboxAnswer } from '../../actors/stubs.ts';
import type { MessageStatus, Message, Party } from '../../domain/mesh/message-state.ts';
import { sizeOf } from '../../domain/mesh/message-state.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { readJson } from '../body.ts';
import type { Environment } from '../settings.ts';
import { messageIdFrom } from './call.ts';
import type { OpenCall } from './call.ts';
import {
  answer,
  emptyAnswer,
  errorResponse,
  faultResponse,
  JSON_TYPE,
  notFound,
  unavailableResponse,
} from './refusal-table.ts';
import type { RouteRow } from './route-table.ts';

type OpenRow = RouteRow<(call: OpenCall) => Promise<Response>>;

const TESTER: Agent = { client: 'sandbox', mode: 'test', rights: [] };

export const SANDBOX_ROUTES: readonly OpenRow[] = [
  ['DELETE', 'admin/reset', resetAll],
  ['DELETE', 'admin/reset/*', resetMailbox],
  ['POST', 'admin/report', createReport],
  ['POST', 'admin/message/*/event', noteEvent],
  ['POST', 'admin/message/*/expire', expireMessage],
  ['GET', 'admin/message/*', inspectMessage],
  ['GET', 'mailbox/*', inspectMailbox],
];

export const hasExtras = (environment: Environment): boolean => environment === 'local' || environment === 'sandbox';

async function resetAll({ context }: OpenCall): Promise<Response> {
  await context.spine.mailboxes.reset(null);
  return answer(200, { message: 'all mailboxes reset' }, JSON_TYPE);
}

async function resetMailbox({ context, parameters }: OpenCall): Promise<Response> {
  const mailboxId = messageIdFrom(parameters[0]);
  const [known] = await context.spine.mailboxes.directory([mailboxId]);
  if (known === undefined) return answer(404, { detail: 'mailbox does not exist' }, JSON_TYPE);
  await context.spine.mailboxes.reset(mailboxId);
  return answer(200, { message: `mailbox ${mailboxId} reset` }, JSON_TYPE);
}

type Fields = Readonly<Record<string, unknown>>;

/** Null where the body is no JSON object. */
async function fieldsOf({ context }: OpenCall): Promise<Fields | null> {
  const body = await readJson(context.request);
  const isObject =
    body.kind === 'json' && typeof body.value === 'object' && body.value !== null && !Array.isArray(body.value);
  return isObject ? (body.value as Fields) : null;
}

const text = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value.slice(0, 500) : '';
};

const required = (name: string) =>
  ({ loc: ['body', name], msg: 'field required', type: 'value_error.missing' }) as const;

async function createReport(call: OpenCall): Promise<Response> {
  const fields = await fieldsOf(call);
  const absent = ['mailbox_id', 'code', 'description', 'workflow_id'].filter(
    (name) => fields === null || text(fields, name) === '',
  );
  if (fields === null || absent.length > 0) return faultResponse(absent.map(required));
  const status = text(fields, 'status') === 'error' ? 'error' : 'undeliverable';
  const answered = await call.context.spine.mailboxes.report(
    {
      recipientId: text(fields, 'mailbox_id').trim().toUpperCase(),
      workflowId: text(fields, 'workflow_id'),
      localId: text(fields, 'local_id'),
      subject: text(fields, 'subject'),
      fileName: text(fields, 'file_name'),
      status,
      event: 'TRANSFER',
      code: text(fields, 'code'),
      description: text(fields, 'description'),
      linkedMessageId: text(fields, 'linked_message_id'),
    },
    TESTER,
    crypto.randomUUID(),
  );
  if (answered.kind === 'refused') return answer(404, { detail: 'mailbox does not exist' }, JSON_TYPE);
  return plainAnswer(call, answered, (messageId) => answer(200, { message_id: messageId }, JSON_TYPE));
}

const STATUSES: ReadonlySet<string> = new Set<MessageStatus>([
  'uploading',
  'accepted',
  'acknowledged',
  'undeliverable',
  'error',
]);
const isStatus = (status: string): status is MessageStatus => STATUSES.has(status);

async function noteEvent(call: OpenCall): Promise<Response> {
  const fields = await fieldsOf(call);
  const status = fields === null ? '' : text(fields, 'status');
  if (fields === null || !isStatus(status)) return faultResponse([required('status')]);
  const event = {
    status,
    event: text(fields, 'event'),
    code: text(fields, 'code'),
    description: text(fields, 'description'),
    linkedMessageId: text(fields, 'linked_message_id'),
  };
  const { mailboxes } = call.context.spine;
  return plainAnswer(
    call,
    await mailboxes.note(messageIdFrom(call.parameters[0]), event, TESTER, crypto.randomUUID()),
    emptyAnswer,
  );
}

async function expireMessage(call: OpenCall): Promise<Response> {
  return plainAnswer(call, await call.context.spine.mailboxes.expire(messageIdFrom(call.parameters[0])), emptyAnswer);
}

async function inspectMessage(call: OpenCall): Promise<Response> {
  const found = await call.context.spine.mailboxes.inspect(
    messageIdFrom(call.parameters[0]),
    TESTER,
    crypto.randomUUID(),
  );
  if (found.kind === 'refused') return notFound();
  return plainAnswer(call, found, (body) => answer(200, inspected(JSON.parse(body) as Message), JSON_TYPE));
}

async function inspectMailbox({ context, parameters }: OpenCall): Promise<Response> {
  const [known] = await context.spine.mailboxes.directory([messageIdFrom(parameters[0])]);
  if (known === undefined) return notFound();
  return answer(200, { ...partyLine(known), active: known.active }, JSON_TYPE);
}

function plainAnswer({ version }: OpenCall, answered: MailboxAnswer, success: (body: string) => Response): Response {
  if (answered.kind === 'done') return success(answered.body);
  if (answered.kind === 'refused') return errorResponse(version, answered.code);
  return unavailableResponse(version, answered.retryAfterSeconds);
}

const partyLine = ({ mailboxId, mailboxName, billingEntity, odsCode, orgCode, orgName }: Party) => ({
  mailbox_id: mailboxId,
  mailbox_name: mailboxName,
  billing_entity: billingEntity,
  ods_code: odsCode,
  org_code: orgCode,
  org_name: orgName,
});

function inspected(message: Message): Fields {
  const { sender, recipient } = message;
  return {
    message_id: message.messageId,
    recipient: partyLine(recipient),
    sender: sender === null ? null : partyLine(sender),
    events: message.events.map(({ status, at, event, code, description, linkedMessageId }) => ({
      status,
      timestamp: new Date(at).toISOString(),
      event,
      code,
      description,
      linked_message_id: linkedMessageId,
    })),
    metadata: {
      subject: message.subject,
      local_id: message.localId,
      partner_id: message.partnerId,
      file_name: message.fileName,
      checksum: message.checksum,
      content_type: message.contentType,
      content_encoding: message.contentEncoding,
      encrypted: message.encrypted,
      is_compressed: message.compressed,
    },
    workflow_id: message.workflowId,
    message_type: message.type,
    total_chunks: message.totalChunks,
    file_size: sizeOf(message),
    created_timestamp: new Date(message.createdAt).toISOString(),
  };
}
