/** Messages of the prescription scenarios: an order of two items, its signature, and what follows it in a pharmacy. */
import { randomUUID } from 'node:crypto';
import { newRequestId } from '../request-ids.ts';
import type { Signer } from './eps-signer.ts';
import { type BenchRequest, type Preparation, TargetNotReady } from './scenario.ts';

const BASE = '/electronic-prescriptions/FHIR/R4';
const HEADERS = 'Content-Type: application/fhir+json\r\n';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const ITEM = 'https://fhir.nhs.uk/Id/prescription-order-item-number';
const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const ROLE = 'urn:uuid:56166769-c1c4-4d07-afa8-132b5dfca666';
const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+';

/** One prescription on its way through its life. */
export interface Rx {
  readonly shortId: string;
  readonly longId: string;
  readonly nhsNumber: string;
  readonly pharmacy: string;
  readonly items: readonly string[];
}

let serial = Math.floor(Math.random() * 0xff_ff_ff);

/** Written again here, not taken from the product. */
function checkCharacter(stem: string): string {
  const plain = stem.replaceAll('-', '');
  let total = 0;
  for (let i = 0; i < plain.length; i++) total += CHARACTERS.indexOf(plain.charAt(i)) * 2 ** (17 - i);
  return CHARACTERS.charAt((38 - (total % 37)) % 37);
}

export function newRx(nhsNumber: string, pharmacy: string): Rx {
  serial += 1;
  const random = randomUUID().replaceAll('-', '').toUpperCase();
  const stem = `${(serial & 0xff_ff_ff).toString(16).toUpperCase().padStart(6, '0')}-A83008-${random.slice(0, 5)}`;
  const items = [randomUUID(), randomUUID()];
  return { shortId: stem + checkCharacter(stem), longId: randomUUID(), nhsNumber, pharmacy, items };
}

function request(path: string, body: unknown, keepBody: boolean): BenchRequest {
  return {
    method: 'POST',
    path: `${BASE}${path}`,
    requestId: newRequestId(),
    headers: HEADERS,
    body: JSON.stringify(body),
    keepBody,
  };
}

const organization = (ods: string, name: string) => ({
  resourceType: 'Organization',
  id: 'organization',
  identifier: [{ system: ODS, value: ods }],
  name,
  address: [{ use: 'work', line: ['17 Mill Lane'], city: 'LEEDS', postalCode: 'LS1 6AE' }],
  telecom: [{ system: 'phone', use: 'work', value: '01130000000' }],
});

function medicationRequest({ shortId, longId, pharmacy, items }: Rx, index: number) {
  const names = ['Amoxicillin 250mg capsules', 'Paracetamol 500mg soluble tablets'];
  const authored = new Date().toISOString().slice(0, 10);
  return {
    resourceType: 'MedicationRequest',
    extension: [
      {
        url: `${STRUCTURE}Extension-DM-PrescriptionType`,
        valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/prescription-type', code: '0101' },
      },
    ],
    identifier: [{ system: ITEM, value: items[index] }],
    status: 'active',
    intent: 'order',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/medicationrequest-category', code: 'community' }] },
    ],
    medicationCodeableConcept: {
      coding: [{ system: 'http://snomed.info/sct', code: `3973231100000110${index}`, display: names[index] }],
    },
    subject: { reference: 'urn:uuid:patient' },
    authoredOn: authored,
    requester: { reference: ROLE },
    groupIdentifier: {
      extension: [
        {
          url: `${STRUCTURE}Extension-DM-PrescriptionId`,
          valueIdentifier: { system: 'https://fhir.nhs.uk/Id/prescription', value: longId },
        },
      ],
      system: 'https://fhir.nhs.uk/Id/prescription-order-number',
      value: shortId,
    },
    courseOfTherapyType: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy', code: 'acute' }],
    },
    dosageInstruction: [{ text: 'One capsule three times a day for ten days' }],
    dispenseRequest: {
      extension: [
        {
          url: `${STRUCTURE}Extension-DM-PerformerSiteType`,
          valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/dispensing-site-preference', code: 'P1' },
        },
      ],
      quantity: { value: 30, unit: 'capsule', system: 'http://snomed.info/sct', code: '428641000' },
      performer: { identifier: { system: ODS, value: pharmacy } },
    },
    substitution: { allowedBoolean: false },
  };
}

const practitionerRole = {
  resourceType: 'PractitionerRole',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '200102238987' }],
  practitioner: { reference: 'urn:uuid:practitioner' },
  organization: { reference: 'urn:uuid:organization' },
  code: [
    {
      coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode', code: 'S8000:G8000:R8000' }],
    },
  ],
  telecom: [{ system: 'phone', value: '01234567890', use: 'work' }],
};

/** The message that is prepared, and then sent with its signature. */
function orderMessage(rx: Rx) {
  const entry = (id: string, resource: unknown) => ({ fullUrl: `urn:uuid:${id}`, resource });
  return {
    resourceType: 'Bundle',
    id: rx.longId,
    identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: rx.longId },
    type: 'message',
    entry: [
      entry('header', {
        resourceType: 'MessageHeader',
        eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'prescription-order' },
        sender: { identifier: { system: ODS, value: 'A83008' } },
        source: { endpoint: 'urn:nhs-uk:addressing:ods:A83008' },
      }),
      ...rx.items.map((id, index) => entry(id, medicationRequest(rx, index))),
      entry('patient', {
        resourceType: 'Patient',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: rx.nhsNumber }],
        name: [{ use: 'usual', family: 'BENCH', given: ['ANN'] }],
        gender: 'female',
        birthDate: '1970-04-05',
        address: [{ use: 'home', line: ['1 High Street'], city: 'LEEDS', postalCode: 'LS1 1AA' }],
        generalPractitioner: [{ identifier: { system: ODS, value: 'A83008' } }],
      }),
      entry('practitioner', {
        resourceType: 'Practitioner',
        identifier: [
          { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '555086689106' },
          { system: 'https://fhir.hl7.org.uk/Id/gmc-number', value: '6095103' },
        ],
        name: [{ family: 'BOIN', given: ['C'], prefix: ['DR'] }],
      }),
      { fullUrl: ROLE, resource: practitionerRole },
      entry('organization', {
        ...organization('A83008', 'HALL PRACTICE'),
        partOf: { identifier: { system: ODS, value: '84H' }, display: 'COUNTY GROUP' },
      }),
    ],
  };
}

export const prepareRequest = (rx: Rx): BenchRequest => request('/$prepare', orderMessage(rx), true);

export interface Digest {
  readonly digest: string;
  readonly timestamp: string;
}

/** What `$prepare` answered; null where it did not. */
export function digestIn(body: Buffer | null): Digest | null {
  const { parameter } = JSON.parse(body?.toString('utf8') || '{}') as {
    parameter?: { name: string; valueString?: string }[];
  };
  const named = (name: string) => parameter?.find((one) => one.name === name)?.valueString;
  const [digest, timestamp] = [named('digest'), named('timestamp')];
  return digest === undefined || timestamp === undefined ? null : { digest, timestamp };
}

export function orderRequest(rx: Rx, { digest, timestamp }: Digest, signer: Signer): BenchRequest {
  const message = orderMessage(rx);
  const provenance = {
    resourceType: 'Provenance',
    signature: [{ who: { reference: ROLE }, when: timestamp, data: signer.sign(digest) }],
  };
  const entry = [...message.entry, { fullUrl: 'urn:uuid:provenance', resource: provenance }];
  return request('/$process-message', { ...message, entry }, false);
}

/** The prescriber takes one item back. */
export function cancelRequest(rx: Rx, index: number): BenchRequest {
  const message = orderMessage(rx);
  const reason = { system: 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-reason', code: '0001' };
  const entry = message.entry
    .filter(({ fullUrl }) => !rx.items.some((id, other) => other !== index && fullUrl === `urn:uuid:${id}`))
    .map(({ fullUrl, resource }) => {
      const { resourceType } = resource as { resourceType: string };
      if (resourceType === 'MedicationRequest')
        return {
          fullUrl,
          resource: { ...medicationRequest(rx, index), status: 'cancelled', statusReason: { coding: [reason] } },
        };
      if (resourceType !== 'MessageHeader') return { fullUrl, resource };
      const event = { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'prescription-order-update' };
      return { fullUrl, resource: { ...(resource as object), eventCoding: event } };
    });
  const identifier = { ...message.identifier, value: randomUUID() };
  return request('/$process-message', { ...message, identifier, entry }, true);
}

/** What trackers tell of a prescription. */
export const trackRequest = ({ shortId }: Rx): BenchRequest => ({
  method: 'GET',
  path: `${BASE}/Task?focus:identifier=${encodeURIComponent(shortId)}`,
  requestId: newRequestId(),
  headers: HEADERS,
  body: '',
  keepBody: true,
});

const agent = (reference: string) => ({
  ...practitionerRole,
  id: 'performer',
  practitioner: {
    identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '3415870201' },
    display: 'A Clark',
  },
  organization: { reference },
});

/** By its id, or `null`: what waits in the queue. */
export function releaseRequest(pharmacy: string, shortId: string | null): BenchRequest {
  const group = { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: shortId };
  const parameter = [
    { name: 'owner', resource: organization(pharmacy, `Pharmacy ${pharmacy}`) },
    { name: 'status', valueCode: 'accepted' },
    { name: 'agent', resource: agent('#organization') },
    ...(shortId === null ? [] : [{ name: 'group-identifier', valueIdentifier: group }]),
  ];
  return request('/Task/$release', { resourceType: 'Parameters', id: randomUUID(), parameter }, true);
}

const coded = (system: string, code: string) => ({
  coding: [{ system: `https://fhir.nhs.uk/CodeSystem/${system}`, code }],
});
const DISPENSED = {
  url: `${STRUCTURE}Extension-EPS-TaskBusinessStatus`,
  valueCoding: { system: 'https://fhir.nhs.uk/CodeSystem/EPS-task-business-status', code: '0006' },
};

export function dispenseRequest(rx: Rx): BenchRequest {
  const handedOver = new Date().toISOString();
  const entry = (id: string, resource: unknown) => ({ fullUrl: `urn:uuid:${id}`, resource });
  const dispense = (id: string, index: number) => ({
    resourceType: 'MedicationDispense',
    extension: [DISPENSED],
    identifier: [{ system: 'https://fhir.nhs.uk/Id/prescription-dispense-item-number', value: randomUUID() }],
    contained: [agent('urn:uuid:organization'), { ...medicationRequest(rx, index), id: 'm1' }],
    status: 'unknown',
    medicationCodeableConcept: medicationRequest(rx, index).medicationCodeableConcept,
    subject: {
      reference: 'urn:uuid:patient',
      identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: rx.nhsNumber },
    },
    performer: [{ actor: { reference: '#performer' } }],
    authorizingPrescription: [{ reference: '#m1' }],
    type: coded('medicationdispense-type', '0001'),
    quantity: { value: 30, unit: 'capsule', system: 'http://snomed.info/sct', code: '428641000' },
    whenHandedOver: handedOver,
    dosageInstruction: [{ text: 'One capsule three times a day for ten days' }],
    id,
  });
  const reimbursement = {
    url: `${STRUCTURE}Extension-ODS-OrganisationRelationships`,
    extension: [{ url: 'reimbursementAuthority', valueIdentifier: { system: ODS, value: 'T1450' } }],
  };
  return request(
    '/$process-message',
    {
      resourceType: 'Bundle',
      identifier: { system: 'https://tools.ietf.org/html/rfc4122', value: randomUUID() },
      type: 'message',
      entry: [
        entry('header', {
          resourceType: 'MessageHeader',
          eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'dispense-notification' },
          sender: { identifier: { system: ODS, value: rx.pharmacy } },
          source: { endpoint: `urn:nhs-uk:addressing:ods:${rx.pharmacy}` },
          response: { code: 'ok', identifier: randomUUID() },
        }),
        ...rx.items.map((id, index) => entry(`dispense-${index}`, dispense(id, index))),
        entry('patient', {
          resourceType: 'Patient',
          identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: rx.nhsNumber }],
        }),
        entry('organization', { ...organization(rx.pharmacy, 'Pharmacy'), extension: [reimbursement] }),
      ],
    },
    false,
  );
}

export function claimRequest(rx: Rx): BenchRequest {
  const detail = rx.items.map((id, index) => ({
    extension: [
      {
        url: `${STRUCTURE}Extension-ClaimSequenceIdentifier`,
        valueIdentifier: { system: 'https://fhir.nhs.uk/Id/claim-sequence-identifier', value: randomUUID() },
      },
      {
        url: `${STRUCTURE}Extension-ClaimMedicationRequestReference`,
        valueReference: { identifier: { system: ITEM, value: id } },
      },
    ],
    sequence: index + 1,
    productOrService: medicationRequest(rx, index).medicationCodeableConcept,
    modifier: [coded('medicationdispense-type', '0001')],
    programCode: [coded('DM-prescription-charge', 'paid-once'), coded('medicationdispense-endorsement', 'NDEC')],
    quantity: { value: 30 },
  }));
  const group = {
    url: `${STRUCTURE}Extension-DM-GroupIdentifier`,
    extension: [
      {
        url: 'shortForm',
        valueIdentifier: { system: 'https://fhir.nhs.uk/Id/prescription-order-number', value: rx.shortId },
      },
      { url: 'UUID', valueIdentifier: { system: 'https://fhir.nhs.uk/Id/prescription', value: rx.longId } },
    ],
  };
  return request(
    '/Claim',
    {
      resourceType: 'Claim',
      contained: [agent('#organization'), organization(rx.pharmacy, 'Pharmacy')],
      identifier: [{ system: 'https://tools.ietf.org/html/rfc4122', value: randomUUID() }],
      status: 'active',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'pharmacy' }] },
      use: 'claim',
      patient: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: rx.nhsNumber } },
      created: new Date().toISOString(),
      provider: { reference: '#performer' },
      priority: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/processpriority', code: 'normal' }] },
      insurance: [{ sequence: 1, focal: true, coverage: { identifier: { system: ODS, value: 'T1450' } } }],
      payee: {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/payeetype', code: 'provider' }] },
        party: { reference: '#organization' },
      },
      prescription: { extension: [group] },
      item: [
        {
          extension: [DISPENSED],
          sequence: 1,
          productOrService: { coding: [{ system: 'http://snomed.info/sct', code: '16076005' }] },
          programCode: [
            coded('prescription-charge-exemption', '0001'),
            coded('DM-exemption-evidence', 'evidence-seen'),
          ],
          detail,
        },
      ],
    },
    false,
  );
}

/** The target must trust the signer, which its operator alone can arrange. */
export async function needTrust(preparation: Preparation, { authority }: Signer): Promise<void> {
  const wish: BenchRequest = {
    method: 'PUT',
    path: '/operator/prescription-trust',
    requestId: newRequestId(),
    headers: 'Content-Type: application/json\r\n',
    body: JSON.stringify({ authorities: [authority] }),
    keepBody: true,
  };
  const reply = await preparation.administer(wish);
  if (reply.status !== 200)
    throw new TargetNotReady(`the signer is not trusted: ${reply.status}. Is --operator-key given?`);
}

const SHORT_ID = /"value":"([0-9A-F]{6}-[A-Z0-9]{6}-[0-9A-F]{5}[0-9A-Z+])"/g;
const FAILED = /"failedPrescriptions","resource":\{[^]*"total":(\d+)/;

/** Ids of the prescriptions that a release brought; null where signatures were found bad. */
export function releasedIds(body: Buffer | null): ReadonlySet<string> | null {
  const text = body?.toString('latin1') ?? '';
  if ((FAILED.exec(text)?.[1] ?? '0') !== '0') return null;
  return new Set([...text.matchAll(SHORT_ID)].map(([, id]) => id ?? ''));
}
