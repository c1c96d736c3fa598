/** What a prescriber is told about a cancellation: a message that answers the update with its outcome. */
import { parseLossless } from '../../fhir/lossless-json.ts';
import type { Dispenser } from './prescription-state.ts';
import type { CancelOutcome } from './statuses.ts';
import { LINE_ITEM, MESSAGE_ID, ODS_CODE, RESPONSIBLE_PRACTITIONER, SNOMED } from './wire/codes.ts';
import { at, identifierOf, objectIn, textAt } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';
import { organizationOfRole } from './read-parts.ts';

export const STATUS_HISTORY = 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-history';
const HISTORY = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionStatusHistory';
const DISPENSING_PERFORMER = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-DispensingPerformer';
const MESSAGE_HEADER_ID = 'https://fhir.nhs.uk/StructureDefinition/Extension-MessageHeader-messageId';

interface Told {
  readonly status: string;
  readonly display: string;
}

export const OUTCOMES: Readonly<Record<CancelOutcome, Told>> = {
  'R-0001': { status: 'cancelled', display: 'Prescription/item was cancelled' },
  'R-0002': {
    status: 'active',
    display: 'Prescription/item was not cancelled. With dispenser. Marked for cancellation',
  },
  'R-0003': {
    status: 'active',
    display: 'Prescription/item was not cancelled. With dispenser active. Marked for cancellation',
  },
  'R-0004': { status: 'completed', display: 'Prescription/item was not cancelled. Prescription has been dispensed' },
  'R-0005': { status: 'stopped', display: 'Prescription/item was not cancelled. Prescription has expired' },
  'R-0006': { status: 'cancelled', display: 'Prescription/item was not cancelled. Already cancelled' },
  'R-0007': {
    status: 'unknown',
    display: 'Prescription/item cancellation requested by another prescriber',
  },
  'R-0010': {
    status: 'stopped',
    display: 'Prescription/item was not cancelled. Prescription has been not dispensed',
  },
};

export interface Cancelled {
  /** The update as it was sent. */
  readonly text: string;
  readonly messageId: string;
  readonly outcome: CancelOutcome;
  /** Who holds or held the prescription. */
  readonly dispenser: Dispenser | null;
  /** FHIR instant. */
  readonly timestamp: string;
  newId(): string;
}

interface Entry {
  readonly fullUrl: string;
  readonly resource: Json;
}

export function cancelResponse(cancelled: Cancelled): string {
  const bundle = new MessageBundle(parseLossless(cancelled.text));
  const request = bundle.entriesOf('MedicationRequest')[0] ?? { fullUrl: '', resource: {} };
  const people = peopleOf(bundle, request.resource);
  const dispensing = dispenserEntries(cancelled);
  const patient = bundle.entriesOf('Patient')[0];
  const answered = requestEntry(request, cancelled, dispensing[0]?.fullUrl);
  const header = headerEntry(bundle, cancelled, [patient?.fullUrl ?? '', answered.fullUrl]);
  const entries = [header, answered, ...(patient === undefined ? [] : [patient]), ...people, ...dispensing];
  return JSON.stringify({
    resourceType: 'Bundle',
    identifier: { system: MESSAGE_ID, value: cancelled.newId() },
    type: 'message',
    timestamp: cancelled.timestamp,
    entry: entries.map(({ fullUrl, resource }) => ({ fullUrl, resource })),
  });
}

function headerEntry(bundle: MessageBundle, cancelled: Cancelled, focus: readonly string[]): Entry {
  const sent = bundle.all('MessageHeader')[0];
  const sender = objectIn(at(sent, 'sender'));
  const id = cancelled.newId();
  const ods = textAt(sender, 'identifier', 'value');
  return {
    fullUrl: `urn:uuid:${id}`,
    resource: {
      resourceType: 'MessageHeader',
      id,
      extension: [{ url: MESSAGE_HEADER_ID, valueIdentifier: { system: MESSAGE_ID, value: id } }],
      eventCoding: {
        system: 'https://fhir.nhs.uk/CodeSystem/message-event',
        code: 'prescription-order-response',
        display: 'Prescription Order Response',
      },
      destination: [{ endpoint: `urn:nhs-uk:addressing:ods:${ods}`, receiver: sender }],
      sender: { identifier: { system: ODS_CODE, value: 'X2601' }, display: 'NHS Digital Spine' },
      source: objectIn(at(sent, 'source')),
      response: { identifier: cancelled.messageId, code: 'ok' },
      focus: focus.filter((url) => url !== '').map((reference) => ({ reference })),
    },
  };
}

function requestEntry({ fullUrl, resource }: Entry, cancelled: Cancelled, performer: string | undefined): Entry {
  const { status, display } = OUTCOMES[cancelled.outcome];
  const history = {
    url: HISTORY,
    extension: [
      { url: 'status', valueCoding: { system: STATUS_HISTORY, code: cancelled.outcome, display } },
      { url: 'statusDate', valueDateTime: cancelled.timestamp },
    ],
  };
  const responsible = { url: RESPONSIBLE_PRACTITIONER, valueReference: resource['requester'] };
  const dispenser = cancelled.dispenser;
  return {
    fullUrl,
    resource: {
      resourceType: 'MedicationRequest',
      extension: [history, responsible],
      identifier: [{ system: LINE_ITEM, value: identifierOf(resource['identifier'], LINE_ITEM) }],
      status,
      intent: 'order',
      medicationCodeableConcept: { coding: [{ system: SNOMED, code: '763158003', display: 'Medicinal product' }] },
      subject: resource['subject'],
      requester: resource['requester'],
      groupIdentifier: resource['groupIdentifier'],
      ...(dispenser === null ? {} : { dispenseRequest: { performer: performerOf(dispenser, performer) } }),
    },
  };
}

function performerOf({ ods, name }: Dispenser, performer: string | undefined): Json {
  const extension =
    performer === undefined ? [] : [{ url: DISPENSING_PERFORMER, valueReference: { reference: performer } }];
  return {
    ...(extension.length === 0 ? {} : { extension }),
    identifier: { system: ODS_CODE, value: ods },
    ...(name === undefined ? {} : { display: name }),
  };
}

/** The requester with person and organisation, as they were sent. */
function peopleOf(bundle: MessageBundle, request: Json): readonly Entry[] {
  const role = bundle.find(textAt(request, 'requester', 'reference'));
  const person = bundle.find(textAt(role, 'practitioner', 'reference'));
  const wanted = [
    person,
    role,
    organizationOfRole(bundle, role),
    bundle.find(textAt(role, 'organization', 'reference')),
  ];
  return bundle.entries.filter(({ resource }) => wanted.includes(resource));
}

/** Role first, then organisation, with addresses of their own. */
function dispenserEntries({ dispenser, newId }: Cancelled): readonly Entry[] {
  if (dispenser?.performer === undefined) return [];
  const organizationUrl = `urn:uuid:${newId()}`;
  const role = objectIn(JSON.parse(dispenser.performer));
  const organization =
    dispenser.resource === undefined
      ? { resourceType: 'Organization', identifier: [{ system: ODS_CODE, value: dispenser.ods }] }
      : objectIn(JSON.parse(dispenser.resource));
  return [
    { fullUrl: `urn:uuid:${newId()}`, resource: { ...role, organization: { reference: organizationUrl } } },
    { fullUrl: organizationUrl, resource: organization },
  ];
}
