/** PUT /messageexchange/{mailbox}/inbox/{id}/status/acknowledged: collected, and out of the inbox. */
import { act, messageIdFrom } from './call.ts';
import type { MeshCall } from './call.ts';
import { answer, emptyAnswer, JSON_TYPE } from './refusal-table.ts';

export async function acknowledgeMessage(call: MeshCall): Promise<Response> {
  const messageId = messageIdFrom(call.parameters[0]);
  const acted = await act(call, { kind: 'acknowledge', messageId, mailboxId: call.mailboxId });
  if (acted.kind === 'answered') return acted.response;
  return call.version === 1 ? answer(200, { messageId }, JSON_TYPE) : emptyAnswer();
}
