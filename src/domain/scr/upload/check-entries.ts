/** The coded entries of an upload and the encounters that tell who made them. */
import type { CodeableConcept, Condition, Encounter, EncounterParticipant, Observation, RelatedPerson } from 'fhir/r4';
import { findingAuthorFault, roleFault } from './check-author.ts';
import { SNOMED, firstCoding, firstIdentifier, shown } from './upload-bundle.ts';
import type { UploadBundle } from './upload-bundle.ts';

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const RELATIONSHIP = 'https://fhir.nhs.uk/STU3/ValueSet/PersonRelationshipType-1';

export function entriesFault(upload: UploadBundle): string | null {
  const faults: readonly (() => string | null)[] = [
    ...upload.all('Condition').map((condition) => () => conditionFault(upload, condition)),
    ...upload.all('Observation').map((observation) => () => observationFault(upload, observation)),
    ...upload.all('Procedure').map((procedure) => () => {
      if (procedure.id === undefined) return 'Procedure.id is missing';
      if (procedure.code === undefined) return 'Procedure.code is missing';
      const timed = procedure.performedDateTime !== undefined || procedure.performedPeriod !== undefined;
      return timed ? null : 'procedure.performed must be of type DateTimeType or Period';
    }),
    ...upload.all('Communication').map((communication) => () => {
      if (communication.id === undefined) return 'Communication.id is missing';
      return communication.topic === undefined ? 'Communication.code is missing' : null;
    }),
  ];
  for (const fault of faults) {
    const found = fault();
    if (found !== null) return found;
  }
  return null;
}

type Coded = Condition | Observation;

function codedFault(resource: Coded, category: CodeableConcept | undefined): string | null {
  const type = resource.resourceType;
  if (firstIdentifier(resource)?.value === undefined) return `${type}.identifier.value is missing`;
  const coding = firstCoding(category);
  if (coding?.code === undefined) return `${type}.category.coding.code is missing`;
  return coding.system === SNOMED ? null : `Invalid ${type}.category.coding.system: ${shown(coding.system)}`;
}

function conditionFault(upload: UploadBundle, condition: Condition): string | null {
  const coded = codedFault(condition, condition.category?.[0]);
  if (coded !== null) return coded;
  if (condition.clinicalStatus === undefined && condition.verificationStatus === undefined) {
    return 'Condition should have either clinicalStatus or verificationStatus';
  }
  return encounterFault(upload, condition);
}

function observationFault(upload: UploadBundle, observation: Observation): string | null {
  const coded = codedFault(observation, observation.category?.[0]);
  if (coded !== null) return coded;
  if (observation.effectiveDateTime === undefined && observation.effectivePeriod === undefined) {
    return 'Observation.effective must be of type DateTimeType or Period';
  }
  return encounterFault(upload, observation);
}

/** An entry may do without an encounter, but one that it names must be there. */
function encounterFault(upload: UploadBundle, resource: Coded): string | null {
  if (resource.encounter === undefined) return null;
  const encounter = upload.find('Encounter', resource.encounter);
  if (encounter === undefined) {
    const missing = shown(resource.encounter.reference);
    return `Bundle is Missing Encounter ${missing} that is linked to ${resource.resourceType} ${shown(resource.id)}`;
  }
  for (const participant of encounter.participant ?? []) {
    const fault = participantFault(upload, { encounter, participant, of: resource });
    if (fault !== null) return fault;
  }
  return null;
}

interface Participation {
  readonly encounter: Encounter;
  readonly participant: EncounterParticipant;
  readonly of: Coded;
}

function participantFault(upload: UploadBundle, { encounter, participant, of }: Participation): string | null {
  const { individual, period, type } = participant;
  const coding = firstCoding(type?.[0]);
  if (coding?.system !== PARTICIPATION) return `Unsupported encounter participant system: ${shown(coding?.system)}`;
  const finding = of.resourceType === 'Observation';
  switch (coding.code ?? '') {
    case 'AUT':
      if (period?.start === undefined) return 'Encounter.participant.period.start element is missing';
      return finding ? findingAuthorFault(upload, individual) : roleFault(upload, individual);
    case 'INF':
      return informantFault(upload, participant);
    case 'PRF':
      if (finding) return roleFault(upload, individual);
      break;
    default:
  }
  return `Invalid encounter ${shown(encounter.id)} participant code ${shown(coding.code)}`;
}

function informantFault(upload: UploadBundle, { individual }: EncounterParticipant): string | null {
  const target = upload.target(individual);
  if (target?.resourceType === 'RelatedPerson') return relatedPersonFault(target);
  if (target?.resourceType === 'PractitionerRole') return roleFault(upload, individual);
  const type = target?.resourceType ?? (individual?.reference ?? '').split('/')[0] ?? '';
  if (type === 'RelatedPerson') {
    return `Bundle is missing RelatedPerson ${shown(individual?.reference)} that is linked to Encounter`;
  }
  return type === 'PractitionerRole' ? roleFault(upload, individual) : `Invalid Encounter participant type ${type}`;
}

function relatedPersonFault({ name, relationship }: RelatedPerson): string | null {
  const coding = firstCoding(relationship?.[0]);
  if (coding?.system !== RELATIONSHIP) {
    return `Unsupported RelatedPerson.relationship.coding.system: ${shown(coding?.system)}`;
  }
  if (coding.code === undefined) return 'Missing RelatedPerson.relationship.coding.code element';
  if (coding.display === undefined) return 'Missing RelatedPerson.relationship.coding.display element';
  return name?.[0]?.text === undefined ? 'Missing RelatedPerson.name element' : null;
}
