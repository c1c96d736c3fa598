/** Requests to the patient flags as the tests make them. */
import { House } from '../../support/record-spine.ts';
import type { Asked, Wire } from '../../support/record-spine.ts';

export type Any = any; // oxlint-disable-line typescript/no-explicit-any

export const CHILD = '9000000009';
export const ADULT = '9000000025';
export const SYSTEM = 'https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient';
export const NRAF = 'national-reasonable-adjustment-flag';
export const FGM = 'female-genital-mutilation-flag';
export const CPIS = 'child-protection-information-sharing-flag';

export const flag = (code = NRAF, patient = CHILD): Any => ({
  resourceType: 'Flag',
  status: 'active',
  code: { coding: [{ system: SYSTEM, code }] },
  subject: { reference: `Patient/${patient}` },
});
export const adjustment = (patient = CHILD): Any => ({
  resourceType: 'Flag',
  status: 'active',
  category: [{ coding: [{ system: SYSTEM, code: NRAF }] }],
  code: { coding: [{ code: '1082681000000103' }] },
  subject: { reference: `Patient/${patient}` },
});
export const impairment = (patient = CHILD): Any => ({
  resourceType: 'Condition',
  category: [{ coding: [{ system: SYSTEM, code: NRAF }] }],
  code: { text: 'learning' },
  subject: { identifier: { system: 'https://fhir.nhs.uk/Id/nhs-number', value: patient } },
});
export const transaction = (...resources: Any[]): Any => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: resource.resourceType } })),
});

export async function house(earlier = 0): Promise<House> {
  const at = new House('/patient-flags-api/FHIR/R4');
  at.now -= earlier;
  await at.spine.person(CHILD, { birthDate: '2015-03-14', gender: 'female' });
  await at.spine.person(ADULT, { birthDate: '2008-03-13', gender: 'female' });
  return at;
}

export const json = (wire: Wire): Any => wire.body;
export const codeOf = (wire: Wire): string => json(wire).issue[0].details.coding[0].code;
export const because: Asked = { headers: { 'x-removal-reason': 'no longer needed' } };
export const resources = (wire: Wire): Any[] => (json(wire).entry ?? []).map(({ resource }: Any) => resource);
