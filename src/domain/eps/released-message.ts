/** The order as a dispenser is handed it: the prescriber's resources as they were sent, with what has become of them since. */
import { parseLossless } from '../../fhir/lossless-json.ts';
import type { OrderFacts } from './prescription-state.ts';
import { HISTORY, statusHistory } from './cancel-response.ts';
import { instant } from '../../fhir/bundle.ts';
import type { Released, ReleasedItem } from './release.ts';
import { cancelReason } from './tracker/words.ts';
import { inMessageOrder, spineHeader, withId } from './spine-header.ts';
import { EPS_REPEAT, LINE_ITEM, MESSAGE_ID, UK_REPEAT } from './wire/codes.ts';
import { at, identifierOf, objectIn, objectsIn, textAt } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';

const DISPENSING_INFORMATION = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-DispensingInformation';
const DISPENSE_TYPE = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type';

const DISPLAYS: Readonly<Record<string, string>> = {
  '0001': 'Item fully dispensed',
  '0002': 'Item not dispensed',
  '0003': 'Item dispensed - partial',
  '0004': 'Item not dispensed owing',
  '0005': 'Item cancelled',
  '0006': 'Expired',
  '0007': 'Item to be dispensed',
  '0008': 'Item with dispenser',
};

/** FHIR status of a request, by the status of its item. */
export const REQUEST_STATUS: Readonly<Record<string, string>> = {
  '0001': 'completed',
  '0002': 'stopped',
  '0003': 'active',
  '0004': 'active',
  '0005': 'cancelled',
  '0006': 'stopped',
  '0007': 'active',
  '0008': 'active',
};

export interface Handed {
  readonly orderText: string;
  readonly order: OrderFacts;
  readonly released: Released;
  /** Of the release, as the client named it. */
  readonly releaseId: string;
  /** Who asked. */
  readonly dispenser: { readonly ods: string };
  /** Of the service, for messages. */
  readonly endpoint: string;
  /** FHIR instant. */
  readonly timestamp: string;
}

/** The inner message as JSON; numbers keep their letters. */
export function releasedMessage(handed: Handed): string {
  const bundle = new MessageBundle(parseLossless(handed.orderText));
  const focus = [...bundle.entriesOf('Patient'), ...bundle.entriesOf('MedicationRequest')].map(
    ({ fullUrl }) => fullUrl,
  );
  const entries = bundle.entries.map(({ fullUrl, resource }) => ({
    fullUrl,
    resource: withId(handedResource({ resource, fullUrl, focus }, handed), fullUrl),
  }));
  return JSON.stringify({
    resourceType: 'Bundle',
    id: releasedId(handed.order),
    meta: { lastUpdated: handed.timestamp },
    identifier: { system: MESSAGE_ID, value: handed.order.messageId },
    timestamp: handed.timestamp,
    type: 'message',
    entry: inMessageOrder(entries),
  });
}

/** By which the whole is named among what a release hands out. */
export const releasedId = ({ longId, messageId }: Pick<OrderFacts, 'longId' | 'messageId'>): string =>
  longId || messageId;

interface Sent {
  readonly resource: Json;
  readonly fullUrl: string;
  readonly focus: readonly string[];
}

function handedResource({ focus, fullUrl, resource }: Sent, handed: Handed): Json {
  switch (resource['resourceType']) {
    case 'MessageHeader':
      return header(resource, focus, handed);
    case 'MedicationRequest':
      return request(resource, handed, fullUrl);
    default:
      return resource;
  }
}

/** The service hands it out, not the prescriber. */
function header(resource: Json, focus: readonly string[], handed: Handed): Json {
  const { dispenser, endpoint, order, released, releaseId } = handed;
  return spineHeader({
    id: textAt(resource, 'id') || order.messageId,
    messageId: order.messageId,
    event: { code: 'prescription-order', display: 'Prescription Order' },
    destination: released.nominated ?? dispenser.ods,
    endpoint,
    answers: releaseId,
    focus,
  });
}

function request(resource: Json, { order, released }: Handed, fullUrl: string): Json {
  const id = identifierOf(resource['identifier'], LINE_ITEM).toLowerCase();
  const item = released.items[order.items.findIndex((one) => one.id === id)];
  const status = item?.status ?? '0007';
  const repeats = order.treatmentType === '0003' || order.repeatsAllowed > 0;
  const kept = objectsIn(resource['extension']).filter(
    ({ url }) => url !== DISPENSING_INFORMATION && url !== UK_REPEAT && url !== HISTORY,
  );
  const allowed = order.treatmentType === '0003' ? order.issues - 1 : order.repeatsAllowed;
  return {
    ...resource,
    extension: [
      ...kept,
      ...(repeats ? [repeatsOf(resource, released.issue)] : []),
      dispensingInformation(status),
      ...cancellation(item),
    ],
    ...(repeats ? { basedOn: [basedOn(resource, { fullUrl, issued: released.issue - 1, allowed })] } : {}),
    status: REQUEST_STATUS[status] ?? 'active',
    ...(item?.cancelReason === undefined ? {} : { statusReason: { coding: [cancelReason(item.cancelReason)] } }),
    intent: order.treatmentType === '0003' ? 'reflex-order' : 'order',
    dispenseRequest: { ...objectIn(resource['dispenseRequest']), numberOfRepeatsAllowed: allowed },
  };
}

/** An item that was cancelled before is handed out with the rest, and told as cancelled. */
function cancellation(item: ReleasedItem | undefined): readonly Json[] {
  return item?.cancelledAt === undefined ? [] : [statusHistory('R-0001', instant(item.cancelledAt))];
}

/** The prescriber's own words about repeats, and which issue this is. */
function repeatsOf(resource: Json, issue: number): Json {
  const known = objectsIn(resource['extension']).find(({ url }) => url === UK_REPEAT);
  const kept = objectsIn(known?.['extension']).filter(({ url }) => url !== 'numberOfPrescriptionsIssued');
  return { url: UK_REPEAT, extension: [...kept, { url: 'numberOfPrescriptionsIssued', valueUnsignedInt: issue }] };
}

interface Based {
  readonly fullUrl: string;
  readonly issued: number;
  readonly allowed: number;
}

function basedOn(resource: Json, { fullUrl, issued, allowed }: Based): Json {
  const known = objectIn(at(resource, 'basedOn', 0));
  const counts = [
    { url: 'numberOfRepeatsAllowed', valueInteger: allowed },
    { url: 'numberOfRepeatsIssued', valueInteger: issued },
  ];
  const reference = textAt(known, 'reference') === '' ? fullUrl : textAt(known, 'reference');
  return { ...known, reference, extension: [{ url: EPS_REPEAT, extension: counts }] };
}

function dispensingInformation(status: string): Json {
  const valueCoding = { system: DISPENSE_TYPE, code: status, display: DISPLAYS[status] ?? '' };
  return { url: DISPENSING_INFORMATION, extension: [{ url: 'dispenseStatus', valueCoding }] };
}
