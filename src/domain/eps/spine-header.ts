/** The header of a message that the service itself sends: what answers an update, and what a dispenser is handed. */
import { MESSAGE_ID, ODS_CODE } from './wire/codes.ts';
import type { Json } from './wire/json.ts';

const MESSAGE_HEADER_ID = 'https://fhir.nhs.uk/StructureDefinition/Extension-MessageHeader-messageId';
const SPINE = { identifier: { system: ODS_CODE, value: 'X2601' }, display: 'NHS Digital Spine' };

export interface SpineMessage {
  /** Of the header. */
  readonly id: string;
  /** Of the whole message. */
  readonly messageId: string;
  readonly event: { readonly code: string; readonly display: string };
  /** ODS code of whom it is for. */
  readonly destination: string;
  /** Where messages like this one are sent to. */
  readonly endpoint: string;
  /** Id of the message that this one answers. */
  readonly answers: string;
  readonly focus: readonly string[];
}

export function spineHeader({ answers, destination, endpoint, event, focus, id, messageId }: SpineMessage): Json {
  const receiver = { identifier: { system: ODS_CODE, value: destination } };
  return {
    resourceType: 'MessageHeader',
    id,
    extension: [{ url: MESSAGE_HEADER_ID, valueIdentifier: { system: MESSAGE_ID, value: messageId } }],
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', ...event },
    destination: [{ endpoint: `urn:nhs-uk:addressing:ods:${destination}`, receiver }],
    sender: SPINE,
    source: { name: 'NHS Spine', endpoint },
    response: { identifier: answers, code: 'ok' },
    focus: focus.filter((url) => url !== '').map((reference) => ({ reference })),
  };
}

const UUID_URL = /^urn:uuid:(.+)$/;

/** Resources of such a message carry the id by which its references name them. */
export function withId(resource: Json, fullUrl: string): Json {
  const { id: sent, resourceType, ...rest } = resource;
  const id = UUID_URL.exec(fullUrl)?.[1] ?? sent;
  return { resourceType, ...(id === undefined ? {} : { id }), ...rest };
}

/** In this order; what is not named here stands before the signature. */
const ORDER = [
  'MessageHeader',
  'MedicationRequest',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'HealthcareService',
  'Location',
];

const rank = ({ resourceType }: Json): number => {
  const place = typeof resourceType === 'string' ? ORDER.indexOf(resourceType) : -1;
  if (resourceType === 'Provenance') return ORDER.length + 1;
  return place === -1 ? ORDER.length : place;
};

/** Entries by the type of their resource, those of one type as they were. */
export const inMessageOrder = <Entry extends { readonly resource: Json }>(entries: readonly Entry[]): Entry[] =>
  entries.toSorted((one, other) => rank(one.resource) - rank(other.resource));
