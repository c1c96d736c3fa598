/** The way every act on a prescription takes: to the patient's shard, and back as an answer on the wire. */
import type { PrescriptionAnswer, PrescriptionWork } from '../../actors/stubs.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import type { Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import type { WireRefusal } from '../service.ts';
import { prescriptionsOf } from './call.ts';
import type { EpsCall } from './call.ts';
import { WAIT_MS } from './limits.ts';

export type Done = Extract<PrescriptionAnswer, { kind: 'done' }>;

/** What is told of a prescription: its id, its patient, the id of the message. */
export interface Act {
  readonly id: string;
  readonly nhsNumber: string;
  readonly messageId: string;
  readonly work: PrescriptionWork;
}

export async function ask(call: EpsCall, { nhsNumber, messageId, work }: Omit<Act, 'id'>): Promise<PrescriptionAnswer> {
  const { agent, caller } = call;
  const options = { agent, caller, requestId: messageId, waitMs: WAIT_MS };
  const answer = await prescriptionsOf(call).call({ nhsNumber, work }, options);
  // Done or refused, the patient's shard has written down who acted.
  if (answer.kind === 'done' || answer.kind === 'refused') call.context.trace.noted = true;
  return answer;
}

/** The id alone says which prescription is meant. Most messages name its patient too, which saves asking where it is. */
export async function act(call: EpsCall, wish: Act): Promise<PrescriptionAnswer> {
  const messageId = wish.messageId === '' ? call.requestId : wish.messageId;
  const told = isNhsNumber(wish.nhsNumber) ? await ask(call, { ...wish, messageId }) : null;
  if (told !== null && !(told.kind === 'refused' && told.code === 'PRESCRIPTION_NOT_FOUND')) return told;
  const options = { agent: call.agent, requestId: messageId, waitMs: WAIT_MS };
  const place = await prescriptionsOf(call).locate(wish.id, options);
  if (place.kind === 'nowhere') return { kind: 'refused', code: 'PRESCRIPTION_NOT_FOUND' };
  if (place.kind === 'at' && place.nhsNumber === wish.nhsNumber && told !== null) return told;
  return place.kind === 'at' ? ask(call, { ...wish, messageId, nhsNumber: place.nhsNumber }) : place;
}

export function answered(answer: PrescriptionAnswer, success: (done: Done) => Answer): Result {
  return answer.kind === 'done' ? success(answer) : notDone(answer);
}

export function notDone(answer: Exclude<PrescriptionAnswer, { kind: 'done' }>): WireRefusal {
  switch (answer.kind) {
    case 'refused':
      return {
        kind: 'refused',
        code: answer.code,
        ...(answer.diagnostics === undefined ? {} : { diagnostics: answer.diagnostics }),
      };
    case 'unavailable':
      return {
        kind: 'refused',
        code: answer.reason === 'timeout' ? 'timeout' : 'overloaded',
        retryAfterSeconds: answer.retryAfterSeconds,
      };
    case 'found':
    case 'moved':
      return { kind: 'refused', code: 'unknown-error' };
  }
}
