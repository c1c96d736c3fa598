/** Messages of the API as HL7 v3. */
import { describe, expect, test } from 'vitest';
import { convert } from '../../../../src/domain/eps/wire/hl7v3/convert.ts';
import { order } from '../../../support/prescription-order.ts';

type Json = Record<string, unknown>;

const NOW = Date.UTC(2026, 2, 13, 12, 0, 0);
const SHORT = 'ABC123-A83008-0000';
const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';

function xmlOf(message: unknown, signatureXml = ''): string {
  const sender = { user: '555254239107', role: '555254240100' };
  const converted = convert(message, { now: NOW, sender, newId: 'bc960c23-33d2-46ae-b6a7-34ab0a078a5e', signatureXml });
  if (converted?.kind !== 'converted') throw new Error(JSON.stringify(converted));
  return converted.xml;
}

/** What stands between the first opening and closing of an element. */
function within(xml: string, tag: string): string {
  const [, inner = `no ${tag}`] = new RegExp(`<${tag}(?: [^>]*)?>(.*?)</${tag}>`, 's').exec(xml) ?? [];
  return inner;
}

/** Well formed: every element that is opened is closed in its place. */
function unbalanced(xml: string): readonly string[] {
  const open: string[] = [];
  for (const [, closing, name = ''] of xml.replace(/<\?.*?\?>/, '').matchAll(/<(\/?)([\w.]+)[^>]*>/g)) {
    if (closing === '') open.push(name);
    else if (open.pop() !== name) return [name];
  }
  return open;
}

const role = {
  resourceType: 'PractitionerRole',
  id: 'role',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '555086415105' }],
  practitioner: { identifier: { system: 'https://fhir.nhs.uk/Id/sds-user-id', value: '3415870201' }, display: 'J <C>' },
  organization: { reference: '#pharmacy' },
  code: [
    { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/NHSDigital-SDS-JobRoleCode', code: 'S8000:G8000:R8000' }] },
  ],
  telecom: [{ system: 'phone', use: 'work', value: '0238 079' }],
};
const pharmacy = {
  resourceType: 'Organization',
  id: 'pharmacy',
  identifier: [{ system: ODS, value: 'FA565' }],
  name: 'THE PHARMACY',
  address: [{ use: 'work', line: ['17 Road'], postalCode: 'LS1 1AA' }],
};
const MESSAGE = 'https://tools.ietf.org/html/rfc4122';
const task = (more: object) => ({
  resourceType: 'Task',
  contained: [role, pharmacy],
  identifier: [{ system: MESSAGE, value: '5ac84c11-db8b-44da-8fcf-8980b3d13596' }],
  groupIdentifier: { value: SHORT },
  focus: { identifier: { system: MESSAGE, value: '602159ee-1678-41ec-a100-7b3dd04c1d84' } },
  for: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000009' } },
  authoredOn: '2026-03-12T22:39:32-04:00',
  requester: { reference: '#role' },
  ...more,
});
const repeats = (...facts: readonly (readonly [string, number])[]) => ({
  url: `${STRUCTURE}Extension-EPS-RepeatInformation`,
  extension: facts.map(([url, valueInteger]) => ({ url, valueInteger })),
});

const editedRequests = (change: (request: Json) => Json, wish: Parameters<typeof order>[0] = {}) => {
  const message = order({ shortId: SHORT, ...wish });
  const entry = message.entry.map(({ fullUrl, resource }) => ({
    fullUrl,
    resource: resource['resourceType'] === 'MedicationRequest' ? change(resource) : resource,
  }));
  return { ...message, entry };
};

describe('EPS-T04 the envelope', () => {
  const xml = xmlOf({
    resourceType: 'Parameters',
    parameter: [
      { name: 'owner', resource: pharmacy },
      { name: 'agent', resource: role },
    ],
  });

  test('names interaction, systems, user and role; time is universal', () => {
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<PORX_IN060102SM30 xmlns="urn:hl7-org:v3">/);
    expect(xml).toContain('<creationTime value="20260313120000"></creationTime>');
    expect(xml).toContain('<id extension="555254240100" root="1.2.826.0.1285.0.2.0.67"></id>');
    expect(xml).toContain('<id extension="555254239107" root="1.2.826.0.1285.0.2.0.65"></id>');
    expect(unbalanced(xml)).toEqual([]);
  });

  test('a release without an id of its own is given one, in capitals; a prescription id makes it a patient release', () => {
    expect(within(xml, 'NominatedPrescriptionReleaseRequest')).toContain(
      '<id root="BC960C23-33D2-46AE-B6A7-34AB0A078A5E">',
    );
    expect(within(xml, 'AgentPerson')).toContain('<name>J &lt;C&gt;</name>');
    // The pharmacy has no telephone: the person's stands for it.
    expect(within(xml, 'representedOrganization')).toContain('<telecom use="WP" value="tel:0238079">');
    const byId = xmlOf({
      resourceType: 'Parameters',
      parameter: [
        { name: 'owner', resource: pharmacy },
        { name: 'agent', resource: role },
        { name: 'group-identifier', valueIdentifier: { value: SHORT } },
      ],
    });
    expect(byId).toContain('<PORX_IN132004SM30 ');
    expect(within(byId, 'pertinentPrescriptionID')).toContain(`extension="${SHORT}"`);
  });
});

describe('EPS-T05 orders and cancellations', () => {
  test('an order: what is signed, and around it kinds, site, nominee and type', () => {
    const xml = xmlOf(order({ shortId: SHORT, nominated: 'FA565' }));
    expect(unbalanced(xml)).toEqual([]);
    expect(xml).toContain('<PORX_IN020101SM31 ');
    expect(within(xml, 'agentOrganizationSDS')).toContain('extension="FA565"');
    expect(within(xml, 'pertinentPrescriptionTreatmentType')).toContain('code="0001"');
    expect(within(xml, 'pertinentDispensingSitePreference')).toContain('code="P1"');
    expect(within(xml, 'pertinentPrescriptionType')).toContain('code="0101"');
    expect(xml).toContain('<signatureText nullFlavor="NA"></signatureText>');
    expect(xml.match(/<pertinentLineItem /g)).toHaveLength(2);
    expect(xml.match(/<actRef classCode="SBADM" moodCode="RQO">/g)).toHaveLength(2);
    expect(xml).not.toContain('repeatNumber');
  });

  test('repeat dispensing: first and last issue, days of supply; the signature stands in its place', () => {
    const message = editedRequests(
      (request) => ({
        ...request,
        dispenseRequest: {
          ...(request['dispenseRequest'] as Json),
          validityPeriod: { start: '2026-03-13', end: '2027-03-12' },
        },
      }),
      { course: 'continuous-repeat-dispensing', repeatsAllowed: 5 },
    );
    const xml = xmlOf(message, '<Signature>S</Signature>');
    expect(within(xml, 'repeatNumber')).toBe('<low value="1"></low><high value="6"></high>');
    expect(within(xml, 'daysSupply')).toContain('<low value="20260313"></low><high value="20270312"></high>');
    expect(within(xml, 'daysSupply')).toContain('<width unit="d" value="28"></width>');
    expect(within(xml, 'signatureText')).toBe('<Signature>S</Signature>');
    expect(within(xml, 'ParentPrescription')).toContain('<effectiveTime value="20260313000000">');
  });

  test('a cancellation: item, reason, prescription; who cancels is known by the user id, without a licence', () => {
    const message = editedRequests(
      (request) => ({
        ...request,
        status: 'cancelled',
        statusReason: {
          coding: [
            {
              system: 'https://fhir.nhs.uk/CodeSystem/medicationrequest-status-reason',
              code: '0005',
              display: "At the Patient's request",
            },
          ],
        },
      }),
      { items: ['2b1e0a6f-1c5e-4a11-9d35-00000000000a'] },
    );
    const xml = xmlOf(JSON.parse(JSON.stringify(message).replace('prescription-order"', 'prescription-order-update"')));
    expect(xml).toContain('<PORX_IN030101SM32 ');
    expect(within(xml, 'pertinentLineItemRef')).toBe('<id root="2B1E0A6F-1C5E-4A11-9D35-00000000000A"></id>');
    expect(within(xml, 'pertinentCancellationReason')).toContain("<text>At the Patient's request</text>");
    expect(within(xml, 'agentPerson')).toContain('<id extension="555086689106" root="1.2.826.0.1285.0.2.0.65">');
    expect(xml).not.toContain('healthCareProviderLicense');
    expect(unbalanced(xml)).toEqual([]);
  });
});

test('EPS-T06 returns and withdrawals: reasons, times in universal time, the issue where one is told', () => {
  const returned = xmlOf(
    task({
      status: 'rejected',
      statusReason: {
        coding: [
          {
            system: 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-return-status-reason',
            code: '0002',
            display: 'Unable',
          },
        ],
      },
    }),
  );
  expect(returned).toContain('<PORX_IN100101SM31 ');
  expect(within(returned, 'DispenseProposalReturn')).toContain('<effectiveTime value="20260313023932">');
  expect(within(returned, 'pertinentReturnReason')).toContain('code="0002"');
  expect(within(returned, 'reversalOf')).toContain('root="602159EE-1678-41EC-A100-7B3DD04C1D84"');
  expect(returned).not.toContain('pertinentRepeatInstanceInfo');
  const withdrawn = xmlOf(
    task({
      status: 'in-progress',
      extension: [repeats(['numberOfRepeatsIssued', 2])],
      statusReason: {
        coding: [
          { system: 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-withdraw-reason', code: 'DA', display: 'Dosage' },
        ],
      },
    }),
  );
  expect(withdrawn).toContain('<PORX_IN510101SM31 ');
  expect(within(withdrawn, 'recordTarget')).toContain('extension="9000000009"');
  expect(within(withdrawn, 'pertinentRepeatInstanceInfo')).toContain('<value value="2">');
  expect(within(withdrawn, 'pertinentWithdrawReason')).toContain('code="DA"');
  expect([...unbalanced(returned), ...unbalanced(withdrawn)]).toEqual([]);
});

const line = (id: string, value: number, more: object = {}) => ({
  resourceType: 'MedicationDispense',
  contained: [
    { ...role, organization: { reference: 'urn:uuid:pharmacy' } },
    {
      resourceType: 'MedicationRequest',
      id: 'm1',
      identifier: [
        {
          system: 'https://fhir.nhs.uk/Id/prescription-order-item-number',
          value: 'a54219b8-f741-4c47-b662-e4f8dfa49ab6',
        },
      ],
      medicationCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '1', display: 'Asked' }] },
      groupIdentifier: {
        value: SHORT,
        extension: [
          {
            url: `${STRUCTURE}Extension-DM-PrescriptionId`,
            valueIdentifier: { value: '10d37820-dda2-4810-94d7-c79e5fdb4b46' },
          },
        ],
      },
      basedOn: [{ extension: [repeats(['numberOfRepeatsIssued', 0], ['numberOfRepeatsAllowed', 5])] }],
      dispenseRequest: { quantity: { value: 60, unit: 'tablet', code: '428673006' } },
    },
  ],
  extension: [
    { url: `${STRUCTURE}Extension-EPS-TaskBusinessStatus`, valueCoding: { code: '0003', display: 'Active' } },
  ],
  identifier: [{ system: 'https://fhir.nhs.uk/Id/prescription-dispense-item-number', value: id }],
  medicationCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '2', display: `Given ${value}` }] },
  subject: { identifier: { value: '9000000009' } },
  performer: [{ actor: { reference: '#role' } }],
  authorizingPrescription: [{ reference: '#m1' }],
  type: {
    coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/medicationdispense-type', code: '0003', display: 'Partial' }],
  },
  quantity: { value, unit: 'tablet', code: '428673006' },
  whenHandedOver: '2026-03-12T10:00:00+00:00',
  dosageInstruction: [{ text: 'One daily' }],
  ...more,
});

test('EPS-T07 notifications: several supplies of one item are one item; payer, issue and status', () => {
  const resources = [
    {
      resourceType: 'MessageHeader',
      eventCoding: { code: 'dispense-notification' },
      response: { identifier: '999f9999-9999-9999-9ff9-f9fff9999999' },
      extension: [
        {
          url: `${STRUCTURE}Extension-replacementOf`,
          valueIdentifier: { value: '76d1cc0b-bd64-4fad-a513-4de0f2ae7014' },
        },
      ],
    },
    line('a54219b8-f741-4c47-b662-e4f8dfa49ab6', 20),
    line('a54219b8-f741-4c47-b662-e4f8dfa49ab7', 40),
  ];
  const organization = {
    ...pharmacy,
    extension: [
      {
        url: `${STRUCTURE}Extension-ODS-OrganisationRelationships`,
        extension: [{ url: 'reimbursementAuthority', valueIdentifier: { value: 'T1450' } }],
      },
    ],
  };
  const entry = [
    ...resources.map((resource, index) => ({ fullUrl: `urn:uuid:${index}`, resource })),
    { fullUrl: 'urn:uuid:pharmacy', resource: organization },
  ];
  const xml = xmlOf({ resourceType: 'Bundle', identifier: { value: '602159ee-1678-41ec-a100-7b3dd04c1d84' }, entry });
  expect(unbalanced(xml)).toEqual([]);
  expect(xml).toContain('<PORX_IN080101SM31 ');
  expect(within(xml, 'primaryInformationRecipient')).toContain('extension="T1450"');
  expect(xml.match(/<pertinentSuppliedLineItem /g)).toHaveLength(1);
  expect(xml.match(/<suppliedLineItemQuantity /g)).toHaveLength(2);
  expect(xml.match(/<actRef /g)).toHaveLength(2);
  expect(within(xml, 'repeatNumber')).toBe('<low value="1"></low><high value="6"></high>');
  expect(within(xml, 'DispenseNotification')).toContain('<effectiveTime value="20260312100000">');
  expect(within(xml, 'pertinentSupplyHeader')).toContain('<time value="20260313120000">');
  expect(within(xml, 'priorMessageRef')).toBe('<id root="76D1CC0B-BD64-4FAD-A513-4DE0F2AE7014"></id>');
  expect(within(xml, 'pertinentPrescriptionStatus')).toContain('code="0003"');
});

const concept = (system: string, code: string, more: object = {}) => ({
  coding: [{ system: `https://fhir.nhs.uk/CodeSystem/${system}`, code }],
  ...more,
});

function claim(charge: string, exemption: string, evidence: string) {
  const detail = {
    extension: [
      {
        url: `${STRUCTURE}Extension-ClaimSequenceIdentifier`,
        valueIdentifier: { value: 'be948cf8-5db1-4c39-8f9b-c7e049d55acb' },
      },
      {
        url: `${STRUCTURE}Extension-ClaimMedicationRequestReference`,
        valueReference: { identifier: { value: 'a54219b8-f741-4c47-b662-e4f8dfa49ab6' } },
      },
    ],
    modifier: [concept('medicationdispense-type', '0001')],
    programCode: [
      concept('DM-prescription-charge', charge),
      concept('medicationdispense-endorsement', 'IP', { text: 'paid 12' }),
    ],
    subDetail: [
      {
        quantity: { value: 20, unit: 'tablet', code: '428673006' },
        productOrService: { coding: [{ system: 'http://snomed.info/sct', code: '3', display: 'Given' }] },
      },
    ],
  };
  return {
    resourceType: 'Claim',
    contained: [role, pharmacy],
    identifier: [{ system: MESSAGE, value: '737dcf8d-fc7a-436d-b692-7d3c4f258083' }],
    created: '2026-03-13T09:00:00+00:00',
    provider: { reference: '#role' },
    prescription: {
      extension: [
        {
          url: `${STRUCTURE}Extension-DM-GroupIdentifier`,
          extension: [
            { url: 'shortForm', valueIdentifier: { value: SHORT } },
            { url: 'UUID', valueIdentifier: { value: '10d37820-dda2-4810-94d7-c79e5fdb4b46' } },
          ],
        },
      ],
    },
    insurance: [{ coverage: { identifier: { value: 'T1450' }, display: 'NHSBSA' } }],
    item: [
      {
        extension: [
          { url: `${STRUCTURE}Extension-EPS-TaskBusinessStatus`, valueCoding: { code: '0006', display: 'Dispensed' } },
          repeats(['numberOfRepeatsIssued', 1], ['numberOfRepeatsAllowed', 5]),
        ],
        programCode: [concept('prescription-charge-exemption', exemption), concept('DM-exemption-evidence', evidence)],
        detail: [detail],
      },
    ],
  };
}

test('EPS-T08 claims: charge, exemption and its evidence, endorsement, issue', () => {
  const xml = xmlOf(claim('paid-once', '0001', 'no-evidence-seen'));
  expect(unbalanced(xml)).toEqual([]);
  expect(xml).toContain('<PORX_IN090101SM31 ');
  expect(within(xml, 'pertinentChargePayment')).toContain('<value value="true">');
  expect(within(xml, 'pertinentDispensingEndorsement')).toContain('<text>paid 12</text><value code="IP"');
  expect(xml).toContain('<coveringChargeExempt classCode="OBS" moodCode="EVN" negationInd="true">');
  expect(xml).toContain('<authorizingEvidenceSeen classCode="OBS" moodCode="EVN" negationInd="true">');
  expect(within(xml, 'repeatNumber')).toBe('<low value="2"></low><high value="6"></high>');
  const exempt = xmlOf(claim('not-paid', '0003', 'evidence-seen'));
  expect(within(exempt, 'pertinentChargePayment')).toContain('<value value="false">');
  expect(exempt).toContain('<coveringChargeExempt classCode="OBS" moodCode="EVN" negationInd="false">');
  expect(exempt).toContain('<authorizingEvidenceSeen classCode="OBS" moodCode="EVN" negationInd="false">');
});

test('EPS-T09 what cannot be told is refused, and what has no such form is nothing', () => {
  const context = { now: NOW, sender: { user: '1', role: '2' }, newId: 'x', signatureXml: '' };
  expect(convert(claim('free', '0001', ''), context)).toMatchObject({
    kind: 'invalid',
    issues: [{ coding: { display: 'Unsupported prescription charge code' } }],
  });
  expect(convert(task({ status: 'rejected', authoredOn: 'soon' }), context)).toMatchObject({ kind: 'invalid' });
  expect(convert({ resourceType: 'Patient' }, context)).toBeNull();
  for (const strange of [
    null,
    [],
    { resourceType: 'Bundle', entry: 1 },
    { resourceType: 'Task' },
    { resourceType: 'Claim' },
    { resourceType: 'Parameters' },
  ])
    expect(() => convert(strange, context)).not.toThrow();
});
