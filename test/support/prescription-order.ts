/** An invented order of two items, and its signature as a prescribing system makes it. */
import { createSign } from 'node:crypto';
import { checkedPrescriptionId } from '../../src/nhs/prescription-id.ts';
import type { Made } from './certificate-maker.ts';

type Json = Record<string, unknown>;

export interface OrderWish {
  readonly nhsNumber?: string;
  readonly shortId?: string;
  readonly longId?: string;
  readonly messageId?: string;
  readonly nominated?: string;
  readonly course?: 'acute' | 'continuous' | 'continuous-repeat-dispensing';
  readonly repeatsAllowed?: number;
  readonly daysSupply?: number;
  readonly items?: readonly string[];
  readonly authoredOn?: string;
}

const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';
const ROLE = 'urn:uuid:0a6f2b1e-5c1e-4a11-9d35-6f4b7f1b3c01';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const ITEMS = ['2b1e0a6f-1c5e-4a11-9d35-00000000000a', '2b1e0a6f-1c5e-4a11-9d35-00000000000b'];

const url = (id: string): string => `urn:uuid:${id}`;

function item(id: string, index: number, wish: OrderWish): Json {
  const { authoredOn = '2026-03-13T10:00:00+00:00', course = 'acute', daysSupply = 28 } = wish;
  const { nominated, repeatsAllowed } = wish;
  const shortId = wish.shortId ?? checkedPrescriptionId('ABC123-A83008-0000');
  return {
    resourceType: 'MedicationRequest',
    id,
    extension: [{ url: `${STRUCTURE}Extension-DM-PrescriptionType`, valueCoding: { code: '0101' } }],
    identifier: [{ system: 'https://fhir.nhs.uk/Id/prescription-order-item-number', value: id }],
    status: 'active',
    intent: 'order',
    category: [{ coding: [{ code: 'community' }] }],
    medicationCodeableConcept: {
      coding: [
        { system: 'http://snomed.info/sct', code: `32223700${index}`, display: `Medicine ${index} 5mg tablets` },
      ],
    },
    subject: { reference: url('patient') },
    authoredOn,
    requester: { reference: ROLE },
    groupIdentifier: {
      system: 'https://fhir.nhs.uk/Id/prescription-order-number',
      value: shortId,
      extension: [
        {
          url: `${STRUCTURE}Extension-DM-PrescriptionId`,
          valueIdentifier: {
            system: 'https://fhir.nhs.uk/Id/prescription',
            value: wish.longId ?? '7c6f2b1e-5c1e-4a11-9d35-6f4b7f1b3c77',
          },
        },
      ],
    },
    courseOfTherapyType: { coding: [{ code: course }] },
    dosageInstruction: [{ text: 'One daily' }],
    dispenseRequest: {
      extension: [
        {
          url: `${STRUCTURE}Extension-DM-PerformerSiteType`,
          valueCoding: { code: nominated === undefined ? '0004' : 'P1' },
        },
      ],
      quantity: { value: 28, unit: 'tablet', system: 'http://snomed.info/sct', code: '428673006' },
      ...(nominated === undefined ? {} : { performer: { identifier: { system: ODS, value: nominated } } }),
      ...(course === 'continuous-repeat-dispensing'
        ? {
            validityPeriod: { start: authoredOn.slice(0, 10) },
            expectedSupplyDuration: { value: daysSupply, unit: 'day', system: 'http://unitsofmeasure.org', code: 'd' },
          }
        : {}),
      ...(repeatsAllowed === undefined ? {} : { numberOfRepeatsAllowed: repeatsAllowed }),
    },
  };
}

/** An order as it is sent to `$prepare`. */
export function order(
  wish: OrderWish = {},
): { resourceType: string; entry: { fullUrl: string; resource: Json }[] } & Json {
  const ids = wish.items ?? ITEMS;
  const entry = (id: string, resource: Json) => ({ fullUrl: url(id), resource });
  return {
    resourceType: 'Bundle',
    id: '1aef77fb-7e3c-427a-8657-2c427f71a271',
    identifier: {
      system: 'https://tools.ietf.org/html/rfc4122',
      value: wish.messageId ?? '3b441a9e-bafb-4a86-a389-b4c7d1d98645',
    },
    type: 'message',
    entry: [
      entry('header', {
        resourceType: 'MessageHeader',
        eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'prescription-order' },
        sender: { identifier: { system: ODS, value: 'A83008' } },
      }),
      ...ids.map((id, index) => entry(id, item(id, index, wish))),
      entry('patient', {
        resourceType: 'Patient',
        identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: wish.nhsNumber ?? '9000000009' }],
        name: [{ use: 'usual', family: 'MORGAN & SONS', given: ['ANN'], prefix: ['MS'] }],
        gender: 'female',
        birthDate: '1970-04-05',
        address: [{ use: 'home', line: ['1 "High" Street'], city: 'LEEDS', postalCode: 'LS1 1AA' }],
        generalPractitioner: [{ identifier: { system: ODS, value: 'A83008' } }],
      }),
      entry('practitioner', {
        resourceType: 'Practitioner',
        identifier: [
          { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '555086689106' },
          { system: 'https://fhir.hl7.org.uk/Id/gmc-number', value: 'C6095103' },
        ],
        name: [{ family: 'BOIN', given: ['C'], prefix: ['DR'] }],
      }),
      {
        fullUrl: ROLE,
        resource: {
          resourceType: 'PractitionerRole',
          identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '200102238987' }],
          practitioner: { reference: url('practitioner') },
          organization: { reference: url('organization') },
          code: [
            {
              coding: [
                {
                  system: 'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode',
                  code: 'S8000:G8000:R8000',
                },
              ],
            },
          ],
          telecom: [{ system: 'phone', value: '01234 567 890', use: 'work' }],
        },
      },
      entry('organization', {
        resourceType: 'Organization',
        identifier: [{ system: ODS, value: 'A83008' }],
        name: 'HALL PRACTICE',
        address: [{ use: 'work', line: ['HALL'], city: 'SHILDON', postalCode: 'DL4 2HP' }],
        telecom: [{ system: 'phone', value: '0115 9737320', use: 'work' }],
        partOf: { identifier: { system: ODS, value: '84H' }, display: 'COUNTY GROUP' },
      }),
    ],
  };
}

export interface Prepared {
  /** Base64 of the canonical SignedInfo. */
  readonly digest: string;
  readonly timestamp: string;
}

/** What a prescriber's smartcard and system make of a digest: base64 of the signature document. */
export function signatureText(digest: string, signer: Pick<Made, 'base64' | 'privateKey'>): string {
  const info = Buffer.from(digest, 'base64').toString();
  const value = createSign('RSA-SHA256').update(info).sign(signer.privateKey, 'base64');
  const namespace = ' xmlns="http://www.w3.org/2000/09/xmldsig#"';
  const key = `<KeyInfo><X509Data><X509Certificate>${signer.base64}</X509Certificate></X509Data></KeyInfo>`;
  const document = `<Signature${namespace}>${info.replace(namespace, '')}<SignatureValue>${value}</SignatureValue>${key}</Signature>`;
  return Buffer.from(document).toString('base64');
}

/** The order with its Provenance. */
export function signed<T extends ReturnType<typeof order>>(unsigned: T, prepared: Prepared, data: string): T {
  const provenance = {
    resourceType: 'Provenance',
    signature: [{ who: { reference: ROLE }, when: prepared.timestamp, data }],
  };
  return { ...unsigned, entry: [...unsigned.entry, { fullUrl: url('provenance'), resource: provenance }] };
}
