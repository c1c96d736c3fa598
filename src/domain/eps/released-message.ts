/** The order as a dispenser is handed it: the prescriber's resources as they were sent, with what has become of them since. */
import { parseLossless } from '../../fhir/lossless-json.ts';
import type { OrderFacts } from './prescription-state.ts';
import type { Released } from './release.ts';
import { EPS_REPEAT, LINE_ITEM, MESSAGE_ID, ODS_CODE, UK_REPEAT } from './wire/codes.ts';
import { at, identifierOf, objectIn, objectsIn, textAt, textIn } from './wire/json.ts';
import type { Json } from './wire/json.ts';
import { MessageBundle } from './wire/message-bundle.ts';

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
const DISPENSING_INFORMATION = 'https://fhir.nhs.uk/StructureDefinition/Extension-EPS-DispensingInformation';
const DISPENSE_TYPE = 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type';

const DISPLAYS: Readonly<Record<string, string>> = {
  '0001': 'Item fully dispensed',
  '0002': 'Item not dispensed',
  '0003': 'Item dispensed - partial',
  '0004': 'Item not dispensed owing',
  '0005': 'Item Cancelled',
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
  /** ODS code and name of who asked. */
  readonly dispenser: { readonly ods: string; readonly name?: string };
  /** FHIR instant. */
  readonly timestamp: string;
}

/** The inner message as JSON; numbers keep their letters. */
export function releasedMessage(handed: Handed): string {
  const bundle = new MessageBundle(parseLossless(handed.orderText));
  const rank = (type: string) => {
    const place = ORDER.indexOf(type);
    if (type === 'Provenance') return ORDER.length + 1;
    return place === -1 ? ORDER.length : place;
  };
  const entries = bundle.entries
    .map(({ fullUrl, resource }) => ({ fullUrl, resource: handedResource(resource, handed, fullUrl) }))
    .toSorted((a, b) => rank(textIn(a.resource['resourceType'])) - rank(textIn(b.resource['resourceType'])));
  return JSON.stringify({
    resourceType: 'Bundle',
    id: handed.order.longId || handed.order.messageId,
    meta: { lastUpdated: handed.timestamp },
    identifier: { system: MESSAGE_ID, value: handed.order.messageId },
    timestamp: handed.timestamp,
    type: 'message',
    entry: entries,
  });
}

function handedResource(resource: Json, handed: Handed, fullUrl: string): Json {
  switch (resource['resourceType']) {
    case 'MessageHeader':
      return header(resource, handed);
    case 'MedicationRequest':
      return request(resource, handed, fullUrl);
    default:
      return resource;
  }
}

function header(resource: Json, { dispenser, released, releaseId }: Handed): Json {
  const ods = released.nominated ?? dispenser.ods;
  const receiver = {
    identifier: { system: ODS_CODE, value: ods },
    ...(ods === dispenser.ods && dispenser.name !== undefined ? { display: dispenser.name } : {}),
  };
  const destination = [{ endpoint: `urn:nhs-uk:addressing:ods:${ods}`, receiver }];
  return { ...resource, destination, response: { identifier: releaseId, code: 'ok' } };
}

function request(resource: Json, { order, released }: Handed, fullUrl: string): Json {
  const id = identifierOf(resource['identifier'], LINE_ITEM).toLowerCase();
  const status = released.items[order.items.findIndex((item) => item.id === id)]?.status ?? '0007';
  const repeats = order.treatmentType === '0003' || order.repeatsAllowed > 0;
  const kept = objectsIn(resource['extension']).filter(
    ({ url }) => url !== DISPENSING_INFORMATION && url !== UK_REPEAT,
  );
  const allowed = order.treatmentType === '0003' ? order.issues - 1 : order.repeatsAllowed;
  return {
    ...resource,
    extension: [...kept, ...(repeats ? [repeatsOf(resource, released.issue)] : []), dispensingInformation(status)],
    ...(repeats ? { basedOn: [basedOn(resource, { fullUrl, issued: released.issue - 1, allowed })] } : {}),
    status: REQUEST_STATUS[status] ?? 'active',
    intent: order.treatmentType === '0003' ? 'reflex-order' : 'order',
    dispenseRequest: { ...objectIn(resource['dispenseRequest']), numberOfRepeatsAllowed: allowed },
  };
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
