/** The messages of the plays: as small as the readers of the service accept them, and the same each time they are sent. */
import { checkedPrescriptionId } from '../../../src/nhs/prescription-id.ts';
import { order } from '../../support/prescription-order.ts';

const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const CODES = 'https://fhir.nhs.uk/CodeSystem/';
const IDS = 'https://fhir.nhs.uk/Id/';
const MESSAGE = 'https://tools.ietf.org/html/rfc4122';

/** Without its check character. */
export const shortStem = (n: number): string => `24F5D${n}-A83008-7EFE6`;
export const shortId = (n: number): string => checkedPrescriptionId(shortStem(n));
export const itemOf = (n: number): string => `2b1e0a6f-1c5e-4a11-9d35-00000000000${n}`;

/** A day more than the next issue is offered before it is due. */
const SUPPLY_DAYS = 8;

/** Of which patient, when, and for whom. */
export interface OrderWish {
  readonly nhsNumber: string;
  readonly now: number;
  readonly nominated?: string;
  /** Repeat dispensing with so many repeats. */
  readonly repeats?: number;
  readonly messageId?: string;
}

export function orderOf(n: number, { messageId = `order-${n}`, nhsNumber, nominated, now, repeats }: OrderWish) {
  const authoredOn = `${new Date(now).toISOString().slice(0, 19)}+00:00`;
  const message = order({
    nhsNumber,
    shortId: shortId(n),
    messageId,
    items: [itemOf(1), itemOf(2)],
    authoredOn,
    ...(nominated === undefined ? {} : { nominated }),
    ...(repeats === undefined
      ? {}
      : { course: 'continuous-repeat-dispensing' as const, repeatsAllowed: repeats, daysSupply: SUPPLY_DAYS }),
  });
  const requester = message.entry[1]?.resource['requester'];
  const signature = [{ when: authoredOn, who: requester, data: 'c2lnbmVk' }];
  message.entry.push({ fullUrl: 'urn:uuid:provenance', resource: { resourceType: 'Provenance', signature } });
  return message as typeof message & { identifier: { value: string } };
}

export function cancelOf(n: number, which: number, wish: OrderWish) {
  const message = orderOf(n, wish);
  message.identifier.value = `cancel-${n}-${which}`;
  message.entry = message.entry.filter(
    ({ fullUrl }) => !fullUrl.includes('-00000000000') || fullUrl.endsWith(itemOf(which)),
  );
  return message;
}

const role = {
  resourceType: 'PractitionerRole',
  id: 'performer',
  practitioner: { identifier: { system: `${IDS}sds-user-id`, value: '3415870201' } },
  telecom: [{ system: 'phone', value: '1', use: 'work' }],
};

const pharmacy = (ods: string) => ({
  resourceType: 'Organization',
  id: 'organization',
  identifier: [{ system: `${IDS}ods-organization-code`, value: ods }],
  name: `Pharmacy ${ods}`,
});

/** By its id, or out of the queue. */
export const releaseOf = (ods: string, n?: number) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'owner', resource: pharmacy(ods) },
    { name: 'status', valueCode: 'accepted' },
    { name: 'agent', resource: role },
    ...(n === undefined ? [] : [{ name: 'group-identifier', valueIdentifier: { value: shortId(n) } }]),
  ],
});

const group = (n: number) => ({ system: `${IDS}prescription-order-number`, value: shortId(n) });
const patient = (nhsNumber: string) => ({ identifier: { system: `${IDS}nhs-number`, value: nhsNumber } });

interface TaskWish {
  readonly nhsNumber: string;
  readonly ods: string;
  readonly messageId: string;
  /** The notification that is taken back; none: the prescription is returned. */
  readonly notification?: string;
}

export function taskOf(n: number, { messageId, nhsNumber, notification, ods }: TaskWish) {
  const withdraws = notification !== undefined;
  const reasons = `${CODES}EPS-task-dispense-${withdraws ? 'withdraw' : 'return-status'}-reason`;
  return {
    resourceType: 'Task',
    identifier: [{ system: MESSAGE, value: messageId }],
    contained: [role],
    requester: { reference: '#performer' },
    owner: { identifier: { system: `${IDS}ods-organization-code`, value: ods } },
    groupIdentifier: group(n),
    for: patient(nhsNumber),
    intent: 'order',
    status: withdraws ? 'in-progress' : 'rejected',
    statusReason: { coding: [{ system: reasons, code: withdraws ? 'QU' : '0002' }] },
    ...(withdraws
      ? {
          code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
          focus: { identifier: { system: MESSAGE, value: notification } },
        }
      : {}),
  };
}

const replacing = (replaces: string | undefined) =>
  replaces === undefined
    ? {}
    : { extension: [{ url: `${STRUCTURE}Extension-replacementOf`, valueIdentifier: { value: replaces } }] };

export interface DispenseWish {
  readonly nhsNumber: string;
  readonly messageId: string;
  readonly status: string;
  /** Of the items, in their order. */
  readonly items: readonly string[];
  readonly replaces?: string;
}

export function dispenseOf(n: number, { items, messageId, nhsNumber, replaces, status }: DispenseWish) {
  const dispense = (type: string, index: number) => ({
    resourceType: 'MedicationDispense',
    extension: [{ url: `${STRUCTURE}Extension-EPS-TaskBusinessStatus`, valueCoding: { code: status } }],
    identifier: [{ system: `${IDS}prescription-dispense-item-number`, value: `${messageId}-${index}` }],
    contained: [
      {
        resourceType: 'MedicationRequest',
        id: 'm1',
        identifier: [{ system: `${IDS}prescription-order-item-number`, value: itemOf(index + 1) }],
        groupIdentifier: group(n),
      },
    ],
    subject: patient(nhsNumber),
    authorizingPrescription: [{ reference: '#m1' }],
    type: { coding: [{ code: type }] },
  });
  return {
    resourceType: 'Bundle',
    identifier: { system: MESSAGE, value: messageId },
    type: 'message',
    entry: [
      { fullUrl: 'urn:uuid:header', resource: { resourceType: 'MessageHeader', ...replacing(replaces) } },
      ...items.map((type, index) => ({ fullUrl: `urn:uuid:dispense-${index}`, resource: dispense(type, index) })),
      { fullUrl: 'urn:uuid:organization', resource: pharmacy('FA565') },
    ],
  };
}

interface ClaimWish {
  readonly nhsNumber: string;
  readonly messageId: string;
  readonly replaces?: string;
}

export function claimOf(n: number, { messageId, nhsNumber, replaces }: ClaimWish) {
  const detail = [1, 2].map((which) => ({
    extension: [
      {
        url: `${STRUCTURE}Extension-ClaimMedicationRequestReference`,
        valueReference: { identifier: { system: `${IDS}prescription-order-item-number`, value: itemOf(which) } },
      },
    ],
    programCode: [{ coding: [{ system: `${CODES}medicationdispense-endorsement`, code: 'NDEC' }] }],
  }));
  const named = {
    url: `${STRUCTURE}Extension-DM-GroupIdentifier`,
    extension: [{ url: 'shortForm', valueIdentifier: group(n) }],
  };
  return {
    resourceType: 'Claim',
    ...replacing(replaces),
    identifier: [{ system: MESSAGE, value: messageId }],
    contained: [role, pharmacy('FA565')],
    provider: { reference: '#performer' },
    patient: patient(nhsNumber),
    insurance: [{ coverage: { identifier: { value: 'T1450' } } }],
    prescription: { extension: [named] },
    item: [{ detail }],
  };
}
