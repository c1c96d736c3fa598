import { describe, expect, test } from 'vitest';
import type { MessageIssue } from '../../../../src/domain/eps/message-issue.ts';
import { checkClaim, checkRelease, checkTask } from '../../../../src/domain/eps/wire/check-dispenser-message.ts';
import { checkMessage, checkPrepare } from '../../../../src/domain/eps/wire/check-message.ts';
import { isTimed } from '../../../../src/domain/eps/wire/issues.ts';
import { order } from '../../../support/prescription-order.ts';

const NOW = Date.UTC(2026, 2, 13);
const STRUCTURE = 'https://fhir.nhs.uk/StructureDefinition/';

type Resource = Record<string, unknown>;
type Bundle = ReturnType<typeof order>;

const texts = (issues: readonly MessageIssue[]): (string | undefined)[] =>
  issues.map(({ coding, diagnostics }) => diagnostics ?? coding?.display);

/** An order after a change of its nth resource of a type. */
function changed(type: string, change: Resource, { nth = 0, wish = {} } = {}): Bundle {
  const bundle = order(wish);
  const found = bundle.entry.filter(({ resource }) => resource['resourceType'] === type)[nth];
  Object.assign(found?.resource ?? {}, change);
  return bundle;
}

const check = (bundle: unknown) => texts(checkMessage(bundle, NOW));

const dispensing = { course: 'continuous-repeat-dispensing', repeatsAllowed: 5 } as const;

describe('every message', () => {
  test('EPS-W30 what is no Bundle, or a Bundle of no known event, is fatal', () => {
    expect(checkMessage({ resourceType: 'Patient' }, NOW)).toEqual([
      { severity: 'fatal', code: 'value', diagnostics: 'Incorrect FHIR resource type. Expected Bundle.' },
    ]);
    const other = changed('MessageHeader', { eventCoding: { code: 'other' } });
    expect(check(other)).toEqual([
      'MessageHeader.eventCoding.code must be one of: prescription-order, prescription-order-update, dispense-notification.',
    ]);
    expect(check({ resourceType: 'Bundle' })).toEqual(["ResourceType Bundle must contain 'entry' field"]);
    for (const nothing of [null, 'x', [], {}, { resourceType: 'Bundle', entry: [] }])
      expect(checkMessage(nothing, NOW)[0]?.severity).toBe('fatal');
  });

  test('EPS-W31 a sound order and its preparation pass; only orders are prepared', () => {
    expect(check(order())).toEqual([]);
    expect(checkPrepare(order(dispensing))).toEqual([]);
    const update = changed(
      'MessageHeader',
      { eventCoding: { code: 'prescription-order-update' } },
      { wish: { items: ['a'] } },
    );
    Object.assign(update.entry[1]?.resource ?? {}, { status: 'cancelled', statusReason: {} });
    expect(texts(checkPrepare(update))).toEqual(["MessageHeader.eventCoding.code must be 'prescription-order'."]);
  });
});

describe('orders', () => {
  test('EPS-W32 intent, medication, telephones and references, in this order', () => {
    const bundle = changed('MedicationRequest', { intent: 'plan', medicationReference: { reference: 'urn:m' } });
    Object.assign(bundle.entry.at(-1)?.resource ?? {}, { telecom: [{ value: '1' }] });
    Object.assign(bundle.entry.at(-2)?.resource ?? {}, { organization: { identifier: {} } });
    const issues = checkMessage(bundle, NOW);
    expect(texts(issues).slice(0, 4)).toEqual([
      'MedicationRequest.intent must be order, original-order or instance-order.',
      'MedicationRequest cannot contain both medicationReference and medicationCodeableConcept fields.',
      'Required field bundle.entry[6].resource.telecom[0].use is missing.',
      'practitionerRole.organization populated incorrectly. Please populate with Reference to resource within Bundle.',
    ]);
    expect(issues[1]?.coding?.code).toBe('CONFLICTING_VALUES');
    expect(isTimed(issues)).toBe(true);
  });

  test('EPS-W33 what must be the same on all items is told with the values received', () => {
    expect(checkMessage(changed('MedicationRequest', { authoredOn: '2026-01-01' }), NOW)).toEqual([
      {
        severity: 'error',
        code: 'value',
        diagnostics:
          'Expected all MedicationRequests to have the same value for authoredOn. Received ["2026-01-01","2026-03-13T10:00:00+00:00"].',
        expression: ['Bundle.entry.resource.ofType(MedicationRequest).authoredOn'],
      },
    ]);
    const type = { url: `${STRUCTURE}Extension-DM-PrescriptionType`, valueCoding: { code: '0104' } };
    expect(check(changed('MedicationRequest', { extension: [type] }))[0]).toContain(
      `the same value for extension("${STRUCTURE}Extension-DM-PrescriptionType")`,
    );
    const repeats = order(dispensing);
    const supply = repeats.entry[1]?.resource['dispenseRequest'] ?? {};
    Object.assign(supply, { numberOfRepeatsAllowed: 4 });
    expect(check(repeats)).toEqual([
      'Expected all MedicationRequests to have the same value for dispenseRequest.numberOfRepeatsAllowed. Received [4,5].',
    ]);
  });

  test('EPS-W34 at most four items, each with its own id, all active', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const [many] = checkMessage(order({ items: ids }), NOW);
    expect(many).toMatchObject({ code: 'processing', expression: ['Bundle.entry'] });
    expect(check(order({ items: ids.slice(0, 4) }))).toEqual([]);
    const twice = order();
    Object.assign(twice.entry[2]?.resource ?? {}, { identifier: twice.entry[1]?.resource['identifier'] });
    expect(check(twice)).toEqual(['Expected all MedicationRequests to have a different value for identifier.']);
    expect(check(changed('MedicationRequest', { status: 'draft' }))).toEqual([
      'MedicationRequest.status must be active.',
    ]);
  });

  test('EPS-W35 primary care: no healthcare service, and the parent of the practice', () => {
    expect(check(changed('PractitionerRole', { healthcareService: [{ reference: 'urn:uuid:organization' }] }))).toEqual(
      ['Unexpected field of practitionerRole.healthcareService.'],
    );
    expect(check(changed('Organization', { partOf: undefined }))).toEqual([
      'Required field organization.partOf is missing.',
    ]);
  });

  test('EPS-W36 a GMP number is no professional code of a prescriber', () => {
    const identifier = [{ system: 'https://fhir.hl7.org.uk/Id/gmp-number', value: 'G1' }];
    expect(check(changed('Practitioner', { identifier }))).toEqual([
      'Bundle resource Practitioner.identifier expected exactly one professional code from GMC|NMC|GPhC|HCPC|professional-code.',
    ]);
  });

  test('EPS-W37 repeat dispensing needs a period and a duration of supply', () => {
    const bundle = order(dispensing);
    for (const { resource } of bundle.entry.filter(
      ({ resource }) => resource['resourceType'] === 'MedicationRequest',
    )) {
      const supply = resource['dispenseRequest'] as Resource;
      delete supply['validityPeriod'];
      delete supply['expectedSupplyDuration'];
    }
    expect(check(bundle)).toEqual([
      'Expected MedicationRequest to have a value for dispenseRequest.validityPeriod.',
      'Expected MedicationRequest to have a value for dispenseRequest.expectedSupplyDuration.',
    ]);
  });

  test('EPS-W38 several dosages need their sequence', () => {
    const [issue] = checkMessage(
      changed('MedicationRequest', { dosageInstruction: [{ text: 'a' }, { text: 'b' }] }),
      NOW,
    );
    expect([issue?.code, issue?.coding?.code]).toEqual(['invalid', 'MISSING_VALUE']);
  });

  test('EPS-W39 what cannot be read is told alone, without a time', () => {
    const issues = checkMessage(changed('Patient', { gender: 'x' }), NOW);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ severity: 'fatal', code: 'invalid', expression: ['Patient.gender'] });
    expect(isTimed(issues)).toBe(false);
  });
});

describe('cancellations', () => {
  test('EPS-W40 exactly one item, cancelled, with a reason', () => {
    const update = changed('MessageHeader', { eventCoding: { code: 'prescription-order-update' } });
    expect(check(update)).toEqual([
      "The Bundle must contain exactly one MedicationRequest if MessageHeader.eventCoding.code is 'prescription-order-update'.",
      'MedicationRequest.status must be cancelled.',
      'Expected MedicationRequest to have a value for statusReason.',
    ]);
  });
});

function notification(change: (dispense: Resource, index: number) => void = () => undefined): Bundle {
  const dispense = (index: number): Resource => ({
    resourceType: 'MedicationDispense',
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'performer',
        practitioner: { identifier: { value: '1' } },
        organization: { reference: 'urn:uuid:org' },
      },
    ],
    subject: { identifier: { value: '9000000009' } },
    performer: [{ actor: { reference: '#performer' } }],
    whenHandedOver: '2026-03-13T10:00:00+00:00',
    type: { coding: [{ code: `000${index + 1}` }] },
  });
  const all = [dispense(0), dispense(1)];
  all.forEach(change);
  const relationships = {
    url: `${STRUCTURE}Extension-ODS-OrganisationRelationships`,
    extension: [{ url: 'reimbursementAuthority', valueIdentifier: { value: 'T1450' } }],
  };
  const header = { resourceType: 'MessageHeader', eventCoding: { code: 'dispense-notification' } };
  const organization = { resourceType: 'Organization', extension: [relationships] };
  return {
    resourceType: 'Bundle',
    entry: [
      { fullUrl: 'urn:h', resource: header },
      ...all.map((resource, index) => ({ fullUrl: `urn:${index}`, resource })),
      { fullUrl: 'urn:uuid:org', resource: organization },
    ],
  };
}

describe('dispensers', () => {
  test('EPS-W41 notifications: handed over at one time, one patient, one performer, known by identifier', () => {
    expect(check(notification())).toEqual([]);
    expect(
      check(
        notification((dispense, index) => {
          if (index === 0) dispense['subject'] = { identifier: { value: '9000000017' } };
        }),
      ),
    ).toEqual([
      'Expected all MedicationDispenses to have the same value for subject.identifier.value. Received ["9000000017","9000000009"].',
    ]);
    expect(check(notification((dispense) => delete dispense['whenHandedOver']))).toEqual([
      'Expected MedicationDispense to have a value for whenHandedOver.',
    ]);
    const referred = notification((dispense) => {
      const [role] = dispense['contained'] as Resource[];
      if (role !== undefined) role['practitioner'] = { reference: 'urn:x' };
    });
    expect(check(referred)).toEqual([
      'Bundle.entry("PractitionerRole").practitioner populated incorrectly. Please populate with Identifier and Display.',
    ]);
  });

  test('EPS-W42 notifications name the reimbursement authority', () => {
    const bundle = notification();
    Object.assign(bundle.entry.at(-1)?.resource ?? {}, { extension: [] });
    expect(check(bundle)).toEqual([
      'The dispense notification is missing the reimbursement authority and it should be provided.',
    ]);
  });

  test('EPS-W43 releases: owner, and an agent by identifier with a telephone', () => {
    const agent = { name: 'agent', resource: { resourceType: 'PractitionerRole', telecom: [{ value: '1' }] } };
    const owner = { name: 'owner', resource: { resourceType: 'Organization' } };
    const release = (...parameter: unknown[]) => texts(checkRelease({ resourceType: 'Parameters', parameter }));
    expect(release(owner, agent)).toEqual([]);
    expect(release(agent)).toEqual(['Required parameter owner is missing.']);
    expect(release(owner)).toEqual(['Parameter with name agent not found']);
    const wrong = { name: 'agent', resource: { resourceType: 'PractitionerRole', practitioner: { reference: 'x' } } };
    expect(release(owner, wrong)).toEqual([
      'Parameters.parameter("agent").resource.practitioner populated incorrectly. Please populate with Identifier and Display.',
      'Required field Parameters.parameter("agent").resource.telecom is missing.',
    ]);
    expect(texts(checkRelease({ resourceType: 'Bundle' }))).toEqual([
      'Incorrect FHIR resource type. Expected Parameters.',
    ]);
  });

  test('EPS-W44 tasks: intent, status, code and a reason of the right system', () => {
    const task = (more: Resource) => ({
      resourceType: 'Task',
      intent: 'order',
      contained: [{ resourceType: 'PractitionerRole', id: 'r' }],
      requester: { reference: '#r' },
      ...more,
    });
    const reason = (system: string, code = '0003') => ({ statusReason: { coding: [{ system, code }] } });
    const returned = reason('https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-return-status-reason');
    const withdrawn = reason('https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-withdraw-reason', 'MU');
    const abort = { code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] } };
    expect(checkTask(task({ status: 'rejected', ...returned }))).toEqual([]);
    expect(checkTask(task({ status: 'in-progress', ...abort, ...withdrawn }))).toEqual([]);
    expect(texts(checkTask(task({ status: 'done', intent: 'plan' })))).toEqual([
      "Task.intent must be one of: 'order'.",
      "Task.status must be one of: 'in-progress', 'rejected'.",
    ]);
    expect(texts(checkTask(task({ status: 'in-progress', ...returned })))).toEqual([
      "Task.code is required when Task.status is 'in-progress'.",
      "Task.reasonCode must have a system of 'https://fhir.nhs.uk/CodeSystem/EPS-task-dispense-withdraw-reason' and a value from that system.",
    ]);
  });

  test('EPS-W45 claims: one insurance of a known authority, an endorsement on every item', () => {
    const coding = { system: 'https://fhir.nhs.uk/CodeSystem/medicationdispense-endorsement', code: 'NDEC' };
    const claim = (authority: string, programCode: unknown[]) =>
      texts(
        checkClaim({
          resourceType: 'Claim',
          contained: [{ resourceType: 'PractitionerRole', id: 'performer' }],
          provider: { reference: '#performer' },
          insurance: [{ coverage: { identifier: { value: authority } } }],
          item: [{ detail: [{ programCode }] }],
        }),
      );
    expect(claim('T1450', [{ coding: [coding] }])).toEqual([]);
    expect(claim('RQFZ1', [{ coding: [{ code: 'paid-once' }] }])).toEqual([
      'The claim is missing the required endorsement code.',
    ]);
    expect(claim('X', [{ coding: [coding] }])).toEqual([
      "Claim.insurance[0].coverage.identifier.value must be one of: 'T1450', 'RQFZ1'.",
    ]);
  });
});
