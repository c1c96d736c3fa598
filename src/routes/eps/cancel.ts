/** $process-message with a prescription-order-update: one item is taken back, and the prescriber is told what came of it. */
import { STATUS_HISTORY, cancelResponse } from '../../domain/eps/cancel-response.ts';
import { readCancel } from '../../domain/eps/read-cancel.ts';
import type { ReadCancel } from '../../domain/eps/read-cancel.ts';
import type { Dispenser } from '../../domain/eps/prescription-state.ts';
import type { CancelOutcome } from '../../domain/eps/statuses.ts';
import { instant } from '../../fhir/bundle.ts';
import type { PrescriptionAnswer } from '../../actors/stubs.ts';
import type { Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import { ask, notDone } from './acting.ts';
import type { Done } from './acting.ts';
import { messageEndpoint, prescriptionsOf } from './call.ts';
import type { EpsCall, ReadBody } from './call.ts';
import { WAIT_MS } from './limits.ts';
import { FHIR, outcome } from './outcome.ts';

export async function processCancel(call: EpsCall, body: ReadBody): Promise<Result> {
  const read = readCancel(body.value);
  if (read.kind === 'refused') return read;
  const cancelled = await cancelItem(call, read, false);
  // Not with this patient: with another, or not at all yet.
  const unknown = cancelled.kind === 'refused' && cancelled.code === 'R-0008' && cancelled.diagnostics === undefined;
  const answer = unknown ? await cancelUnknown(call, read) : cancelled;
  return answer.kind === 'done' ? told(call, { done: answer, read, text: body.text }) : notDone(answer);
}

function cancelItem(call: EpsCall, read: ReadCancel, mayPlace: boolean): Promise<PrescriptionAnswer> {
  const { id, nhsNumber, command } = read;
  const work = { kind: 'act', id, command: { ...command, mayPlace }, withOrder: false } as const;
  return ask(call, { nhsNumber, messageId: command.messageId, work });
}

const MISMATCH =
  'Unable to process message. Information missing or invalid - Mismatch between prescription and cancellation NHSNumber';

/** The id is taken for the patient, so that a placeholder cannot stand in the way of somebody else's prescription. */
async function cancelUnknown(call: EpsCall, read: ReadCancel): Promise<PrescriptionAnswer> {
  const { id, nhsNumber, command } = read;
  const options = { agent: call.agent, requestId: command.messageId, waitMs: WAIT_MS };
  const place = await prescriptionsOf(call).claimId(id, nhsNumber, options);
  if (place.kind === 'unavailable') return place;
  if (place.kind === 'at' && place.nhsNumber !== nhsNumber)
    return { kind: 'refused', code: 'R-5000', diagnostics: MISMATCH };
  return cancelItem(call, read, true);
}

interface Told {
  readonly done: Done;
  readonly read: ReadCancel;
  readonly text: string;
}

function told(call: EpsCall, { done, read, text }: Told): Answer {
  const code = done.attributes['outcome'] ?? '';
  if (code === 'R-0008') {
    const coding = { system: STATUS_HISTORY, code, display: 'Prescription/item not found' };
    return outcome([{ severity: 'error', code: 'not-found', coding }]);
  }
  const body = cancelResponse({
    text,
    messageId: read.command.messageId,
    outcome: code as CancelOutcome,
    dispenser: done.body === '' ? null : (JSON.parse(done.body) as Dispenser),
    timestamp: instant(call.context.now),
    endpoint: messageEndpoint(call),
    newId: () => crypto.randomUUID(),
  });
  return { status: code === 'R-0001' ? 200 : 400, body, contentType: FHIR };
}
