/** An invented patient and a short way to patch it. */
import type { Decision, DecisionContext } from '../../../src/engine/record-kind.ts';
import type { Demographics, DemographicsAnnex } from '../../../src/domain/pds/demographics-state.ts';
import { decidePatchPatient } from '../../../src/domain/pds/patch-patient.ts';

export const UK = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
export const BIRTH_PLACE = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
export const REMOVAL = 'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration';
export const ODS = 'https://fhir.nhs.uk/Id/ods-organization-code';
/** 2026-03-10 08:30:00 UTC. */
export const NOW = Date.UTC(2026, 2, 10, 8, 30, 0);
export const TODAY = '2026-03-10';

/** The type of any JSON a test writes or reads; tests look at wire shapes, not at types. */
export type Loose = Record<string, unknown>;

export const pharmacy = (url: string, value: string): Loose => ({
  url: `${UK}${url}`,
  valueReference: { identifier: { system: ODS, value } },
});

export const deathNotice = (code: string): Loose => ({
  url: `${UK}DeathNotificationStatus`,
  extension: [
    {
      url: 'deathNotificationStatus',
      valueCodeableConcept: {
        coding: [
          { system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus', version: '1.0.0', code },
        ],
      },
    },
  ],
});

export const language = (code: string): Loose => ({
  url: 'language',
  valueCodeableConcept: {
    coding: [
      { system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-HumanLanguage', version: '1.0.0', code, display: 'French' },
    ],
  },
});

export const interpreter = (required: unknown): Loose => ({ url: 'interpreterRequired', valueBoolean: required });
export const communication = (...parts: Loose[]): Loose => ({ url: `${UK}NHSCommunication`, extension: parts });

export const addressKey = (code: string, value: string): Loose => ({
  url: `${UK}AddressKey`,
  extension: [
    { url: 'type', valueCoding: { system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType', code } },
    { url: 'value', valueString: value },
  ],
});

export function patient(): Loose {
  return {
    resourceType: 'Patient',
    id: '9000000009',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9000000009' }],
    meta: { versionId: '7', security: [{ code: 'U', display: 'unrestricted' }] },
    name: [
      {
        id: 'N1',
        use: 'usual',
        period: { start: '2001-02-03' },
        given: ['Ada', 'Mary'],
        family: 'Quill',
        prefix: ['Mrs'],
      },
      { id: 'N2', use: 'nickname', period: { start: '2005-01-01' }, given: ['Addie'], family: 'Quill' },
    ],
    gender: 'female',
    birthDate: '1980-05-17',
    address: [
      {
        id: 'A1',
        use: 'home',
        period: { start: '2010-06-01' },
        line: ['1 Mill Lane', 'Oldtown', 'Leeds'],
        postalCode: 'LS1 1AA',
      },
      { id: 'A2', use: 'temp', period: { start: '2020-01-01' }, text: 'Boat', line: ['2 Quay'], postalCode: 'LS2 2BB' },
    ],
    telecom: [
      { id: 'T1', period: { start: '2011-01-01' }, system: 'phone', value: '01132220000', use: 'home' },
      { id: 'T2', period: { start: '2011-01-01' }, system: 'phone', value: '07700900111', use: 'mobile' },
      { id: 'T3', period: { start: '2011-01-01' }, system: 'email', value: 'ada@example.com', use: 'home' },
    ],
    contact: [
      {
        id: 'C1',
        period: { start: '2012-01-01' },
        relationship: [
          {
            coding: [
              { system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'C', display: 'Emergency Contact' },
            ],
          },
        ],
        telecom: [{ system: 'phone', value: '01132229999' }],
      },
    ],
    generalPractitioner: [
      { id: 'G1', type: 'Organization', identifier: { system: ODS, value: 'A20047', period: { start: '2005-03-05' } } },
    ],
    extension: [
      pharmacy('NominatedPharmacy', 'FK123'),
      communication(language('fr'), interpreter(true)),
      { url: BIRTH_PLACE, valueAddress: { city: 'Leeds', country: 'GBR' } },
      {
        url: REMOVAL,
        extension: [{ url: 'removalFromRegistrationCode', valueCodeableConcept: { coding: [{ code: 'SCT' }] } }],
      },
    ],
  };
}

export const PHARMACY_AT = 0;
export const COMMUNICATION_AT = 1;
export const BIRTH_PLACE_AT = 2;
export const REMOVAL_AT = 3;

export const minimal = (): Loose => ({
  resourceType: 'Patient',
  id: '9000000033',
  meta: { versionId: '7' },
  name: [{ id: 'N1', use: 'usual', period: { start: '2001-02-03' }, family: 'Quill' }],
  gender: 'female',
  birthDate: '1980-05-17',
});

/** `minimal` who has died, with the death notification status of the code at /extension/0. */
export const deceased = (code: string): Loose => ({
  ...minimal(),
  deceasedDateTime: '2020-01-01',
  extension: [
    {
      ...deathNotice(code),
      extension: [
        ...(deathNotice(code)['extension'] as Loose[]),
        { url: 'systemEffectiveDate', valueDateTime: '2020-01-02T00:00:00+00:00' },
      ],
    },
  ],
});

export function contextOf(mode = 'user-restricted'): DecisionContext {
  let count = 0;
  return {
    key: '9000000009',
    now: NOW,
    version: 7,
    nextVersion: 8,
    agent: { client: 'test', mode, rights: [] },
    newId: () => `NEW0000${++count}`,
    neighbour: () => null,
  };
}

export interface Patching {
  readonly on?: Loose;
  readonly annex?: DemographicsAnnex;
  readonly mode?: string;
}

export const stateOf = (resource: Loose, annex: DemographicsAnnex = {}): Demographics => ({
  resource: resource as unknown as Demographics['resource'],
  annex,
});

export function decide(patches: unknown, { on = patient(), annex = {}, mode }: Patching = {}): Decision<Demographics> {
  return decidePatchPatient(stateOf(on, annex), { name: 'patch-patient', patches }, contextOf(mode));
}

/** `CODE diagnostics` of a refusal, or 'accepted'. */
export function outcome(patches: unknown, patching: Patching = {}): string {
  const decision = decide(patches, patching);
  return decision.kind === 'refused' ? `${decision.code} ${decision.diagnostics ?? ''}` : decision.kind;
}

export type ListName = 'name' | 'address' | 'telecom' | 'contact' | 'generalPractitioner' | 'extension';

export interface Accepted {
  readonly resource: Readonly<Record<ListName, Loose[]>> & Loose;
  readonly annex: DemographicsAnnex;
  readonly body: string;
}

/** The new record; a refusal fails the test with its text. */
export function accepted(patches: unknown, patching: Patching = {}): Accepted {
  const decision = decide(patches, patching);
  if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision));
  const { resource, annex } = decision.state;
  return { resource: resource as unknown as Accepted['resource'], annex, body: decision.reply.body };
}

export const add = (path: string, value?: unknown): Loose =>
  value === undefined ? { op: 'add', path } : { op: 'add', path, value };
export const replace = (path: string, value: unknown): Loose => ({ op: 'replace', path, value });
export const remove = (path: string): Loose => ({ op: 'remove', path });
export const assertion = (path: string, value: unknown): Loose => ({ op: 'test', path, value });

export const UPDATE = 'INVALID_UPDATE Invalid update with error - ';
export const PATCH = `${UPDATE}Invalid patch - `;
export const FORBIDDEN = 'FORBIDDEN_UPDATE Forbidden update with error - ';
export const VALUE = 'INVALID_VALUE Invalid value - ';
export const MISSING = 'MISSING_VALUE Missing value - ';
