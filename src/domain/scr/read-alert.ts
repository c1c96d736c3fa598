/** POST /AuditEvent: an alert to a privacy officer, checked in the live order. */
import type { AuditEvent, AuditEventAgent, Coding } from 'fhir/r4';
import { resourceFault } from '../../fhir/strict-resource.ts';
import { isNhsNumber } from '../../nhs/nhs-number.ts';
import { invalid } from './refusals.ts';
import type { ScrRefusal } from './refusals.ts';

const MESSAGE = 'https://fhir.nhs.uk/StructureDefinition/Extension-SCR-NotificationMessage';
const TYPE = 'https://fhir.nhs.uk/CodeSystem/SCR-AlertType';
const REASON = 'https://fhir.nhs.uk/CodeSystem/SCR-AlertReason';
const PATIENT = 'https://fhir.nhs.uk/Id/nhs-number';
const ORGANIZATION = 'https://fhir.nhs.uk/Id/ods-organization-code';
const USER = 'https://fhir.nhs.uk/Id/sds-user-id';

const TYPES = ['1', '2'];
const REASONS = ['1', '2', '3', '4', '5', '6'];
/** `type/reason` pairs that contradict themselves. */
const IMPOSSIBLE = new Set(['1/5', '2/4', '2/6']);

export interface ReadAlert {
  readonly kind: 'alert';
  readonly nhsNumber: string;
  readonly organization: string;
  readonly event: AuditEvent;
}

export function readAlert(body: unknown): ReadAlert | ScrRefusal {
  const malformed = resourceFault(body, 'AuditEvent');
  if (malformed !== null) return invalid(malformed);
  // Safe: the strict reading above is what makes it one.
  const event = body as AuditEvent;
  const fault = headFault(event) ?? typeFault(event) ?? reasonFault(event) ?? contentFault(event);
  if (fault !== null) return invalid(fault);
  const patient = theAgent(event, PATIENT);
  if (typeof patient === 'string') return invalid(patient);
  const organization = theAgent(event, ORGANIZATION);
  if (typeof organization === 'string') return invalid(organization);
  const user = userFault(event);
  if (user !== null) return invalid(user);
  const nhsNumber = patient.who?.identifier?.value ?? '';
  if (!isNhsNumber(nhsNumber)) return invalid(`Invalid value - ${nhsNumber} in field 'NHS_NUMBER'`);
  return { kind: 'alert', nhsNumber, organization: organization.who?.identifier?.value ?? '', event };
}

function headFault({ extension, id }: AuditEvent): string | null {
  if (id === undefined) return "'id' element is missing'";
  const messages = (extension ?? []).filter(({ url }) => url === MESSAGE);
  const [message] = messages;
  if (message === undefined || messages.length > 1)
    return `Expecting exactly one 'extension' element with URL: '${MESSAGE}'`;
  return typeof message.valueString === 'string' ? null : `'valueString' for 'extension' '${MESSAGE}' is missing`;
}

function typeFault({ type }: Partial<AuditEvent>): string | null {
  if (type?.system !== TYPE) return `'Type' element for '${TYPE}' system missing`;
  if (!TYPES.includes(type.code ?? '')) {
    return `Invalid or missing value in field 'type.code'. Supported values are: ${TYPES.join(', ')}`;
  }
  return type.display === undefined ? "Missing value 'type.display'" : null;
}

function reasonFault({ subtype, type }: AuditEvent): string | null {
  const [reason, second] = subtype ?? [];
  if (reason === undefined || second !== undefined) return "Expecting exactly one 'subtype' element";
  if (reason.system !== REASON) {
    return `Invalid or missing value in field 'subtype.system'. Supported value is: ${REASON}`;
  }
  if (!REASONS.includes(reason.code ?? '')) {
    return `Invalid or missing value in field 'subtype.code'. Supported values are: ${REASONS.join(', ')}`;
  }
  return reason.display === undefined ? "Missing value 'subtype.display'" : pairFault(type, reason);
}

const pairFault = ({ code: type = '' }: Coding, { code: reason = '' }: Coding): string | null =>
  IMPOSSIBLE.has(`${type}/${reason}`)
    ? `Invalid combination of alert type '${type}' and alert subtype '${reason}'.`
    : null;

function contentFault({ entity, recorded }: Partial<AuditEvent>): string | null {
  if (recorded === undefined) return "'recorded' element missing";
  const [subject, second] = entity ?? [];
  if (subject === undefined || second !== undefined) return "Expecting exactly one 'entity' element";
  return subject.what?.identifier?.value === undefined
    ? "Invalid or missing value in field 'entity.what.identifier.value'"
    : null;
}

/** The one agent with an identifier of that system, or what is wrong. */
function theAgent({ agent }: Partial<AuditEvent>, system: string): AuditEventAgent | string {
  const found = (agent ?? []).filter(
    ({ who }) => who?.identifier?.system === system && who.identifier.value !== undefined,
  );
  const named = `'who.identifier.system' '${system}'`;
  if (found.some(({ requestor }: Partial<AuditEventAgent>) => requestor ?? true)) {
    return `Missing or unsupported 'requestor' value for 'agent' with ${named}`;
  }
  const [only, second] = found;
  if (only === undefined) return `Missing 'agent' entry with ${named} and non-empty 'value'`;
  return second === undefined ? only : `Expecting exactly one 'agent' entry with ${named} and non-empty 'value'`;
}

function userFault(event: AuditEvent): string | null {
  const user = theAgent(event, USER);
  if (typeof user === 'string') return user;
  const roles = user.role ?? [];
  if (roles.length === 0) return `Expecting at least one 'role' for 'agent' entry with system ${USER}`;
  const empty = roles.some(({ coding, text }) => text === undefined && (coding ?? []).length === 0);
  return empty ? `Expecting at least one non empty 'role' for 'agent' entry with system ${USER}` : null;
}

/** The alert with the calling system named as its source where the caller named none. */
export function withSource(event: AuditEvent, asid: string | undefined): AuditEvent {
  const source = event.source as AuditEvent['source'] | undefined;
  if (asid === undefined || source?.observer?.identifier !== undefined) return event;
  const identifier = { system: 'https://fhir.nhs.uk/Id/nhsSpineASID', value: asid };
  return { ...event, source: { ...source, observer: { ...source?.observer, identifier } } };
}
