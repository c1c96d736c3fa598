/** Invented bodies of registrations: a new patient and a birth. */
import { OTHER } from './people.ts';

export const authority = {
  url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-RegisteringAuthority',
  extension: [
    { url: 'registeringAuthorityType', valueCodeableConcept: { coding: [{ system: 'urn:x', code: 'x' }] } },
    { url: 'organisationIdentifier', valueString: 'RGS' },
  ],
};
export const ethnicity = {
  url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',
  valueCodeableConcept: { coding: [{ code: 'A' }] },
};

export const home = {
  use: 'home',
  period: { start: '2020-01-01' },
  line: ['', '24 Park Street', '', 'LEEDS', ''],
  postalCode: 'LS1 6AE',
};

/** A body that may be registered; a change of `undefined` takes the member away. */
export function newcomer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const body = {
    resourceType: 'Patient',
    name: [{ use: 'usual', given: ['Ida'], family: 'Blythe', prefix: ['Ms'], period: { start: '2001-01-01' } }],
    address: [home],
    gender: 'female',
    birthDate: '1990-05-04',
    extension: [authority],
    ...changes,
  };
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}

const observation = (code: string, value: Readonly<Record<string, unknown>>) => ({
  resourceType: 'Observation',
  code: { coding: [{ system: 'http://snomed.info/sct', code }] },
  ...value,
});

/** The resources of a birth by position; `changes` replace resources. */
export function birth(changes: Readonly<Record<number, unknown>> = {}): {
  resourceType: string;
  type: string;
  entry: { resource: Record<string, unknown> }[];
} {
  const number = [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: OTHER }];
  const resources: unknown[] = [
    newcomer({ birthDate: '2026-02-27', multipleBirthInteger: 1, extension: [authority, ethnicity] }),
    observation('364589006', { valueQuantity: { value: 3250 } }),
    observation('237364002', { valueCodeableConcept: { coding: [{ code: '1' }] } }),
    observation('268477000', { valueQuantity: { value: 38 } }),
    observation('246435002', { valueInteger: 1 }),
    observation('66091009', { valueCodeableConcept: { coding: [{ code: 'N' }] } }),
    { resourceType: 'RelatedPerson', identifier: number, relationship: [{ coding: [{ code: 'GESTM' }] }] },
    { resourceType: 'Patient', identifier: number },
    { resourceType: 'Organization' },
    { resourceType: 'Location' },
    { resourceType: 'CareTeam' },
    { resourceType: 'Practitioner' },
  ];
  const entry = resources.map((resource, i) => ({ resource: i in changes ? changes[i] : resource }));
  return JSON.parse(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })) as ReturnType<typeof birth>;
}
