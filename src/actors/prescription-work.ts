/** What a patient's shard does for one prescription call: the steps of one commit. */
import type { AccessControl } from '../domain/access-control/guarded-kind.ts';
import { actRefusal } from '../domain/access-control/prescription-access.ts';
import type { KeepOrder, PlaceOrder } from '../domain/eps/commands.ts';
import { patientFacts } from '../domain/eps/patient-facts.ts';
import type { PatientFacts } from '../domain/eps/patient-facts.ts';
import {
  PRESCRIPTION,
  PRESCRIPTION_ORDER,
  currentIssue,
  patientList,
  prescriptionKey,
} from '../domain/eps/prescription-state.ts';
import type { Prescription } from '../domain/eps/prescription-state.ts';
import { ENVELOPE_VERSION } from '../engine/envelope.ts';
import type { Outcome } from '../engine/envelope.ts';
import type { Command, Refusal } from '../engine/record-kind.ts';
import type { Steps } from '../engine/transact.ts';
import { withoutEntry } from '../engine/untold.ts';
import type { FoundPrescription, PrescriptionAnswer, PrescriptionCall, PrescriptionWork } from './prescription-call.ts';

/** A patient with more is shown the newest. */
const LISTED_MAX = 1_000;

export function perform(steps: Steps, call: PrescriptionCall, control: AccessControl = 'caller'): PrescriptionAnswer {
  const { work, nhsNumber } = call;
  const elsewhere = movedTo(steps, call);
  if (elsewhere !== undefined) return { kind: 'moved', nhsNumber: elsewhere };
  const denied = denial(steps, call, control);
  if (denied !== null) return refusal(steps, call, denied);
  switch (work.kind) {
    case 'order':
      return order(steps, call, work);
    case 'act':
      return act(steps, call, work);
    case 'get':
      return get(steps, call, work);
    case 'list': {
      const rows = steps.listed(patientList(nhsNumber), '', LISTED_MAX);
      const found = rows.flatMap(({ key }) => seen(steps, call, { key, withOrder: work.withOrder }) ?? []);
      return { kind: 'found', found };
    }
  }
}

/** A repeat is decided anew: whoever lost an activity since is not told the answer again. */
function denial(steps: Steps, { agent, caller, nhsNumber, work }: PrescriptionCall, control: AccessControl) {
  if (work.kind !== 'order' && work.kind !== 'act') return null;
  const command = work.kind === 'order' ? { name: 'place-order' } : work.command;
  const neighbour = (kind: string) => steps.state(kind, nhsNumber);
  return actRefusal({ agent, caller, command, nhsNumber }, control, { now: steps.now, neighbour });
}

/** Where the patient's number was merged into another, all is there but what has not been moved yet. */
function movedTo(steps: Steps, { nhsNumber, work }: PrescriptionCall): string | undefined {
  const here = work.kind === 'list' ? null : steps.state(PRESCRIPTION, prescriptionKey(nhsNumber, work.id));
  return here === null ? patientOf(steps, nhsNumber).movedTo : undefined;
}

function order(steps: Steps, call: PrescriptionCall, work: Extract<PrescriptionWork, { kind: 'order' }>) {
  const patient = patientOf(steps, call.nhsNumber);
  const command: PlaceOrder = { name: 'place-order', order: work.order, patient };
  // What was answered once is answered again, whatever has become of the patient since.
  const outcome = submit(steps, call, { kind: PRESCRIPTION, command });
  if (outcome.kind === 'replied' && outcome.effect === 'accepted' && outcome.replayed !== true) {
    const keep: KeepOrder = { name: 'keep-order', text: work.text };
    const kept = submit(steps, call, { kind: PRESCRIPTION_ORDER, command: keep });
    // Both or neither: a throw takes the record back too.
    if (kept.kind !== 'replied') throw new Error(`order text not kept: ${kept.kind}`);
  }
  return answerOf(steps, call, outcome);
}

function act(
  steps: Steps,
  call: PrescriptionCall,
  work: Extract<PrescriptionWork, { kind: 'act' }>,
): PrescriptionAnswer {
  const answer = answerOf(steps, call, submit(steps, call, { kind: PRESCRIPTION, command: work.command }));
  if (answer.kind !== 'done') return answer;
  const key = prescriptionKey(call.nhsNumber, work.id);
  if (answer.replayed && isOvertaken(steps, key, work)) return { kind: 'refused', code: 'RESOURCE_NOT_FOUND' };
  return work.withOrder ? { ...answer, orderText: orderText(steps, key) } : answer;
}

/** A release whose answer never went out may have been handed to a later one: then it has nothing to repeat. */
function isOvertaken(steps: Steps, key: string, { command }: Extract<PrescriptionWork, { kind: 'act' }>): boolean {
  if (command.name !== 'release' || command.by !== 'nomination') return false;
  const state = steps.state(PRESCRIPTION, key) as Prescription | null;
  const releaseId = state === null ? undefined : currentIssue(state)?.releaseId;
  return releaseId !== undefined && releaseId !== command.releaseId;
}

function get(
  steps: Steps,
  call: PrescriptionCall,
  work: Extract<PrescriptionWork, { kind: 'get' }>,
): PrescriptionAnswer {
  const key = prescriptionKey(call.nhsNumber, work.id);
  const state = steps.state(PRESCRIPTION, key) as Prescription | null;
  if (state?.movedTo !== undefined) return { kind: 'moved', nhsNumber: state.movedTo };
  const found = seen(steps, call, { key, withOrder: work.withOrder });
  return found === null ? { kind: 'refused', code: 'PRESCRIPTION_NOT_FOUND' } : { kind: 'found', found: [found] };
}

interface Look {
  readonly key: string;
  readonly withOrder: boolean;
}

/** A look that the journal tells of. */
function seen(
  steps: Steps,
  { agent, requestId }: PrescriptionCall,
  { key, withOrder }: Look,
): FoundPrescription | null {
  const query = { name: 'get-prescription' };
  const outcome = steps.read({
    v: ENVELOPE_VERSION,
    kind: PRESCRIPTION,
    key,
    query,
    agent,
    requestId,
    purpose: 'access',
  });
  const prescription = steps.state(PRESCRIPTION, key) as Prescription | null;
  if (outcome.kind !== 'replied' || prescription === null) return null;
  return { prescription, orderText: withOrder ? orderText(steps, key) : '' };
}

export function orderText(steps: Steps, key: string): string {
  const text = steps.state(PRESCRIPTION_ORDER, key);
  return typeof text === 'string' ? text : '';
}

interface Wish {
  readonly kind: string;
  readonly command: Command;
}

function submit(
  steps: Steps,
  { agent, nhsNumber, requestId, work }: PrescriptionCall,
  { kind, command }: Wish,
): Outcome {
  const id = 'id' in work ? work.id : '';
  const key = prescriptionKey(nhsNumber, id);
  // The id of a message names its effect on this prescription; what a repeat says is not looked at again.
  const effect = { requestId: `${kind}/${id}/${command.name}/${requestId}`, fingerprint: '' };
  return steps.submit({ v: ENVELOPE_VERSION, kind, key, command, agent, ...effect });
}

function answerOf(steps: Steps, call: PrescriptionCall, outcome: Outcome): PrescriptionAnswer {
  switch (outcome.kind) {
    case 'replied':
      noteUntold(steps, call, outcome);
      return {
        kind: 'done',
        body: outcome.body,
        attributes: outcome.attributes ?? {},
        orderText: '',
        replayed: outcome.replayed === true,
      };
    case 'refused':
      return refusal(steps, call, outcome);
    case 'moved':
      return { kind: 'moved', nhsNumber: outcome.key };
    case 'unavailable':
      return outcome;
  }
}

/** A repeat, or what changed nothing, has no entry of its own in the journal. */
function noteUntold(steps: Steps, { agent, nhsNumber, requestId, work }: PrescriptionCall, outcome: Outcome): void {
  const untold = withoutEntry(outcome);
  if (untold === null) return;
  const key = prescriptionKey(nhsNumber, 'id' in work ? work.id : '');
  const action = 'command' in work ? work.command.name : work.kind;
  steps.note({ kind: PRESCRIPTION, key, action, outcome: untold, version: 0, requestId, agent });
}

function refusal(steps: Steps, { agent, nhsNumber, requestId, work }: PrescriptionCall, refused: Refusal) {
  const { code, diagnostics } = refused;
  if (code === 'moved' && diagnostics !== undefined) return { kind: 'moved', nhsNumber: diagnostics } as const;
  const key = prescriptionKey(nhsNumber, 'id' in work ? work.id : '');
  const action = 'command' in work ? work.command.name : work.kind;
  steps.note({ kind: PRESCRIPTION, key, action, outcome: code, version: 0, requestId, agent });
  const state =
    code === 'PRESCRIPTION_WITH_ANOTHER_DISPENSER' ? (steps.state(PRESCRIPTION, key) as Prescription | null) : null;
  const dispenser = state === null ? undefined : currentIssue(state)?.dispenser;
  return {
    kind: 'refused',
    code,
    ...(diagnostics === undefined ? {} : { diagnostics }),
    ...(dispenser === undefined ? {} : { dispenser }),
  } as const;
}

const patientOf = (steps: Steps, nhsNumber: string): PatientFacts =>
  patientFacts(steps.state('demographics', nhsNumber));
