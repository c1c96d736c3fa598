/** GET /messageexchange/{mailbox}/outbox/tracking: what became of a message, told to its sender only. */
import type { Message } from '../../domain/mesh/message-state.ts';
import { trackingV1, trackingV2 } from '../../domain/mesh/tracking-view.ts';
import { NEWEST, searchMessages } from '../../storage/national/mesh-messages.ts';
import { act, messageIdFrom, messageOf, queryText, refusedAfterAdmission } from './call.ts';
import type { MeshCall } from './call.ts';
import { missing } from './query-checks.ts';
import { answer, errorResponse, faultResponse, JSON_TYPE, MESH_V2 } from './refusal-table.ts';

export async function trackMessage(call: MeshCall): Promise<Response> {
  const id = queryText(call.query, 'messageID');
  if (id === undefined) return refusedAfterAdmission(call, faultResponse([missing('query', 'messageID')]));
  const query = { name: 'track', senderId: call.mailboxId } as const;
  const acted = await act(call, { kind: 'read', messageId: messageIdFrom(id), query });
  if (acted.kind === 'answered') return acted.response;
  const message = messageOf(acted.done);
  return call.version === 1 ? answer(200, trackingV1(message), JSON_TYPE) : answer(200, trackingV2(message), MESH_V2);
}

/** Local ids are the sender's own; messages lie with their recipients, so the national copy is asked. */
export async function trackByLocalId(call: MeshCall): Promise<Response> {
  const [localId = ''] = call.parameters;
  const acted = await act(call);
  if (acted.kind === 'answered') return acted.response;
  const { mailboxes, national } = call.context.spine;
  await mailboxes.settle();
  const search = { party: 'sender', mailboxId: call.mailboxId, localId, from: '', before: NEWEST, limit: 2 } as const;
  const [found, another] = await searchMessages(national, search);
  if (found === undefined) return errorResponse(call.version, 'not-found');
  if (another !== undefined) return errorResponse(call.version, 'multiple-choices');
  return answer(200, trackingV1(JSON.parse(found) as Message), JSON_TYPE);
}
