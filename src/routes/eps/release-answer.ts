/** The answer to a release: what is handed out, and what is returned at once because its signature is bad. */
import type { SignatureVerifier } from '../../domain/eps/message-issue.ts';
import type { Dispenser } from '../../domain/eps/prescription-state.ts';
import { releasedId, releasedMessage } from '../../domain/eps/released-message.ts';
import { readOrder } from '../../domain/eps/read-order.ts';
import type { Released } from '../../domain/eps/release.ts';
import { parseLossless } from '../../fhir/lossless-json.ts';
import { instant } from '../../fhir/bundle.ts';
import type { Result } from '../record-call.ts';
import { ask } from './acting.ts';
import type { Done } from './acting.ts';
import { messageEndpoint } from './call.ts';
import type { EpsCall } from './call.ts';
import { FHIR } from './outcome.ts';

const MESSAGE_ID = 'https://tools.ietf.org/html/rfc4122';
const SUPPORTING_PRESCRIPTION = 'https://fhir.nhs.uk/StructureDefinition/Extension-Spine-supportingInfo-prescription';
const ERRORS = 'https://fhir.nhs.uk/CodeSystem/Spine-ErrorOrWarningCode';
/** Return reason: invalid digital signature. */
const INVALID_SIGNATURE = '0005';

/** One prescription that the release took. */
export interface Taken {
  readonly id: string;
  readonly nhsNumber: string;
  readonly done: Done;
}

export interface Handout {
  readonly dispenser: Dispenser;
  readonly taken: readonly Taken[];
}

interface Message {
  readonly text: string;
  /** Of the resource. */
  readonly id: string;
  readonly messageId: string;
}

export async function releaseAnswer(
  call: EpsCall,
  { dispenser, taken }: Handout,
  verify: SignatureVerifier,
): Promise<Result> {
  const { now } = call.context;
  const verified = await Promise.all(
    taken.map(async (one) => ({ one, bad: (await verify(one.done.orderText, now)).length > 0 })),
  );
  const bad = verified.filter((each) => each.bad).map(({ one }) => one);
  await Promise.all(bad.map((one) => returnBad(call, one, dispenser)));
  const messages = (all: readonly Taken[]) => all.map((one) => messageOf(call, one, dispenser));
  const passed = messages(verified.filter((each) => !each.bad).map(({ one }) => one));
  const failed = messages(bad).flatMap((message) => [invalidSignature(message, now), message]);
  const parameter = [
    `{"name":"passedPrescriptions","resource":${searchset(call, passed)}}`,
    `{"name":"failedPrescriptions","resource":${searchset(call, failed)}}`,
  ];
  const body = `{"resourceType":"Parameters","id":"${crypto.randomUUID()}","parameter":[${parameter.join(',')}]}`;
  return { status: 200, body, contentType: FHIR };
}

/** The service returns it itself, as long as this release holds it. */
async function returnBad(call: EpsCall, { id, nhsNumber }: Taken, { ods }: Dispenser): Promise<void> {
  const messageId = `${call.requestId}/return/${id}`;
  const told = { messageId, organization: ods, reason: INVALID_SIGNATURE, releaseId: call.requestId };
  const command = { name: 'return', ...told } as const;
  await ask(call, { nhsNumber, messageId, work: { kind: 'act', id, command, withOrder: false } });
}

function messageOf(call: EpsCall, { done }: Taken, dispenser: Dispenser): Message {
  const read = readOrder(parseLossless(done.orderText), call.context.now);
  if (read.kind === 'refused') throw new Error(`a kept order is not an order any more: ${read.code}`);
  const { order } = read;
  const { requestId, context } = call;
  const released = JSON.parse(done.body) as Released;
  const timestamp = instant(context.now);
  const asked = { releaseId: requestId, dispenser, endpoint: messageEndpoint(call) };
  const text = releasedMessage({ orderText: done.orderText, order, released, timestamp, ...asked });
  return { text, id: releasedId(order), messageId: order.messageId };
}

function invalidSignature({ messageId }: Message, now: number): Message {
  const id = crypto.randomUUID();
  const coding = { system: ERRORS, code: 'INVALID_VALUE', display: 'Signature is invalid.' };
  const resource = {
    resourceType: 'OperationOutcome',
    id,
    meta: { lastUpdated: instant(now) },
    extension: [
      { url: SUPPORTING_PRESCRIPTION, valueReference: { identifier: { system: MESSAGE_ID, value: messageId } } },
    ],
    issue: [
      { severity: 'error', code: 'invalid', details: { coding: [coding] }, expression: ['Provenance.signature.data'] },
    ],
  };
  return { text: JSON.stringify(resource), id, messageId: id };
}

function searchset({ context }: EpsCall, messages: readonly Message[]): string {
  const id = crypto.randomUUID();
  const entries = messages.map((message) => `{"fullUrl":"urn:uuid:${message.id}","resource":${message.text}}`);
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`;
  const head = `{"resourceType":"Bundle","id":"${id}","meta":{"lastUpdated":"${instant(context.now)}"}`;
  const identifier = `{"system":"${MESSAGE_ID}","value":"${id}"}`;
  return `${head},"identifier":${identifier},"type":"searchset","total":${messages.length}${entry}}`;
}
