/** Turns the seeds of a pack into the lines that the import reads (docs/import.md). */
import type { Coverage, Extension, Patient } from 'fhir/r4';
import type { Seed } from './pack.ts';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

/** The Patient, then its Coverage and RelatedPersons. */
export function seedResources(seed: Seed): readonly object[] {
  const cards = [seed.coverage, seed.hiddenCoverage === undefined ? undefined : hidden(seed.hiddenCoverage)];
  return [patientOf(seed), ...cards.filter((card) => card !== undefined), ...(seed.relatedPerson ?? [])];
}

function patientOf(seed: Seed): Patient {
  if (seed.supersededBy !== undefined) return superseded(seed.nhsNumber, seed.supersededBy);
  if (seed.resource === undefined) throw new Error(`the seed ${seed.nhsNumber} has neither a resource nor a successor`);
  const extension = [...(seed.resource.extension ?? []), ...beside(seed)];
  const patient = { ...seed.resource, ...(extension.length === 0 ? {} : { extension }) };
  const [first, ...others] = patient.address ?? [];
  if (seed.storedAddressLines === undefined || first === undefined) return patient;
  return { ...patient, address: [{ ...first, line: [...seed.storedAddressLines] }, ...others] };
}

const superseded = (nhsNumber: string, replacedBy: string): Patient => ({
  resourceType: 'Patient',
  id: nhsNumber,
  identifier: [{ system: NHS_NUMBER, value: nhsNumber }],
  active: false,
  link: [{ type: 'replaced-by', other: { identifier: { system: NHS_NUMBER, value: replacedBy } } }],
});

/** What a seed keeps beside its resource. */
function beside(seed: Seed): Extension[] {
  const found: Extension[] = [];
  for (const kind of ['history', 'hidden'] as const) {
    const values = seed[kind];
    if (values !== undefined)
      found.push({ url: `urn:edge-spine:demographics-${kind}`, valueString: JSON.stringify(values) });
  }
  if (seed.consent !== undefined) {
    const coding = (url: string, code: string): Extension => ({ url, valueCodeableConcept: { coding: [{ code }] } });
    const parts = [coding('consentType', seed.consent.type), coding('consentValue', seed.consent.value)];
    found.push({ url: 'https://hl7.org/fhir/R4/consent.html', extension: parts });
  }
  return found;
}

const hidden = (card: Coverage): Coverage => ({ ...card, meta: { security: [{ code: 'REDACTED' }] } });
