/** POST /Task/$release: a dispenser is handed one prescription by its id, or what waits in its queue. */
import { checkRelease } from '../../domain/eps/wire/check-dispenser-message.ts';
import type { PrescriptionAnswer } from '../../actors/stubs.ts';
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import type { Dispenser } from '../../domain/eps/prescription-state.ts';
import { readRelease } from '../../domain/eps/read-release.ts';
import { isRefused } from '../record-call.ts';
import type { Result } from '../record-call.ts';
import type { Answer } from '../respond.ts';
import { ask, notDone } from './acting.ts';
import { bodyOf, forbidden, prescriptionsOf } from './call.ts';
import type { EpsCall } from './call.ts';
import { faulty } from './checks.ts';
import { RELEASE_BATCH, RELEASE_ROUNDS, WAIT_MS } from './limits.ts';
import { FHIR, outcome } from './outcome.ts';
import { issueOf } from './refusal-table.ts';
import { releaseAnswer } from './release-answer.ts';
import type { Taken } from './release-answer.ts';

const SUPPORTING_INFO = 'https://fhir.nhs.uk/StructureDefinition/Extension-Spine-supportingInfo';

export async function release(call: EpsCall, verify: SignatureVerifier): Promise<Result> {
  const body = await bodyOf(call);
  if (isRefused(body)) return body;
  const { now } = call.context;
  const faults = checkRelease(body.value);
  if (faults.length > 0) return faulty(faults, now);
  const { dispenser, id } = readRelease(body.value);
  const denied = forbidden(call, 'dispensing', id === undefined);
  if (denied !== null) return denied;
  return id === undefined ? nominated(call, dispenser, verify) : byId(call, { id, dispenser }, verify);
}

async function byId(
  call: EpsCall,
  { id, dispenser }: { id: string; dispenser: Dispenser },
  verify: SignatureVerifier,
): Promise<Result> {
  const options = { agent: call.agent, requestId: call.requestId, waitMs: WAIT_MS };
  const place = await prescriptionsOf(call).locate(id, options);
  if (place.kind === 'nowhere') return { kind: 'refused', code: 'RESOURCE_NOT_FOUND' };
  if (place.kind === 'unavailable') return notDone(place);
  const command = { name: 'release', by: 'id', releaseId: call.requestId, dispenser } as const;
  const { nhsNumber } = place;
  const work = { kind: 'act', id, command, withOrder: true } as const;
  const answer = await ask(call, { nhsNumber, messageId: call.requestId, work });
  if (answer.kind === 'done')
    return releaseAnswer(call, { dispenser, taken: [{ id, nhsNumber, done: answer }] }, verify);
  return withAnother(call, answer) ?? notDone(answer);
}

/** Whoever asks in vain is told who has it, so that the patient can be sent there. */
function withAnother({ context }: EpsCall, answer: PrescriptionAnswer): Answer | null {
  if (answer.kind !== 'refused' || answer.dispenser === undefined) return null;
  const id = crypto.randomUUID();
  const { ods, name, resource } = answer.dispenser;
  const sent = resource === undefined ? {} : (JSON.parse(resource) as Readonly<Record<string, unknown>>);
  const organization = {
    resourceType: 'Organization',
    id,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: ods }],
    ...(name === undefined ? {} : { name }),
    ...('telecom' in sent ? { telecom: sent['telecom'] } : {}),
    ...('address' in sent ? { address: sent['address'] } : {}),
  };
  const told = outcome([issueOf({ kind: 'refused', code: answer.code })], { now: context.now });
  const body = {
    ...(JSON.parse(told.body ?? '{}') as Readonly<Record<string, unknown>>),
    contained: [organization],
    extension: [{ url: SUPPORTING_INFO, valueReference: { reference: `#${id}` } }],
  };
  return { status: told.status, body: JSON.stringify(body), contentType: FHIR };
}

/** The queue only says what may be had; the prescriptions decide. Asked again where too many entries were stale. */
async function nominated(call: EpsCall, dispenser: Dispenser, verify: SignatureVerifier): Promise<Result> {
  const taken: Taken[] = [];
  for (let round = 0; round < RELEASE_ROUNDS && taken.length < RELEASE_BATCH; round++) {
    const limit = RELEASE_BATCH - taken.length;
    const pulled = await pullRound(call, dispenser, { round, limit });
    if ('kind' in pulled) return notDone(pulled);
    taken.push(...pulled.taken);
    // Whoever would be told that there is nothing more would not ask again for what could not be looked at.
    if (taken.length === 0 && pulled.unknown > 0) return notDone(LOST);
    if (pulled.offered < limit) break;
  }
  return taken.length === 0
    ? outcome([issueOf({ kind: 'refused', code: 'NO_MORE_PRESCRIPTIONS' })], { now: call.context.now })
    : releaseAnswer(call, { dispenser, taken }, verify);
}

const LOST = { kind: 'unavailable', reason: 'broken', retryAfterSeconds: 5 } as const;

const DENIALS = ['level-too-low', 'activity-missing', 'apps-read-demographics-only', 'invalidated'];
type Refused = Extract<PrescriptionAnswer, { kind: 'refused' }>;
const isDenied = (answer: PrescriptionAnswer): answer is Refused =>
  answer.kind === 'refused' && DENIALS.includes(answer.code);

/**
 * What was pulled is settled before anything is answered: what is not settled was not answered either, and is offered
 * to the same dispenser again, who is then handed it again.
 */
async function pullRound(call: EpsCall, dispenser: Dispenser, { round, limit }: { round: number; limit: number }) {
  const { agent, caller, requestId } = call;
  const pull = `${agent.client}/${requestId}/${round}`;
  const prescriptions = prescriptionsOf(call);
  const candidates = await prescriptions.pull(dispenser.ods, pull, { agent, release: requestId, limit });
  if ('kind' in candidates) return candidates;
  const wishes = candidates.map(({ id, nhsNumber, again }) => {
    const command = { name: 'release', by: 'nomination', releaseId: requestId, dispenser, again } as const;
    return { nhsNumber, work: { kind: 'act', id, command, withOrder: true } as const };
  });
  const answers = await prescriptions.callMany(wishes, { agent, caller, requestId, waitMs: WAIT_MS });
  // Whoever may not dispense has settled nothing: it comes back to the queue.
  const denied = answers.find(isDenied);
  if (denied !== undefined) return denied;
  const settled = candidates.flatMap(({ id }, index) => (answers[index]?.kind === 'unavailable' ? [] : [id]));
  if (!(await prescriptions.settlePull(dispenser.ods, pull, { agent, ids: settled }))) return LOST;
  const taken = candidates.flatMap(({ id, nhsNumber }, index): Taken[] => {
    const done = answers[index];
    return done?.kind === 'done' ? [{ id, nhsNumber, done }] : [];
  });
  return { offered: candidates.length, unknown: candidates.length - settled.length, taken };
}
