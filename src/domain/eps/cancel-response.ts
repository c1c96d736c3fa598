/** What a prescriber is told about a cancellation: a message that answers the update with its outcome. */
import { parseLossless } from '../../fhir/lossless-json.ts';
import type { Dispenser } from './prescription-state.ts';
import type { CancelOutcome } from './statuses.ts';
import { LINE_ITEM, MESSAGE_ID, ODS_CODE, RESPONSIBLE_PRACTITIONER, SHORT_FORM, SNOMED } from './wire/codes.ts';
import { at, extensionOf, identifierOf, objectIn, textAt } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';
import { prescriberOrganization } from './read-order.ts';
import { organizationOfRole } from './read-parts.ts';
import { inMessageOrder, spineHeader, withId } from './spine-header.ts';

export const STATUS_HISTORY = 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-history';
export const HISTORY = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-PrescriptionStatusHistory';
const DISPENSING_PERFORMER = 'https://fhir.nhs.uk/StructureDefinition/Extension-DM-DispensingPerformer';
const PROFESSIONAL_CODE = 'https://fhir.hl7.org.uk/Id/professional-code';

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
  'R-0004': { status: 'completed', display: 'Prescription/item was not cancelled. Prescription has been dispensed.' },
  'R-0005': { status: 'stopped', display: 'Prescription/item has expired' },
  'R-0006': { status: 'cancelled', display: 'Prescription/item had already been cancelled' },
  'R-0007': {
    status: 'unknown',
    display: 'Prescription/item cancellation requested by another prescriber',
  },
  'R-0010': {
    status: 'stopped',
    display: 'Prescription/item was not cancelled. Prescription has been not dispensed.',
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
  /** Of the service, for messages. */
  readonly endpoint: string;
  newId(): string;
}

interface Entry {
  readonly fullUrl: string;
  readonly resource: Json;
}

export function cancelResponse(cancelled: Cancelled): string {
  const bundle = new MessageBundle(parseLossless(cancelled.text));
  const request = bundle.entriesOf('MedicationRequest')[0] ?? { fullUrl: '', resource: {} };
  const roles = rolesOf(request.resource);
  const dispensing = dispenserEntries(cancelled);
  const patient = bundle.entriesOf('Patient').slice(0, 1);
  const answered = requestEntry(request, cancelled, { ...roles, performer: dispensing[0]?.fullUrl });
  const messageId = cancelled.newId();
  const focus = [...patient, answered].map(({ fullUrl }) => fullUrl);
  const header = headerEntry(bundle, cancelled, { messageId, focus });
  const entries = [header, answered, ...patient, ...peopleOf(bundle, roles), ...dispensing];
  return JSON.stringify({
    resourceType: 'Bundle',
    identifier: { system: MESSAGE_ID, value: messageId },
    type: 'message',
    timestamp: cancelled.timestamp,
    entry: inMessageOrder(entries).map(({ fullUrl, resource }) => ({ fullUrl, resource: withId(resource, fullUrl) })),
  });
}

interface Roles {
  /** Reference of whoever cancels. */
  readonly canceller: string;
  /** Reference of whoever had prescribed. */
  readonly prescriber: string;
}

/** An update is asked for by whoever cancels; who had prescribed is told where that is somebody else. */
function rolesOf(request: Json): Roles {
  const canceller = textAt(request, 'requester', 'reference');
  const responsible = textAt(extensionOf(request, RESPONSIBLE_PRACTITIONER), 'valueReference', 'reference');
  return { canceller, prescriber: responsible || canceller };
}

function headerEntry(
  bundle: MessageBundle,
  { endpoint, messageId: answers, newId }: Cancelled,
  { focus, messageId }: { focus: readonly string[]; messageId: string },
): Entry {
  const id = newId();
  const event = { code: 'prescription-order-response', display: 'Prescription Order Response' };
  const destination = prescriberOrganization(bundle).ods;
  return {
    fullUrl: `urn:uuid:${id}`,
    resource: spineHeader({ id, messageId, event, destination, endpoint, answers, focus }),
  };
}

function requestEntry(
  { fullUrl, resource }: Entry,
  cancelled: Cancelled,
  { canceller, performer, prescriber }: Roles & { readonly performer: string | undefined },
): Entry {
  const { status } = OUTCOMES[cancelled.outcome];
  const responsible = { url: RESPONSIBLE_PRACTITIONER, valueReference: { reference: canceller } };
  const dispenser = cancelled.dispenser;
  return {
    fullUrl,
    resource: {
      resourceType: 'MedicationRequest',
      extension: [statusHistory(cancelled.outcome, cancelled.timestamp), responsible],
      identifier: [{ system: LINE_ITEM, value: identifierOf(resource['identifier'], LINE_ITEM) }],
      status,
      intent: 'order',
      medicationCodeableConcept: { coding: [{ system: SNOMED, code: '763158003', display: 'Medicinal product' }] },
      subject: resource['subject'],
      requester: { reference: prescriber },
      groupIdentifier: { system: SHORT_FORM, value: textAt(resource, 'groupIdentifier', 'value') },
      ...(dispenser === null ? {} : { dispenseRequest: { performer: performerOf(dispenser, performer) } }),
    },
  };
}

/** What became of a cancellation, and when. */
export const statusHistory = (outcome: CancelOutcome, at: string): Json => ({
  url: HISTORY,
  extension: [
    { url: 'status', valueCoding: { system: STATUS_HISTORY, code: outcome, display: OUTCOMES[outcome].display } },
    { url: 'statusDate', valueDateTime: at },
  ],
});

function performerOf({ ods, name }: Dispenser, performer: string | undefined): Json {
  const extension =
    performer === undefined ? [] : [{ url: DISPENSING_PERFORMER, valueReference: { reference: performer } }];
  return {
    ...(extension.length === 0 ? {} : { extension }),
    identifier: { system: ODS_CODE, value: ods },
    ...(name === undefined ? {} : { display: name }),
  };
}

/** Both with person and organisation, as they were sent. */
function peopleOf(bundle: MessageBundle, { canceller, prescriber }: Roles): readonly Entry[] {
  const wanted = [canceller, prescriber].flatMap((reference) => {
    const role = bundle.find(reference);
    const person = bundle.find(textAt(role, 'practitioner', 'reference'));
    return [person, role, organizationOfRole(bundle, role), bundle.find(textAt(role, 'organization', 'reference'))];
  });
  return bundle.entries.filter(({ resource }) => wanted.includes(resource));
}

/** Role, person and organisation, with addresses of their own. */
function dispenserEntries({ dispenser, newId }: Cancelled): readonly Entry[] {
  if (dispenser?.performer === undefined) return [];
  const [roleUrl, personUrl, organizationUrl] = [newId(), newId(), newId()].map((id) => `urn:uuid:${id}`);
  if (roleUrl === undefined || personUrl === undefined || organizationUrl === undefined) return [];
  const role = objectIn(JSON.parse(dispenser.performer));
  const organization =
    dispenser.resource === undefined
      ? { resourceType: 'Organization', identifier: [{ system: ODS_CODE, value: dispenser.ods }] }
      : objectIn(JSON.parse(dispenser.resource));
  const references = { practitioner: { reference: personUrl }, organization: { reference: organizationUrl } };
  return [
    { fullUrl: roleUrl, resource: { ...role, ...references } },
    { fullUrl: personUrl, resource: personOf(at(role, 'practitioner')) },
    { fullUrl: organizationUrl, resource: organization },
  ];
}

/** A dispenser's role names its person only by number and name. */
function personOf(practitioner: unknown): Json {
  const [value, text] = [textAt(practitioner, 'identifier', 'value'), textAt(practitioner, 'display')];
  return {
    resourceType: 'Practitioner',
    ...(value === '' ? {} : { identifier: [{ system: PROFESSIONAL_CODE, value }] }),
    ...(text === '' ? {} : { name: [{ text }] }),
  };
}
