/** The records that trackers look at: a prescription by its id, or all of a patient's. */
import type { FoundPrescription, PrescriptionAnswer } from '../../actors/stubs.ts';
import type { Shown } from '../../domain/eps/tracker/request-groups.ts';
import { isShown } from '../../domain/eps/tracker/words.ts';
import type { Agent } from '../../engine/record-kind.ts';
import { parseLossless } from '../../fhir/lossless-json.ts';
import type { RequestContext } from '../request-context.ts';
import { notDone } from './acting.ts';
import { WAIT_MS } from './limits.ts';
import type { WireRefusal } from '../service.ts';

export interface Looking {
  readonly context: RequestContext;
  readonly agent: Agent;
  readonly requestId: string;
}

export interface Found {
  readonly kind: 'found';
  readonly nhsNumber: string;
  readonly shown: readonly Shown[];
}

/** `id`: with or without its check character. Nothing found is an empty list. */
export async function byPrescription(looking: Looking, id: string): Promise<Found | WireRefusal> {
  const { agent, context, requestId } = looking;
  const stored = id.slice(0, 19);
  const options = { agent, requestId, waitMs: WAIT_MS };
  const place = await context.spine.prescriptions.locate(stored, options);
  if (place.kind === 'nowhere') return { kind: 'found', nhsNumber: '', shown: [] };
  if (place.kind === 'unavailable') return notDone(place);
  const work = { kind: 'get', id: stored, withOrder: true } as const;
  return seen(place.nhsNumber, await context.spine.prescriptions.call({ nhsNumber: place.nhsNumber, work }, options));
}

export async function byPatient(
  { agent, context, requestId }: Looking,
  nhsNumber: string,
): Promise<Found | WireRefusal> {
  const work = { kind: 'list', withOrder: true } as const;
  const options = { agent, requestId, waitMs: WAIT_MS };
  return seen(nhsNumber, await context.spine.prescriptions.call({ nhsNumber, work }, options));
}

function seen(nhsNumber: string, answer: PrescriptionAnswer): Found | WireRefusal {
  if (answer.kind === 'refused' && answer.code === 'PRESCRIPTION_NOT_FOUND')
    return { kind: 'found', nhsNumber, shown: [] };
  if (answer.kind !== 'found') {
    return answer.kind === 'done' ? { kind: 'refused', code: 'unknown-error' } : notDone(answer);
  }
  const shown = answer.found.flatMap(shownOf);
  return { kind: 'found', nhsNumber: shown[0]?.prescription.nhsNumber ?? nhsNumber, shown };
}

const shownOf = ({ orderText, prescription }: FoundPrescription): readonly Shown[] =>
  isShown(prescription) ? [{ prescription, order: orderText === '' ? null : parseLossless(orderText) }] : [];
