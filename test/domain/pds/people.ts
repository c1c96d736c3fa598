/** Invented people and the contexts in which tests look at them. */
import type { Agent, DecisionContext, RecordView, ViewContext } from '../../../src/engine/record-kind.ts';
import { demographics } from '../../../src/domain/pds/demographics.ts';
import type { Demographics, DemographicsAnnex, PdsPatient } from '../../../src/domain/pds/demographics-state.ts';
import { nhsNumberIdentifier, security } from '../../../src/domain/pds/patient-parts.ts';

export const KEY = '9990000018';
export const OTHER = '9990000026';
export const NOW = Date.parse('2026-03-01T12:34:56.789Z');

const UK = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const organization = (value: string) => ({
  identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value },
});

export const pharmacy = { url: `${UK}NominatedPharmacy`, valueReference: organization('FA001') };
export const dispenser = { url: `${UK}PreferredDispenserOrganization`, valueReference: organization('FA002') };
export const supplier = { url: `${UK}MedicalApplianceSupplier`, valueReference: organization('FA003') };
export const birthPlace = {
  url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
  valueAddress: { city: 'Whitby', district: 'North Yorkshire', country: 'GBR' },
};
export const death = (code: string) => ({
  url: `${UK}DeathNotificationStatus`,
  extension: [{ url: 'deathNotificationStatus', valueCodeableConcept: { coding: [{ code }] } }],
});
export const communication = {
  url: `${UK}NHSCommunication`,
  extension: [{ url: 'language', valueCodeableConcept: { coding: [{ code: 'cy' }] } }],
};
export const removal = (code: string, display = 'as stored') => ({
  url: 'https://fhir.nhs.uk/StructureDefinition/Extension-PDS-RemovalFromRegistration',
  extension: [
    { url: 'removalFromRegistrationCode', valueCodeableConcept: { coding: [{ system: 'urn:x', code, display }] } },
    { url: 'effectiveTime', valuePeriod: { start: '2021-01-01T00:00:00+00:00' } },
  ],
});

/** Somebody with one of everything. */
export function patient(changes: Partial<PdsPatient> = {}): PdsPatient {
  return {
    resourceType: 'Patient',
    id: KEY,
    identifier: [nhsNumberIdentifier(KEY)],
    meta: { versionId: '3', security: [security('U')] },
    name: [
      { id: 'N1', use: 'usual', period: { start: '2000-01-01' }, given: ['Ada', 'Jo'], family: 'Harker' },
      { id: 'N2', use: 'nickname', given: ['Addie'], family: 'Harker' },
      { id: 'N3', use: 'old', given: ['Ada'], family: 'Seward' },
    ],
    gender: 'female',
    birthDate: '1971-05-26',
    multipleBirthInteger: 1,
    deceasedDateTime: '2025-01-02T00:00:00+00:00',
    generalPractitioner: [{ id: 'G1', type: 'Organization', ...organization('Y12345') }],
    managingOrganization: { type: 'Organization', ...organization('Y12345') },
    extension: [pharmacy, dispenser, supplier, death('1'), communication, birthPlace],
    telecom: [{ id: 'T1', system: 'phone', value: '01632960001', use: 'home' }],
    contact: [{ id: 'C1', telecom: [{ system: 'phone', value: '01632960002' }] }],
    address: [
      { id: 'A1', use: 'home', line: ['4 The Crescent', 'WHITBY'], postalCode: 'YO21 1AA' },
      { id: 'A2', use: 'temp', line: ['Abbey House', 'LEEDS'], postalCode: 'LS1 1AA' },
    ],
    ...changes,
  };
}

export function agent(mode = 'user-restricted', changes: Partial<Agent> = {}): Agent {
  return { client: 'app', mode, rights: [], ...changes };
}

export function viewContext(changes: Partial<ViewContext> = {}): ViewContext {
  return { key: KEY, now: NOW, agent: agent(), neighbour: () => null, ...changes };
}

export function decisionContext(changes: Partial<DecisionContext> = {}): DecisionContext {
  let ids = 0;
  return {
    key: KEY,
    now: NOW,
    version: 0,
    nextVersion: 1,
    agent: agent(),
    newId: () => (++ids).toString(16).toUpperCase().padStart(8, '0'),
    neighbour: () => null,
    ...changes,
  };
}

/** The record as the engine hands it to a view; a parse of its state is counted. */
export function stored(
  resource: PdsPatient,
  annex: DemographicsAnnex = {},
): RecordView<Demographics> & { parses: number } {
  const { body, annex: text } = demographics.encode({ resource, annex });
  return {
    key: resource.id ?? KEY,
    version: Number(resource.meta?.versionId),
    body,
    annex: text,
    parses: 0,
    state() {
      this.parses++;
      return demographics.decode({ body, annex: text });
    },
  };
}

/** The body of a found view, parsed. */
export function foundBody(view: ReturnType<typeof demographics.view>): Record<string, unknown> {
  if (view.kind !== 'found') throw new Error(`not found: ${JSON.stringify(view)}`);
  return JSON.parse(view.body) as Record<string, unknown>;
}
