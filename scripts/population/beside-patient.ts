/** What belongs to a patient without being part of the Patient: a health insurance card, related people. */
import type { Coverage, Extension, Patient, Period, RelatedPerson } from 'fhir/r4';
import { concept, NHS_NUMBER } from './fhir-parts.ts';

/** What one patient's lines may hold: the Patient first. */
export type PatientResources = readonly [Patient, ...(Coverage | RelatedPerson)[]];

export interface CardFacts {
  readonly personalId: string;
  readonly cardId: string;
  readonly institutionId: string;
  readonly country: readonly [code: string, name: string];
  readonly end: string;
}

/** A European Health Insurance Card as PDS serves it. */
export function healthInsuranceCard(nhsNumber: string, card: CardFacts): Coverage {
  return {
    resourceType: 'Coverage',
    status: 'active',
    identifier: [
      {
        value: card.cardId,
        assigner: { identifier: { system: 'urn:iso:std:iso:3166', value: card.country[0] }, display: card.country[1] },
      },
    ],
    subscriber: { type: 'Patient', identifier: { system: NHS_NUMBER, value: nhsNumber } },
    beneficiary: { type: 'Patient', identifier: { value: card.personalId } },
    payor: [{ identifier: { value: card.institutionId } }],
    period: { end: card.end },
  };
}

export interface RelationFacts {
  readonly id: string;
  readonly period: Period;
  /** NHS number of the related person, where known. */
  readonly nhsNumber?: string;
  readonly relationship: readonly [code: string, display: string];
  readonly rank?: number;
  readonly copyCorrespondence?: boolean;
  readonly extensions?: readonly Extension[];
}

const FHIR_RELATIONSHIPS = 'http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype';
const NHS_RELATIONSHIPS = 'https://fhir.nhs.uk/R4/CodeSystem/UKCore-AdditionalRelatedPersonRole';
const NHS_ROLE_CODES: ReadonlySet<string> = new Set([
  'Agent',
  'Guardian',
  'Personal',
  'Dependant',
  'Carer',
  'ProxyContact',
  'NotSpecified',
]);

/** Name, address and telecom are added by the caller where the related person is described rather than referenced. */
export function relatedPerson(facts: RelationFacts): RelatedPerson {
  const [code, display] = facts.relationship;
  const extension: Extension[] = [];
  const own = 'https://fhir.nhs.uk/R4/StructureDefinition/Extension-UKCore-';
  if (facts.copyCorrespondence === true)
    extension.push({ url: `${own}CopyCorrespondenceIndicator`, valueBoolean: true });
  if (facts.rank !== undefined) extension.push({ url: `${own}ContactRank`, valuePositiveInt: facts.rank });
  extension.push(...(facts.extensions ?? []));
  return {
    resourceType: 'RelatedPerson',
    id: facts.id,
    active: true,
    patient: facts.nhsNumber === undefined ? {} : { identifier: { system: NHS_NUMBER, value: facts.nhsNumber } },
    period: facts.period,
    relationship: [concept(NHS_ROLE_CODES.has(code) ? NHS_RELATIONSHIPS : FHIR_RELATIONSHIPS, code, display)],
    ...(extension.length === 0 ? {} : { extension }),
  };
}
